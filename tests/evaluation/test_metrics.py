from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from tests.support.untrained_models import conditional
from vae_core.config import ModelConfig
from vae_core.datasets.registry import ImageSet
from vae_core.evaluation.metrics import (
    active_units,
    collapse_status,
    evaluate,
    importance_weighted_bound,
    log_marginal,
    log_weights,
    measure_terms,
    mutual_information,
    parameter_count,
    reconstruction_errors,
    unit_activity,
)
from vae_core.models.autoencoder import VAE, Autoencoder
from vae_core.models.gaussian import DiagonalGaussian
from vae_core.models.likelihoods import Gaussian
from vae_core.models.mixture import Mixture, standard_normal


def test_evaluation_is_the_mean_of_the_terms(vae: Autoencoder, images: ImageSet) -> None:
    measured_values, terms = evaluate(vae, images), measure_terms(vae, images)
    assert measured_values["reconstruction"] == pytest.approx(terms.reconstruction.double().mean().item(), rel=1e-5)
    assert measured_values["kl"] == pytest.approx(terms.kl.double().sum(1).mean().item(), rel=1e-5)
    assert measured_values["negative_elbo"] == pytest.approx(measured_values["reconstruction"] + measured_values["kl"])


def test_an_autoencoder_has_no_elbo(ae: Autoencoder, images: ImageSet) -> None:
    assert set(evaluate(ae, images)) == {"reconstruction"}


def test_a_reconstruction_error_is_what_the_codes_mean_loses_of_the_image(vae: Autoencoder, images: ImageSet) -> None:
    x = images.pixels / 255
    p = Bernoulli(vae.decode(vae.encode(x).mean).mean, validate_args=False)
    torch.testing.assert_close(reconstruction_errors(vae, images.pixels), -Independent(p, 3).log_prob(x))


def test_without_noise_the_reconstruction_error_is_the_term_of_the_loss(ae: Autoencoder, images: ImageSet) -> None:
    torch.testing.assert_close(reconstruction_errors(ae, images.pixels), measure_terms(ae, images).reconstruction)


def test_a_conditional_models_error_without_a_label_is_that_of_the_likeliest_class(images: ImageSet) -> None:
    model = conditional()
    each = torch.stack(
        [reconstruction_errors(model, images.pixels, torch.full((len(images),), label)) for label in range(10)]
    )
    torch.testing.assert_close(reconstruction_errors(model, images.pixels), each.min(0).values)


def test_parameters_are_weights_and_biases(ae: Autoencoder) -> None:
    assert parameter_count(ae) == (64 * 16 + 16) + (16 * 3 + 3) + (3 * 16 + 16) + (16 * 64 + 64)


class Linear(VAE):
    """x = W z + b + σ ε with z ~ N(0, I): log p(x) is known.

    Its posterior is a little wrong: no correlation, too wide.
    """

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        generator = torch.Generator().manual_seed(2)
        self.config, self.spread = ModelConfig(latent_dim=2), 0.3
        self.weight, self.bias = 0.5 * torch.randn(6, 2, generator=generator), torch.rand(6, generator=generator)

    def unscaled_posterior(self, x: Tensor, y: Tensor | None) -> DiagonalGaussian:
        mean = (x.flatten(1) - self.bias) @ self.weight / self.spread**2 @ self.covariance()
        return DiagonalGaussian(mean + 0.05, (1.2 * self.covariance().diagonal()).log().expand_as(mean))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Gaussian:
        return Gaussian((z @ self.weight.T + self.bias).view(-1, 1, 2, 3), torch.tensor(self.spread))

    def covariance(self) -> Tensor:
        """That of p(z | x): (I + Wᵀ W / σ²)⁻¹."""
        return (torch.eye(2) + self.weight.T @ self.weight / self.spread**2).inverse()

    def log_prob(self, pixels: Tensor, prior: Tensor) -> Tensor:
        """log N(x; b, W Σ Wᵀ + σ² I) for a prior N(0, Σ)."""
        covariance = self.weight @ prior @ self.weight.T + self.spread**2 * torch.eye(6)
        return MultivariateNormal(self.bias, covariance).log_prob(pixels.flatten(1) / 255)


PIXELS = torch.randint(0, 256, (30, 1, 2, 3), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)


def test_the_bound_converges_to_the_linear_models_log_likelihood() -> None:
    model = Linear()
    assert torch.allclose(
        log_marginal(model, PIXELS, 5000, samples_at_once=500), model.log_prob(PIXELS, torch.eye(2)), atol=0.03
    )


def test_another_prior_has_another_likelihood() -> None:
    model, covariance = Linear(), torch.tensor([[1.5, 0.4], [0.4, 0.7]])
    prior = Mixture(torch.ones(1), torch.zeros(1, 2), covariance[None])
    measured_values = log_marginal(model, PIXELS, 5000, prior=prior, samples_at_once=500)
    assert torch.allclose(measured_values, model.log_prob(PIXELS, covariance), atol=0.05)


