from __future__ import annotations

import torch

from vae_core.config import ModelConfig
from vae_core.gaussian import DiagonalGaussian
from vae_core.models import Autoencoder
from vae_core.zoo import build

from .conftest import SHAPE


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_state_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, two, other = (build(ModelConfig(), SHAPE, seed) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters()))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_a_vae_returns_a_distribution_and_an_autoencoder_a_point(vae: Autoencoder, ae: Autoencoder) -> None:
    x = torch.rand(4, *SHAPE)
    assert isinstance(vae(x).code, DiagonalGaussian) and isinstance(ae(x).code, torch.Tensor)
    assert torch.equal(ae(x).z, ae.embed(x).mean) and torch.equal(ae.embed(x).std, torch.zeros(4, 3))


def test_the_same_noise_gives_the_same_pass_and_other_noise_another(vae: Autoencoder) -> None:
    x = torch.rand(4, *SHAPE)
    once, again, other = (vae(x, generator=torch.Generator().manual_seed(seed)).z for seed in (0, 0, 1))
    assert torch.equal(once, again) and not torch.equal(once, other)


def test_input_dropout_hides_pixels_only_while_training() -> None:
    model = build(ModelConfig(kind="ae", dropout=0.5), SHAPE)
    x = torch.rand(4, *SHAPE)
    assert torch.equal(model.eval()(x).z, model(x).z)
    assert not torch.equal(model.train()(x).z, model(x).z)
