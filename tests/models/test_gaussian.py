from __future__ import annotations

import pytest
import torch
from scipy.stats import multivariate_normal
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal, kl_divergence

from vae_core.models.gaussian import DiagonalGaussian
from vae_core.models.mixture import Mixture, diagonal_mixture, standard_normal


def some(seed: int) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(seed)
    return DiagonalGaussian(
        torch.randn(5, 3, generator=generator).double(), torch.randn(5, 3, generator=generator).double()
    )


def oracle(q: DiagonalGaussian) -> Normal:
    return Normal(q.mean, q.log_var.exp().sqrt())


def test_kl_equals_torch_distributions() -> None:
    q, p = some(0), some(1)
    assert torch.allclose(q.kl_to(p), kl_divergence(oracle(q), oracle(p)))
    assert torch.allclose(q.kl_to_standard(), kl_divergence(oracle(q), Normal(0.0, 1.0)))


def test_kl_equals_its_monte_carlo_estimate() -> None:
    q = some(2)
    many = DiagonalGaussian(q.mean.repeat(200_000, 1, 1), q.log_var.repeat(200_000, 1, 1))
    z = many.sample(torch.Generator().manual_seed(3))
    estimate = (many.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).mean(0)
    assert torch.allclose(estimate, q.kl_to_standard(), atol=0.03)


def test_kl_of_a_distribution_to_itself_is_zero() -> None:
    assert torch.allclose(some(4).kl_to(some(4)), torch.zeros(5, 3).double())


def test_log_prob_equals_torch_distributions_and_integrates_to_one() -> None:
    q, z = some(5), torch.randn(5, 3).double()
    assert torch.allclose(q.log_prob(z), oracle(q).log_prob(z))
    grid = torch.linspace(-40, 40, 80_001).double()[:, None]
    one = DiagonalGaussian(torch.full_like(grid, 0.7), torch.full_like(grid, 1.3))
    assert abs(torch.trapezoid(one.log_prob(grid).exp(), grid, dim=0).item() - 1) < 1e-9


def test_samples_have_the_mean_and_the_variance() -> None:
    q = DiagonalGaussian(torch.full((200_000, 1), 1.5), torch.full((200_000, 1), 0.8))
    z = q.sample(torch.Generator().manual_seed(0))
    assert abs(z.mean() - 1.5) < 0.02
    assert abs(z.var() - torch.tensor(0.8).exp()) < 0.03


def test_reparameterised_gradients_reach_mean_and_variance() -> None:
    """For E[z²] = μ² + σ² the gradients are 2μ and, with respect to log σ², σ²."""
    mean, log_var = torch.tensor([[0.7]], requires_grad=True), torch.tensor([[-0.4]], requires_grad=True)
    many = DiagonalGaussian(mean.expand(400_000, 1), log_var.expand(400_000, 1))
    (many.sample(torch.Generator().manual_seed(0)) ** 2).mean().backward()
    assert torch.allclose(mean.grad, torch.tensor([[1.4]]), atol=0.02)
    assert torch.allclose(log_var.grad, log_var.detach().exp(), atol=0.02)


def test_one_row_is_the_same_distribution() -> None:
    q = some(6)
    assert torch.equal(q.at(2).mean, q.mean[2])
    assert torch.equal(q.at(2).std, q.std[2])
    assert Independent(oracle(q), 1).log_prob(q.mean)[2] == q.log_prob(q.mean)[2].sum()


def mixed(dtype: torch.dtype = torch.float64) -> Mixture:
    """Three correlated components in four dimensions."""
    generator = torch.Generator().manual_seed(7)
    roots = torch.randn(3, 4, 4, generator=generator, dtype=dtype)
    means = 3 * torch.randn(3, 4, generator=generator, dtype=dtype)
    return Mixture(
        torch.tensor([0.2, 0.5, 0.3], dtype=dtype), means, roots @ roots.mT + 0.1 * torch.eye(4, dtype=dtype)
    )


def test_a_mixtures_log_prob_equals_torch_distributions() -> None:
    mixture, z = mixed(), 4 * torch.randn(50, 4, dtype=torch.float64)
    parts = MultivariateNormal(mixture.means, mixture.covariances)
    assert torch.allclose(mixture.log_prob(z), MixtureSameFamily(Categorical(mixture.weights), parts).log_prob(z))


