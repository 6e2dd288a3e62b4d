from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.support.trained_models import floats, squared_error, trained
from vae_core.models.corruptions import CORRUPTIONS, warping

GREY = torch.full((200, 1, 20, 20), 0.5)


def spoilt(name: str, strength: float, x: Tensor = GREY) -> Tensor:
    return CORRUPTIONS[name](x, strength, torch.Generator().manual_seed(0))


def share(x: Tensor, value: float) -> float:
    return (x == value).double().mean().item()


def test_masking_blackens_the_share_that_is_asked_for() -> None:
    x = spoilt("masking", 0.3)
    assert share(x, 0.0) == pytest.approx(0.3, abs=0.01)
    assert share(x, 0.5) == pytest.approx(0.7, abs=0.01)


def test_salt_and_pepper_have_half_of_the_share_each() -> None:
    x = spoilt("salt-and-pepper", 0.4)
    assert share(x, 0.0) == pytest.approx(0.2, abs=0.01)
    assert share(x, 1.0) == pytest.approx(0.2, abs=0.01)
    assert share(x, 0.5) == pytest.approx(0.6, abs=0.01)


def test_gaussian_noise_has_the_deviation_that_is_asked_for_and_no_mean() -> None:
    added = spoilt("gaussian", 0.3) - GREY
    assert added.std().item() == pytest.approx(0.3, abs=0.005)
    assert added.mean().item() == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("name", sorted(CORRUPTIONS))
def test_at_strength_zero_nothing_is_spoilt(name: str) -> None:
    x = torch.rand(6, 2, 9, 9)
    assert torch.allclose(spoilt(name, 0.0, x), x, atol=1e-5)
    assert torch.equal(spoilt(name, 0.5, x), spoilt(name, 0.5, x))


@pytest.mark.parametrize(("name", "strength"), [("masking", 0.4), ("salt-and-pepper", 0.3), ("gaussian", 0.4)])
def test_a_denoising_autoencoder_repairs_held_out_digits_better_than_a_plain_one(name: str, strength: float) -> None:
    settings, x = {"latent_dim": 16, "likelihood": "gaussian", "hidden": "128", "epochs": 20}, floats()
    plain, denoising = (
        trained(kind="ae", **settings),
        trained(kind="denoising", corruption=name, strength=strength, **settings),
    )
    bad = spoilt(name, strength, x)
    assert squared_error(denoising, bad, x) < 0.85 * squared_error(plain, bad, x)


def test_warping_moves_a_dot_no_further_than_it_says() -> None:
    """A dot in the middle of 29×29 pixels is shifted by up to a seventh of the size, and stretched off by no more than
    0.3 of that.
    """
    x = torch.zeros(500, 1, 29, 29)
    x[:, :, 14, 14] = 1
    warped = warping(x, 1.0, torch.Generator().manual_seed(0))[:, 0]
    places = torch.arange(29.0) - 14
    mass = warped.sum((1, 2))
    right, down = (warped.sum(1) * places).sum(1) / mass, (warped.sum(2) * places).sum(1) / mass
    assert 2 < right.abs().max() < 12
    assert 2 < down.abs().max() < 12
    assert right.mean().abs() < 0.6
    assert down.mean().abs() < 0.6
    assert warped.min() >= 0
    assert warped.max() <= 1