def test_the_bound_rises_with_samples_from_the_elbo_to_the_log_likelihood() -> None:
    """ELBO = log p(x) − KL(q ‖ p(z | x)) < E[bound of 2] < E[bound of 8] < log p(x)."""
    model, x = Linear(), PIXELS / 255
    q, log_px = model.encode(x), model.log_prob(PIXELS, torch.eye(2)).mean().item()
    weights = log_weights(model, x, q, standard_normal(2), 8000, torch.Generator().manual_seed(4))
    elbo, of_two, of_eight = [
        torch.stack([importance_weighted_bound(part) for part in weights.split(k)]).mean().item() for k in (1, 2, 8)
    ]
    assert elbo + 0.01 < of_two < of_eight - 0.01
    assert of_eight < log_px - 0.002
    gap = kl_divergence(
        MultivariateNormal(q.mean, torch.diag_embed(q.log_var.exp())),
        MultivariateNormal(q.mean - 0.05, model.covariance()),
    )
    assert elbo == pytest.approx(log_px - gap.mean().item(), abs=0.01)


def test_of_one_sample_the_bound_is_the_negative_of_the_objective() -> None:
    """Over seeds: log p(z)/q(z | x) is sampled here, and in the objective a KL in closed form."""
    measured_values = sum(log_marginal(Linear(), PIXELS, 1, seed).mean().item() for seed in range(200)) / 200
    objective = (
        sum(
            (terms.reconstruction + terms.kl.sum(1)).mean().item()
            for terms in (
                measure_terms(Linear(), ImageSet(PIXELS, torch.zeros(len(PIXELS), dtype=torch.int64)), seed)
                for seed in range(200)
            )
        )
        / 200
    )
    assert measured_values == pytest.approx(-objective, abs=0.05)


def test_how_much_is_held_at_once_changes_the_noise_alone() -> None:
    few, many = (
        log_marginal(Linear(), PIXELS, 1001, 0, None, 7, 100),
        log_marginal(Linear(), PIXELS, 1001, 0, None, 30, 1001),
    )
    assert torch.allclose(few, many, atol=0.1)
    assert not torch.equal(few, many)


def test_the_same_seed_gives_the_same_log_likelihoods_above_the_elbo(vae: Autoencoder, images: ImageSet) -> None:
    measured_values = log_marginal(vae, images.pixels, 100, seed=1)
    assert torch.equal(measured_values, log_marginal(vae, images.pixels, 100, seed=1))
    assert measured_values.shape == (96,)
    assert measured_values.mean() > -evaluate(vae, images)["negative_elbo"]


def test_active_units_are_those_that_move_with_the_image() -> None:
    means = torch.randn(5000, 4, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 0.5, 0.05, 0.0]) + 3
    assert torch.allclose(unit_activity(means), torch.tensor([1.0, 0.25, 0.0025, 0.0]), rtol=0.05, atol=1e-6)
    assert active_units(means) == 2
    assert active_units(means, 1e-3) == 3


def test_half_of_the_dimensions_silent_is_a_collapse() -> None:
    assert [collapse_status(active, 16) for active in (16, 15, 9, 8, 0, None)] == [
        None,
        "inactive",
        "inactive",
        "collapsed",
        "collapsed",
        None,
    ]


def test_posteriors_that_do_not_overlap_tell_all_images_apart() -> None:
    apart = DiagonalGaussian(100 * torch.arange(300.0)[:, None].expand(300, 5), torch.full((300, 5), -2.0))
    assert mutual_information(apart) == pytest.approx(math.log(300), rel=1e-5)


def test_equal_posteriors_say_nothing() -> None:
    assert mutual_information(DiagonalGaussian(torch.ones(300, 5), torch.zeros(300, 5))) == pytest.approx(0, abs=1e-5)


def test_mutual_information_is_that_of_the_gaussian_channel() -> None:
    """z = x + ε with x ~ N(0, s²) and ε ~ N(0, 1) has I(x; z) = ½ log(1 + s²) for each dimension."""
    generator = torch.Generator().manual_seed(5)
    means = torch.randn(2000, 2, generator=generator) * torch.tensor([2.0, 0.7])
    measured_values = mutual_information(DiagonalGaussian(means, torch.zeros(2000, 2)), generator)
    assert measured_values == pytest.approx(0.5 * math.log(1 + 2.0**2) + 0.5 * math.log(1 + 0.7**2), abs=0.08)


def test_the_kl_is_mutual_information_and_the_aggregates_distance_from_the_prior() -> None:
    """E KL(q(z | x) ‖ p) = I(x; z) + KL(q(z) ‖ p) (Hoffman & Johnson), the last one by integration."""
    q = DiagonalGaussian(torch.tensor([[-1.0], [0.0], [2.0]]), torch.tensor([[-1.0], [0.0], [-2.0]]))
    grid = torch.linspace(-10, 10, 20_001)[:, None]
    aggregate = q.log_prob(grid[:, None]).sum(2).logsumexp(1) - math.log(3)
    from_prior = torch.trapezoid(
        aggregate.exp() * (aggregate - Independent(Normal(0.0, torch.ones(1)), 1).log_prob(grid)), grid[:, 0]
    ).item()
    measured_values = mutual_information(q, torch.Generator().manual_seed(6), samples=4000)
    assert measured_values == pytest.approx(q.kl_to_standard().sum(1).mean().item() - from_prior, abs=0.02)
