from __future__ import annotations

import itertools

import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Normal

from vae_core.config import ModelConfig
from vae_core.likelihoods import LIKELIHOODS, Bernoulli, Gaussian


def test_bernoulli_sums_to_one_over_all_binary_images() -> None:
    every = torch.tensor(list(itertools.product([0.0, 1.0], repeat=9)), dtype=torch.float64).reshape(-1, 1, 3, 3)
    logits = torch.randn(1, 1, 3, 3, dtype=torch.float64).expand_as(every)
    assert abs(Bernoulli(logits).log_prob(every).exp().sum().item() - 1) < 1e-12


def test_bernoulli_equals_torch_distributions_on_binary_images() -> None:
    logits, x = torch.randn(4, 1, 3, 3), torch.randint(0, 2, (4, 1, 3, 3)).float()
    assert torch.allclose(Bernoulli(logits).log_prob(x), TorchBernoulli(logits=logits).log_prob(x).sum((1, 2, 3)), atol=1e-5)


def test_bernoulli_on_grey_values_is_greatest_where_its_mean_is_the_image() -> None:
    x = torch.rand(1, 1, 3, 3) * 0.8 + 0.1
    best = Bernoulli(torch.logit(x)).log_prob(x)
    assert all(best > Bernoulli(torch.logit(x) + 0.3 * torch.randn_like(x)).log_prob(x) for _ in range(20))


def test_gaussian_integrates_to_one_and_equals_torch_distributions() -> None:
    grid = torch.linspace(-4, 5, 90_001, dtype=torch.float64)
    density = Gaussian(torch.full((90_001, 1, 1, 1), 0.4, dtype=torch.float64), 0.2).log_prob(grid.reshape(-1, 1, 1, 1)).exp()
    assert abs(torch.trapezoid(density, grid).item() - 1) < 1e-9
    mean, x = torch.rand(4, 3, 5, 5), torch.rand(4, 3, 5, 5)
    assert torch.allclose(Gaussian(mean, 0.3).log_prob(x), Normal(mean, 0.3).log_prob(x).sum((1, 2, 3)), rtol=1e-5)


def test_each_likelihood_has_a_value_for_each_image() -> None:
    output, x = torch.randn(6, 3, 4, 4), torch.rand(6, 3, 4, 4)
    for make in LIKELIHOODS.values():
        assert make(output, ModelConfig()).log_prob(x).shape == (6,)