def test_responsibilities_are_bayes_rule() -> None:
    mixture, z = mixed(), 4 * torch.randn(50, 4, dtype=torch.float64)
    parts = zip(mixture.means.numpy(), mixture.covariances.numpy(), strict=True)
    joint = mixture.weights * torch.stack(
        [torch.from_numpy(multivariate_normal(m, s).pdf(z.numpy())) for m, s in parts], 1
    )
    assert torch.allclose(mixture.responsibilities(z), joint / joint.sum(1, keepdim=True))


def test_far_from_every_component_the_density_is_still_a_number() -> None:
    z = torch.full((1, 4), 1e4)
    assert mixed(torch.float32).log_prob(z).isfinite().all()
    assert mixed().responsibilities(z).sum() == pytest.approx(1)


def test_a_nearly_singular_covariance_in_float32_has_a_density() -> None:
    """Variances 100 and 10⁻⁶, rotated by 45°: a float32 factorisation fails after a sum over many images."""
    turn = torch.tensor([[1.0, -1.0], [1.0, 1.0]]).double() / 2**0.5
    mixture = Mixture(
        torch.ones(1), torch.zeros(1, 2), (turn @ torch.tensor([100.0, 1e-6]).double().diag() @ turn.T)[None]
    )
    assert mixture.log_prob(torch.zeros(1, 2)).item() == pytest.approx(
        Normal(0.0, torch.tensor([10.0, 1e-3])).log_prob(torch.zeros(2)).sum().item(), rel=1e-4
    )


def test_draws_have_the_mixtures_mean_and_covariance() -> None:
    mixture = mixed()
    z = mixture.draw(torch.randn(200_000, 4, generator=torch.Generator().manual_seed(8), dtype=torch.float64))
    mean = mixture.weights @ mixture.means
    second = (
        mixture.weights[:, None, None] * (mixture.covariances + mixture.means[:, :, None] * mixture.means[:, None])
    ).sum(0)
    covariance = second - mean[:, None] * mean
    assert torch.allclose(z.mean(0), mean, atol=0.03)
    assert torch.allclose(z.T.cov(), covariance, atol=0.02 * covariance.abs().max().item())


def test_the_same_seed_draws_from_the_same_components() -> None:
    mixture, noise = mixed(torch.float32), torch.randn(100, 4)
    assert torch.equal(mixture.draw(noise, seed=3), mixture.draw(noise, seed=3))
    assert mixture.draw(noise).dtype == torch.float32
    moved = (mixture.draw(noise, seed=3) != mixture.draw(noise, seed=4)).any(1).float().mean()
    assert moved == pytest.approx(1 - (0.2**2 + 0.5**2 + 0.3**2), abs=0.2)


def test_the_standard_normal_gives_the_noise_back() -> None:
    noise = torch.randn(20, 5)
    assert torch.equal(standard_normal(5).draw(noise, seed=9), noise)
    assert torch.allclose(standard_normal(5).log_prob(noise), Normal(0.0, 1.0).log_prob(noise).sum(1))


def test_a_diagonal_mixture_is_a_mixture_of_independent_normals() -> None:
    weights, means, log_vars, z = torch.tensor([0.4, 0.6]), torch.randn(2, 3), torch.randn(2, 3), torch.randn(30, 3)
    oracle = MixtureSameFamily(Categorical(weights), Independent(Normal(means, (0.5 * log_vars).exp()), 1))
    assert torch.allclose(diagonal_mixture(weights, means, log_vars).log_prob(z), oracle.log_prob(z), atol=1e-4)


def test_gradients_reach_weights_means_and_variances() -> None:
    values = [torch.tensor([0.4, 0.6]), torch.randn(2, 3), torch.randn(2, 3)]
    for value in values:
        value.requires_grad_()
    diagonal_mixture(*values).log_prob(torch.randn(30, 3)).sum().backward()
    assert all(value.grad.isfinite().all() and value.grad.abs().sum() > 0 for value in values)
