"""Spoilt images: the same shape, nothing at strength 0, the same for the same seed."""

from __future__ import annotations

import pytest
import torch

from vae_core.corruption import CORRUPTIONS, warping

X = torch.rand(6, 2, 9, 9, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_strength_zero_spoils_nothing_and_a_seed_repeats(name: str) -> None:
    spoil, seed = CORRUPTIONS[name], torch.Generator().manual_seed
    assert torch.allclose(spoil(X, 0.0, seed(0)), X, atol=1e-5)
    once, again, other = spoil(X, 0.5, seed(1)), spoil(X, 0.5, seed(1)), spoil(X, 0.5, seed(2))
    assert once.shape == X.shape and torch.equal(once, again) and not torch.equal(once, other)


def test_warping_moves_a_dot_no_further_than_it_says() -> None:
    """A dot in the middle of 29×29 pixels is shifted by up to a seventh of the size, and stretched off by no more than 0.3 of that."""
    x = torch.zeros(500, 1, 29, 29)
    x[:, :, 14, 14] = 1
    warped = warping(x, 1.0, torch.Generator().manual_seed(0))[:, 0]
    places = torch.arange(29.0) - 14
    mass = warped.sum((1, 2))
    right, down = (warped.sum(1) * places).sum(1) / mass, (warped.sum(2) * places).sum(1) / mass
    assert 2 < right.abs().max() < 12 and 2 < down.abs().max() < 12 and right.mean().abs() < 0.6 and down.mean().abs() < 0.6
    assert warped.min() >= 0 and warped.max() <= 1
