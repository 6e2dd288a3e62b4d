from __future__ import annotations

import pytest
import torch

from vae_core.datasets.registry import ImageSet
from vae_core.latent.codes import decode, encode, noise
from vae_core.latent.interpolation import spherical, straight
from vae_core.models.autoencoder import Autoencoder

TIMES = torch.linspace(0, 1, 11)


def test_the_arc_between_codes_of_one_length_keeps_that_length() -> None:
    a, b = torch.randn(16), torch.randn(16)
    b = b / b.norm() * a.norm()
    assert torch.allclose(spherical(a, b, TIMES).norm(dim=1), a.norm().expand(11), rtol=1e-5)


def test_both_ways_begin_at_a_and_end_at_b() -> None:
    a, b = torch.randn(5), torch.randn(5)
    for way in (straight, spherical):
        assert torch.allclose(way(a, b, TIMES)[[0, -1]], torch.stack([a, b]), atol=1e-5)


def test_the_arc_turns_evenly() -> None:
    path = spherical(torch.randn(4), torch.randn(4), TIMES)
    directions = path / path.norm(dim=1, keepdim=True)
    angles = torch.arccos((directions[1:] * directions[:-1]).sum(1).clamp(-1, 1))
    assert torch.allclose(angles, angles.mean().expand(10), atol=1e-3)


def test_codes_on_one_line_through_the_origin_are_joined_straight() -> None:
    a = torch.tensor([1.0, 2.0])
    for b in (3 * a, -a, torch.zeros(2)):
        assert torch.allclose(spherical(a, b, TIMES), straight(a, b, TIMES), atol=1e-5)


def test_noise_is_standard_normal_and_shared_by_models_of_all_sizes() -> None:
    assert torch.equal(noise(64, 2, 5), noise(64, 16, 5)[:, :2])
    assert not torch.equal(noise(64, 2, 5), noise(64, 2, 6))
    many = noise(20_000, 3, 0)
    assert torch.allclose(many.T.cov(), torch.eye(3), atol=0.05)
    assert many.mean(0).abs().max() < 0.03


def test_chunks_change_nothing(vae: Autoencoder, images: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = encode(vae, images.pixels)
    pictures = decode(vae, codes.mean)
    monkeypatch.setattr("vae_core.latent.codes.CHUNK_IMAGES", 10)
    assert torch.allclose(encode(vae, images.pixels).mean, codes.mean, atol=1e-6)
    assert torch.allclose(decode(vae, codes.mean), pictures, atol=1e-6)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
