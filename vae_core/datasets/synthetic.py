"""Synthetic images generated from a few factors of variation, which a good code recovers.

Shapes are drawn from the signed distance to their outline, in pixels, with a soft edge one pixel wide. x and y are
measured from the upper left corner. A seed determines every byte, and a shorter series is a prefix of a longer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import pi, sqrt, tan

import numpy as np

# Pixels (N, size, size, 3) uint8, labels (N,) int64 and factors (N, F) float32.
Synthetic = tuple[np.ndarray, np.ndarray, np.ndarray]

SHAPE_FACTORS = ("x (px)", "y (px)", "size (px)", "angle (deg)", "hue (deg)")
PENDULUM_FACTORS = ("angle (°)", "speed (deg/frame)")
SATURATION = 0.75  # of a shape's color
STRETCH = 2.0  # the ellipse's long axis over its short one
# The pendulum, as shares of the picture's side.
ROD_LENGTH = 0.33
BOB_RADIUS = 0.095
ROD_HALF_WIDTH = 0.022
ROD_GREY = 0.55
IMAGES_PER_CHUNK = 256  # the floats of a chunk fit into the processor's cache


def shapes(count: int, size: int, seed: int) -> Synthetic:
    """Draw a colored square, ellipse or triangle on black with five independent, uniformly distributed factors.

    x, y: the center of mass in pixels. size: the square root of the area, the same measure for all three shapes. angle:
    counterclockwise from upright, 0° to 90°, a range in which no shape repeats. hue: from red through green and blue to
    magenta, 0° to 300°, so that the two ends differ.
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
            light = _coverage(outline(column - x, y - row, extent, np.deg2rad(angle)))
            pixels[part] = _bytes(light[:, None] * _color(hue[:, 0])[..., None, None])
    return pixels.transpose(0, 2, 3, 1), labels, factors


def pendulum(count: int, size: int, seed: int) -> Synthetic:
    """Draw a pendulum in three frames, one per color channel, so that its speed shows as a fringe of color.

    angle: of the green frame, −180° to 180°, 0° is hanging, counterclockwise. speed: −20° to 20° per frame. The motion
    is not integrated: over three frames the rod turns at constant speed, from angle − speed to angle + speed.
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
    """Signed distance to a regular polygon of area extent²; at angle 0 its first side faces `first` degrees."""
    distance = np.full((), -np.inf, np.float32)
    for side in range(corners):
        normal = angle + np.float32(np.deg2rad(first + side * 360 / corners))
        distance = np.maximum(distance, right * np.cos(normal) + up * np.sin(normal))
    return distance - extent / np.float32(sqrt(corners * tan(pi / corners)))


def _ellipse(right: np.ndarray, up: np.ndarray, extent: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Signed distance to an ellipse of area extent², accurate near its edge; at angle 0 its long axis is horizontal.

    Source: the quotient of an implicit function and its slope, Iñigo Quílez, Distance to an ellipse (2008).
    """
    long, short = (extent * np.float32(sqrt(ratio / pi)) for ratio in (STRETCH, 1 / STRETCH))
    along = (right * np.cos(angle) + up * np.sin(angle)) / long
    across = (up * np.cos(angle) - right * np.sin(angle)) / short
    radius = np.sqrt(along**2 + across**2)
    return radius * (radius - 1) / np.sqrt((along / long) ** 2 + (across / short) ** 2 + np.float32(1e-12))


def _rod_and_bob(size: int, angle: np.ndarray) -> np.ndarray:
    """Render pendulums at angles (N, 1, 1) as light (N, size, size) in [0, 1], hung from the center."""
    column, row = _grid(size)
    right, down, length = column - size / 2, row - size / 2, np.float32(ROD_LENGTH * size)
    along, across = right * np.sin(angle) + down * np.cos(angle), right * np.cos(angle) - down * np.sin(angle)
    beside = across**2
    rod = _coverage(np.sqrt(beside + (along - along.clip(0, length)) ** 2) - np.float32(ROD_HALF_WIDTH * size))
    return np.maximum(
        _coverage(np.sqrt(beside + (along - length) ** 2) - np.float32(BOB_RADIUS * size)), np.float32(ROD_GREY) * rod
    )


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the centers of columns (1, size) and rows (size, 1) in pixels."""
    middles = np.arange(size, dtype=np.float32) + np.float32(0.5)
    return middles[None, :], middles[:, None]


def _color(hue: np.ndarray) -> np.ndarray:
    """Convert hues (N, 1) in degrees to red, green, blue (N, 3) in [0, 1] at full brightness."""
    turned = (np.array((5, 3, 1), np.float32) + hue / 60) % 6
    return 1 - np.float32(SATURATION) * np.minimum(turned, 4 - turned).clip(0, 1)


def _coverage(distance: np.ndarray) -> np.ndarray:
    """Return the share of a pixel inside the outline, from the signed distance of the pixel's center."""
    return (np.float32(0.5) - distance).clip(0, 1)


def _bytes(light: np.ndarray) -> np.ndarray:
    return (light * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _between(chance: np.ndarray, low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    return (np.array(low) + chance * (np.array(high) - np.array(low))).astype(np.float32)


def _chunks(numbers: np.ndarray) -> Iterator[np.ndarray]:
    return (numbers[start : start + IMAGES_PER_CHUNK] for start in range(0, len(numbers), IMAGES_PER_CHUNK))


Outline = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
OUTLINES: dict[str, Outline] = {
    "square": partial(_polygon, 4, 0.0),
    "ellipse": _ellipse,
    "triangle": partial(_polygon, 3, 30.0),
}
