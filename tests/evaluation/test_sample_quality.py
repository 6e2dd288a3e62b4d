from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from vae_core.evaluation.sample_quality import frechet_distance, precision_recall


def normal(rows: int, dims: int, seed: int) -> Tensor:
    return torch.randn(rows, dims, generator=torch.Generator().manual_seed(seed))


def white(seed: int) -> Tensor:
    """Features with mean 0 and covariance I to the last digit."""
    features = normal(400, 5, seed).double()
    features = features - features.mean(0)
    return torch.linalg.solve_triangular(torch.linalg.cholesky(features.T.cov()), features.T, upper=False).T


def test_commuting_covariances_have_their_closed_form() -> None:
    """Σ₁ = Q diag(s₁²) Qᵀ and Σ₂ = Q diag(s₂²) Qᵀ: the distance is ‖μ₁ − μ₂‖² + Σ (s₁ − s₂)²."""
    turn = torch.linalg.qr(normal(5, 5, 2).double()).Q
    first, second, shift = torch.tensor([1.0, 2, 3, 0, 0.5]), torch.tensor([2.0, 2, 1, 1, 0]), torch.arange(5) / 3
    distance = frechet_distance(white(0) * first @ turn.T, white(1) * second @ turn.T + shift)
    assert distance == pytest.approx(((first - second) ** 2).sum().item() + (shift**2).sum().item(), rel=1e-6)


def test_the_frechet_distance_is_that_of_the_matrix_square_root() -> None:
    a, b = normal(300, 6, 0) @ normal(6, 6, 1), normal(200, 6, 2) @ normal(6, 6, 3) + 1
    first, second = np.cov(a.double().numpy().T), np.cov(b.double().numpy().T)
    expected = (a.double().mean(0) - b.double().mean(0)).square().sum().item() + np.trace(
        first + second - 2 * sqrtm(first @ second).real
    )
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8) == frechet_distance(b, a)


def test_a_set_has_no_distance_from_itself() -> None:
    features = normal(50, 100, 0)  # fewer rows than columns: the covariance is singular
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)


def test_identical_sets_have_full_precision_and_recall() -> None:
    features = 1000 + normal(1500, 8, 0)
    assert precision_recall(features, features) == (1.0, 1.0)


def test_sets_far_apart_have_none() -> None:
    assert precision_recall(normal(200, 4, 0), normal(200, 4, 1) + 100) == (0.0, 0.0)


def test_half_of_the_modes_is_half_of_the_recall() -> None:
    modes = 50 * torch.arange(4.0)
    real = normal(800, 2, 0) + modes.repeat_interleave(200)[:, None]
    generated = 0.9 * normal(400, 2, 1) + modes[:2].repeat_interleave(200)[:, None]
    precision, recall = precision_recall(real, generated)
    assert precision > 0.9
    assert recall == pytest.approx(0.5, abs=0.05)
    assert precision_recall(generated, real) == (recall, precision)


def test_the_manifold_is_made_of_balls_to_the_kth_neighbour() -> None:
    """On a line 0, 1, 3, 6 with k = 1 the radii are 1, 1, 2, 3: the manifold is [−1, 9]."""
    real, generated = torch.tensor([[0.0], [1.0], [3.0], [6.0]]), torch.tensor([[-1.1], [-0.9], [8.9], [9.1]])
    assert precision_recall(real, generated, k=1)[0] == 0.5
