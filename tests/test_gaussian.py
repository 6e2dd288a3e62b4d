from __future__ import annotations

import torch
from torch.distributions import Independent, Normal, kl_divergence

from vae_core.gaussian import DiagonalGaussian


def some(seed: int) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(seed)
    return DiagonalGaussian(torch.randn(5, 3, generator=generator).double(), torch.randn(5, 3, generator=generator).double())


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
    assert abs(z.mean() - 1.5) < 0.02 and abs(z.var() - torch.tensor(0.8).exp()) < 0.03


def test_reparameterised_gradients_reach_mean_and_variance() -> None:
    """For E[z²] = μ² + σ² the gradients are 2μ and, with respect to log σ², σ²."""
    mean, log_var = torch.tensor([[0.7]], requires_grad=True), torch.tensor([[-0.4]], requires_grad=True)
    many = DiagonalGaussian(mean.expand(400_000, 1), log_var.expand(400_000, 1))
    (many.sample(torch.Generator().manual_seed(0)) ** 2).mean().backward()
    assert torch.allclose(mean.grad, torch.tensor([[1.4]]), atol=0.02)
    assert torch.allclose(log_var.grad, log_var.detach().exp(), atol=0.02)


def test_one_row_is_the_same_distribution() -> None:
    q = some(6)
    assert torch.equal(q.at(2).mean, q.mean[2]) and torch.equal(q.at(2).std, q.std[2])
    assert Independent(oracle(q), 1).log_prob(q.mean)[2] == q.log_prob(q.mean)[2].sum()
