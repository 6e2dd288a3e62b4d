"""Every factor can be read back from the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vae_core.config import DatasetConfig
from vae_core.datasets.registry import DATASETS, held_out_images, training_images
from vae_core.datasets.synthetic import BOB_RADIUS, ROD_GREY, ROD_LENGTH, SATURATION, Synthetic, pendulum, shapes

SETS = ["shapes", "shapes64", "pendulum"]
SYMMETRY = {
    0: (4, 45.0),
    1: (2, 0.0),
    2: (3, 90.0),
}  # of square, ellipse, triangle: how often a turn looks alike, and where the first tip is


def light(pixels: np.ndarray) -> np.ndarray:
    """The brightest channel in [0, 1]: a shape's share of each pixel."""
    return pixels.max(-1) / 255.0


def centers(weights: np.ndarray) -> np.ndarray:
    """Centers of mass (N, 2) as x and y, in pixels from the upper left corner."""
    middles, mass = np.arange(weights.shape[1]) + 0.5, weights.sum((1, 2))
    return np.stack([weights.sum(1) @ middles, weights.sum(2) @ middles], 1) / mass[:, None]


def turned(degrees: np.ndarray, period: float = 360.0) -> np.ndarray:
    """The size of an angle, modulo the period."""
    return np.abs((degrees + period / 2) % period - period / 2)


def bob_angles(channel: np.ndarray) -> np.ndarray:
    """Where the bob hangs in one frame, in degrees."""
    side = channel.shape[1]
    x, y = (centers((channel / 255.0 - ROD_GREY).clip(0)) - side / 2).T
    return np.rad2deg(np.arctan2(x, y))


@pytest.mark.parametrize("draw", [shapes, pendulum])
def test_a_seed_fixes_every_byte(draw: Callable[[int, int, int], Synthetic]) -> None:
    first, again, other = draw(300, 32, 3), draw(300, 32, 3), draw(300, 32, 4)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not (first[0] == other[0]).all((1, 2, 3)).any()
    assert not np.isclose(first[2], other[2]).all(1).any()
    assert all(np.array_equal(whole[:100], part) for whole, part in zip(first, draw(100, 32, 3), strict=True))


@pytest.mark.parametrize(("draw", "names"), [(shapes, "shapes"), (pendulum, "pendulum")])
def test_the_pictures_have_the_promised_form(draw: Callable[[int, int, int], Synthetic], names: str) -> None:
    pixels, labels, factors = draw(50, 64, 0)
    assert pixels.shape == (50, 64, 64, 3)
    assert pixels.dtype == np.uint8
    assert factors.dtype == np.float32
    assert labels.shape == (50,)
    assert factors.shape == (50, len(DATASETS[names].factors))


@pytest.mark.parametrize("side", [32, 64])
def test_position_and_size_of_a_shape_are_read_back(side: int) -> None:
    pixels, _, factors = shapes(600, side, 0)
    assert np.abs(centers(light(pixels)) - factors[:, :2]).max() < 0.15
    assert np.abs(np.sqrt(light(pixels).sum((1, 2))) / factors[:, 2] - 1).max() < 0.03


@pytest.mark.parametrize("label", SYMMETRY)
def test_the_angle_of_a_shape_is_read_back(label: int) -> None:
    pixels, labels, factors = shapes(600, 64, 1)
    weights, (x, y, _, angle, _) = light(pixels[labels == label]), factors[labels == label].T[..., None, None]
    middles, (fold, tip) = np.arange(64) + 0.5, SYMMETRY[label]
    moment = (weights * (middles - x + 1j * (y - middles[:, None])) ** fold).sum((1, 2))
    assert turned(np.rad2deg(np.angle(moment)) / fold - tip - angle.ravel(), 360 / fold).max() < 3


def test_the_hue_of_a_shape_is_read_back_and_its_ground_is_black() -> None:
    pixels, _, factors = shapes(600, 32, 2)
    red, green, blue = pixels.reshape(600, -1, 3)[np.arange(600), light(pixels).reshape(600, -1).argmax(1)].T.astype(
        float
    )
    hue = np.rad2deg(
        np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    )  # 1.1° from the hexagon's hue at most
    assert turned(hue - factors[:, 4]).max() < 2
    assert abs(pixels.max((1, 2)).min(-1) / 255 - (1 - SATURATION)).max() < 0.01
    assert not pixels[:, 0].any()
    assert not pixels[:, :, 0].any()


def test_the_three_shapes_and_the_ranges_of_their_factors_are_used_evenly() -> None:
    _, labels, factors = shapes(6000, 32, 0)
    assert np.abs(np.bincount(labels, minlength=3) / 6000 - 1 / 3).max() < 0.02
    assert np.allclose(factors.min(0), (10, 10, 6, 0, 0), atol=0.2)
    assert np.allclose(factors.max(0), (22, 22, 10.5, 90, 300), atol=0.2)
    assert np.abs(np.corrcoef(np.column_stack([labels, factors]).T) - np.eye(6)).max() < 0.05


def test_the_pendulum_stands_at_its_angle_and_its_channels_are_three_frames() -> None:
    pixels, _, factors = pendulum(600, 32, 0)
    red, green, blue = (bob_angles(pixels[..., channel]) for channel in range(3))
    assert turned(green - factors[:, 0]).max() < 1
    assert turned(blue - red - 2 * factors[:, 1]).max() < 2
    assert np.abs(factors).max(0) == pytest.approx((180, 20), rel=0.02)
    assert factors.min(0) == pytest.approx((-180, -20), rel=0.02)


def test_the_bob_has_its_radius_and_its_distance() -> None:
    pixels, _, _ = pendulum(200, 64, 0)
    bob = (pixels[..., 1] / 255.0 - ROD_GREY).clip(0) / (1 - ROD_GREY)
    assert np.sqrt((bob > 0.5).sum((1, 2)) / np.pi) == pytest.approx(BOB_RADIUS * 64, abs=0.5)
    assert np.linalg.norm(centers(bob) - 32, axis=1) == pytest.approx(ROD_LENGTH * 64, abs=0.3)


@pytest.mark.parametrize("name", SETS)
def test_no_image_that_is_held_out_is_trained_on(name: str) -> None:
    train, held_out = (
        part.pixels.flatten(1).numpy() for part in (training_images(DatasetConfig(name, 60_000)), held_out_images(name))
    )
    assert len({row.tobytes() for row in train}) == len(train)
    assert len({row.tobytes() for row in held_out}) == len(held_out)
    assert not {row.tobytes() for row in train} & {row.tobytes() for row in held_out}


@pytest.mark.parametrize("name", SETS)
def test_factors_go_with_their_images(name: str) -> None:
    few = training_images(DatasetConfig(name, 200))
    assert len(few.factors) == len(few) == 200
    assert len(few.first(7).factors) == 7
    again = training_images(DatasetConfig(name, 100))
    assert (few.first(100).factors == again.factors).all()
    assert (few.first(100).pixels == again.pixels).all()
