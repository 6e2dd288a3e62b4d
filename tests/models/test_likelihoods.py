from __future__ import annotations

import itertools

import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import ContinuousBernoulli as TorchContinuousBernoulli
from torch.distributions import Normal

from vae_core.models.likelihoods import LIKELIHOODS, Bernoulli, ContinuousBernoulli, Gaussian


def test_bernoulli_sums_to_one_over_all_binary_images() -> None:
    every = torch.tensor(list(itertools.product([0.0, 1.0], repeat=9)), dtype=torch.float64).reshape(-1, 1, 3, 3)
    logits = torch.randn(1, 1, 3, 3, dtype=torch.float64).expand_as(every)
    assert abs(Bernoulli(logits).log_prob(every).exp().sum().item() - 1) < 1e-12


def test_bernoulli_equals_torch_distributions_on_binary_images() -> None:
    logits, x = torch.randn(4, 1, 3, 3), torch.randint(0, 2, (4, 1, 3, 3)).float()
    assert torch.allclose(
        Bernoulli(logits).log_prob(x), TorchBernoulli(logits=logits).log_prob(x).sum((1, 2, 3)), atol=1e-5
    )


def test_bernoulli_on_grey_values_is_greatest_where_its_mean_is_the_image() -> None:
    x = torch.rand(1, 1, 3, 3) * 0.8 + 0.1
    best = Bernoulli(torch.logit(x)).log_prob(x)
    assert all(best > Bernoulli(torch.logit(x) + 0.3 * torch.randn_like(x)).log_prob(x) for _ in range(20))


def test_gaussian_integrates_to_one_and_equals_torch_distributions() -> None:
    grid = torch.linspace(-4, 5, 90_001, dtype=torch.float64)
    density = (
        Gaussian(torch.full((90_001, 1, 1, 1), 0.4, dtype=torch.float64), torch.tensor(0.2, dtype=torch.float64))
        .log_prob(grid.reshape(-1, 1, 1, 1))
        .exp()
    )
    assert abs(torch.trapezoid(density, grid).item() - 1) < 1e-9
    mean, x = torch.rand(4, 3, 5, 5), torch.rand(4, 3, 5, 5)
    assert torch.allclose(
        Gaussian(mean, torch.tensor(0.3)).log_prob(x), Normal(mean, 0.3).log_prob(x).sum((1, 2, 3)), rtol=1e-5
    )


@pytest.mark.parametrize("logit", [-8.0, -0.7, -0.049, 0.0, 0.03, 0.051, 2.0, 12.0])
def test_continuous_bernoulli_integrates_to_one_and_has_its_mean(logit: float) -> None:
    grid = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    result = ContinuousBernoulli(torch.full((100_001, 1, 1, 1), logit, dtype=torch.float64))
    density = result.log_prob(grid.reshape(-1, 1, 1, 1)).exp()
    assert abs(torch.trapezoid(density, grid).item() - 1) < 1e-7
    assert abs(torch.trapezoid(density * grid, grid).item() - result.mean[0].item()) < 1e-7


def test_continuous_bernoulli_equals_torch_distributions_with_its_gradient() -> None:
    logits, x = (
        torch.linspace(-3, 3, 16, dtype=torch.float64).reshape(1, 1, 4, 4).requires_grad_(),
        torch.rand(1, 1, 4, 4, dtype=torch.float64),
    )
    ours, theirs = ContinuousBernoulli(logits).log_prob(x), TorchContinuousBernoulli(logits=logits).log_prob(x).sum()
    assert torch.allclose(ours, theirs)
    assert torch.allclose(*(torch.autograd.grad(value.sum(), logits)[0] for value in (ours, theirs)))


def test_each_likelihood_has_a_value_for_each_image() -> None:
    output, x = torch.randn(6, 3, 4, 4), torch.rand(6, 3, 4, 4)
    for make in LIKELIHOODS.values():
        assert make(output, torch.tensor(0.2)).log_prob(x).shape == (6,)
