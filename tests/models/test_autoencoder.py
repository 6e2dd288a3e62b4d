from __future__ import annotations

import torch

from tests.conftest import SHAPE
from tests.support.trained_models import floats, trained
from vae_core.config import ModelConfig
from vae_core.models.autoencoder import VAE, Autoencoder
from vae_core.models.gaussian import DiagonalGaussian
from vae_core.training.variants import build


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_state_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, two, other = (build(ModelConfig(), SHAPE, seed) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_a_vae_returns_a_distribution_and_an_autoencoder_a_point(vae: Autoencoder, ae: Autoencoder) -> None:
    x = torch.rand(4, *SHAPE)
    assert isinstance(vae(x).code, DiagonalGaussian)
    assert isinstance(ae(x).code, torch.Tensor)
    assert torch.equal(ae(x).z, ae.embed(x).mean)
    assert torch.equal(ae.embed(x).std, torch.zeros(4, 3))


def test_the_same_noise_gives_the_same_pass_and_other_noise_another(vae: Autoencoder) -> None:
    x = torch.rand(4, *SHAPE)
    once, again, other = (vae(x, generator=torch.Generator().manual_seed(seed)).z for seed in (0, 0, 1))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_input_dropout_hides_pixels_only_while_training() -> None:
    model = build(ModelConfig(kind="ae", dropout=0.5), SHAPE)
    x = torch.rand(4, *SHAPE)
    assert torch.equal(model.eval()(x).z, model(x).z)
    assert not torch.equal(model.train()(x).z, model(x).z)


def test_scaled_means_spread_at_least_as_far_as_is_asked_for() -> None:
    model = trained(kind="vae", latent_dim=8, mean_scale=1.5)
    assert model.encode(floats()).mean.std(0).min() > 0.8 * 1.5
    assert model.mean_std.min() < 1.5


def test_means_are_scaled_about_their_mean_and_variances_are_kept() -> None:
    """A mean far from zero stays where it is: a factor on it would put it out of the prior's reach."""
    model = build(ModelConfig(hidden=(16,), latent_dim=2, mean_scale=2.0), SHAPE).eval()
    assert isinstance(model, VAE)
    model.mean_std.copy_(torch.tensor([0.01, 5.0]))
    model.mean_center.copy_(torch.tensor([0.7, 0.3]))
    given = DiagonalGaussian(torch.tensor([[0.69, 1.0], [0.71, 2.0]]), torch.zeros(2, 2))
    result = model.scale_means(given)
    assert torch.allclose(result.mean, torch.tensor([[-1.3, 1.0], [2.7, 2.0]]), atol=1e-4)
    assert torch.equal(result.log_var, given.log_var)


def test_scaled_means_are_trained_with_the_kl_of_the_unscaled_and_measured_with_their_own() -> None:
    model, x = build(ModelConfig(hidden=(16,), latent_dim=3, mean_scale=5.0), SHAPE), torch.rand(40, *SHAPE)
    assert torch.equal(model.train()(x).kl, model.unscaled_posterior(x, None).kl_to_standard())
    assert torch.equal(model.eval()(x).kl, model.encode(x).kl_to_standard())
