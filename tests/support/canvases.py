"""The content of the page's canvases as numbers."""

from __future__ import annotations

import base64

import numpy as np
from playwright.sync_api import Locator, Page

from tests.support.activity import wait_until_idle
from tests.support.serving import HANDLE
from vae_core.config import DatasetConfig
from vae_core.datasets.registry import training_images

RED = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const red = data.filter((_, i) => i % 4 === 0);
    let letters = '';
    for (let i = 0; i < red.length; i += 32768) letters += String.fromCharCode(...red.subarray(i, i + 32768));
    return [canvas.width, canvas.height, btoa(letters)]; // as numbers a map would be millions of letters
}"""


def grey_values(canvas: Locator) -> np.ndarray:
    """The grey values of a canvas (the red of a colored one), 0 to 255, as (height, width)."""
    width, height, data = canvas.evaluate(RED)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width)


def nearest_class(image: np.ndarray) -> int:
    """The class of the MNIST training image that is nearest in squared distance."""
    images = training_images(DatasetConfig("mnist", 10_000))
    distances = ((images.pixels[:, 0].numpy().astype(np.float32) - image) ** 2).sum((1, 2))
    return int(images.labels[distances.argmin()])


def handle_position(page: Page) -> tuple[float, float]:
    """The page's pixel at which the handle of the first tab's map is."""
    x, y = page.evaluate(HANDLE)
    return x, y


def handle_coordinates(page: Page) -> list[float]:
    """Return the coordinates in the first tab's fields, once the browser has written them."""
    wait_until_idle(page)
    return [float(field.input_value()) for field in page.locator("#explore-figure .vae-coordinate").all()]


class MapHandle:
    """Positions of codes on the screen, calibrated by typing two codes and locating the handle."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.overlay = page.locator("#explore-figure .vae-map-overlay")
        (ax, ay), (bx, by) = self.put(-1, -1), self.put(1, 1)
        self.scale = ((bx - ax) / 2, (by - ay) / 2)
        self.origin = ((ax + bx) / 2, (ay + by) / 2)
        self.put(0, 0)

    def put(self, x: float, y: float) -> tuple[float, float]:
        """Type a place; the page's pixel at which the handle then is."""
        for field, value in zip(self.page.locator("#explore-figure .vae-coordinate").all(), (x, y), strict=True):
            field.fill(str(value))
            field.press("Enter")
            field.blur()
        wait_until_idle(self.page)
        return handle_position(self.page)

    def coordinates(self) -> tuple[float, float]:
        x, y = handle_coordinates(self.page)
        return x, y

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """The page's pixel of a point of the map."""
        return self.origin[0] + x * self.scale[0], self.origin[1] + y * self.scale[1]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one point of the map to another, as a hand does it."""
        self.page.mouse.move(*self.screen(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.screen(*end), steps=25)
        self.page.mouse.up()
        wait_until_idle(self.page)


def draw_stroke(pad: Locator, points: list[tuple[float, float]]) -> None:
    """A stroke of the mouse on a drawing pad, through points in shares of its side."""
    box, mouse = pad.bounding_box(), pad.page.mouse
    (x, y), *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(x, y)
    mouse.down()
    for x, y in others:
        mouse.move(x, y, steps=8)
    mouse.up()
