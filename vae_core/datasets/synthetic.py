"""Images made on the spot from a few known numbers, their factors: what a good code finds again.

Everything is drawn as a signed distance to an outline, in pixels, with a soft edge one pixel wide. x and y count from
the upper left corner. A seed fixes every byte, and a shorter series is the beginning of a longer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import pi, sqrt, tan

import numpy as np

Drawn = tuple[
    np.ndarray, np.ndarray, np.ndarray
]  # pixels (N, size, size, 3) uint8, labels (N,) int64, factors (N, F) float32

SHAPE_FACTORS = ("x (px)", "y (px)", "size (px)", "angle (deg)", "hue (deg)")
PENDULUM_FACTORS = ("angle (°)", "speed (deg/frame)")
SATURATION, STRETCH = 0.75, 2.0  # of a shape's color; of the ellipse, long axis to short
LENGTH, BOB, ROD, ROD_LIGHT = (
    0.33,
    0.095,
    0.022,
    0.55,
)  # the pendulum in shares of the picture: length, radius, half a width; grey of the rod
CHUNK = 256  # images drawn at a time: their floats stay in the processor's cache


def shapes(count: int, size: int, seed: int) -> Drawn:
    """A colored square, ellipse or triangle on a black ground, with five independent factors, each uniform.

    x, y: the center of mass. size: the square root of the area, so that one number serves all three. angle: counter-
    clockwise from upright, 0° to 90°, in which no shape looks alike twice. hue: red over green and blue to magenta,
    0° to 300°, so that its ends differ.
    """
    chance = np.random.default_rng(seed).random((count, 6))
    labels = (chance[:, 0] * len(OUTLINES)).astype(np.int64)
    low, high = size * np.array((5, 5, 3)) / 16, size * np.array((11, 11, 5.25)) / 16
    factors = _between(chance[:, 1:], (*low, 0, 0), (*high, 90, 300))
    pixels = np.empty((count, 3, size, size), np.uint8)
    for label, outline in enumerate(OUTLINES.values()):
        for part in _chunks(np.flatnonzero(labels == label)):
            x, y, extent, angle, hue = factors[part].T[..., None, None]
            column, row = _grid(size)
            light = _soft(outline(column - x, y - row, extent, np.deg2rad(angle)))
            pixels[part] = _bytes(light[:, None] * _color(hue[:, 0])[..., None, None])
    return pixels.transpose(0, 2, 3, 1), labels, factors


def pendulum(count: int, size: int, seed: int) -> Drawn:
    """A rod with a bob in three frames, the red, the green and the blue channel: speed is a fringe of color.

    angle: in the green frame, −180° to 180°, 0° hanging, counter-clockwise. speed: −20° to 20° a frame. Nothing is
    integrated: three frames are so short a time that the rod turns freely, from angle − speed to angle + speed.
    """
    factors = _between(np.random.default_rng(seed).random((count, 2)), (-180, -20), (180, 20))
    pixels = np.empty((count, 3, size, size), np.uint8)
    for part in _chunks(np.arange(count)):
        for frame in range(3):
            angle, speed = factors[part].T[..., None, None]
            pixels[part, frame] = _bytes(_rod_and_bob(size, np.deg2rad(angle + (frame - 1) * speed)))
    return pixels.transpose(0, 2, 3, 1), np.zeros(count, np.int64), factors


def _polygon(
    corners: int, first: float, right: np.ndarray, up: np.ndarray, extent: np.ndarray, angle: np.ndarray
) -> np.ndarray:
    """Signed distance to a regular polygon of area extent²; at angle 0 its first side looks to `first` degrees."""
    distance = np.full((), -np.inf, np.float32)
    for side in range(corners):
        normal = angle + np.float32(np.deg2rad(first + side * 360 / corners))
        distance = np.maximum(distance, right * np.cos(normal) + up * np.sin(normal))
    return distance - extent / np.float32(sqrt(corners * tan(pi / corners)))


def _ellipse(right: np.ndarray, up: np.ndarray, extent: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Signed distance to an ellipse of area extent², good near its edge; at angle 0 it lies on its long side.

    Source: the quotient of an implicit function and its slope, Iñigo Quílez, Distance to an ellipse (2008).
    """
    long, short = (extent * np.float32(sqrt(ratio / pi)) for ratio in (STRETCH, 1 / STRETCH))
    along = (right * np.cos(angle) + up * np.sin(angle)) / long
    across = (up * np.cos(angle) - right * np.sin(angle)) / short
    radius = np.sqrt(along**2 + across**2)
    return radius * (radius - 1) / np.sqrt((along / long) ** 2 + (across / short) ** 2 + np.float32(1e-12))


def _rod_and_bob(size: int, angle: np.ndarray) -> np.ndarray:
    """Pendulums at angles (N, 1, 1) as light (N, size, size) in [0, 1], hung from the picture's middle."""
    column, row = _grid(size)
    right, down, length = column - size / 2, row - size / 2, np.float32(LENGTH * size)
    along, across = right * np.sin(angle) + down * np.cos(angle), right * np.cos(angle) - down * np.sin(angle)
    beside = across**2
    rod = _soft(np.sqrt(beside + (along - along.clip(0, length)) ** 2) - np.float32(ROD * size))
    return np.maximum(
        _soft(np.sqrt(beside + (along - length) ** 2) - np.float32(BOB * size)), np.float32(ROD_LIGHT) * rod
    )


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The columns' and the rows' middles in pixels, (1, size) and (size, 1)."""
    middles = np.arange(size, dtype=np.float32) + np.float32(0.5)
    return middles[None, :], middles[:, None]


def _color(hue: np.ndarray) -> np.ndarray:
    """Hues (N, 1) in degrees as red, green, blue (N, 3) in [0, 1] of full brightness."""
    turned = (np.array((5, 3, 1), np.float32) + hue / 60) % 6
    return 1 - np.float32(SATURATION) * np.minimum(turned, 4 - turned).clip(0, 1)


def _soft(distance: np.ndarray) -> np.ndarray:
    """How much of a pixel is inside, from the signed distance of its middle."""
    return (np.float32(0.5) - distance).clip(0, 1)


def _bytes(light: np.ndarray) -> np.ndarray:
    return (light * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _between(chance: np.ndarray, low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    return (np.array(low) + chance * (np.array(high) - np.array(low))).astype(np.float32)


def _chunks(numbers: np.ndarray) -> Iterator[np.ndarray]:
    return (numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK))


Outline = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
OUTLINES: dict[str, Outline] = {
    "square": partial(_polygon, 4, 0.0),
    "ellipse": _ellipse,
    "triangle": partial(_polygon, 3, 30.0),
}
