from __future__ import annotations

import math

import pytest
import torch
from sklearn.metrics import mutual_info_score
from torch import Tensor

from vae_core.evaluation import disentanglement
from vae_core.evaluation.disentanglement import dci, mutual_information_gap


def uniform(rows: int, columns: int, seed: int) -> Tensor:
    return torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed))


def mixed_factors() -> Tensor:
    """Two continuous factors, one of five values, one of two."""
    factors = uniform(700, 4, 0)
    return torch.cat([factors[:, :2], (factors[:, 2:3] * 5).floor(), (factors[:, 3:] * 2).floor()], 1)


def turned(factors: Tensor) -> Tensor:
    """Standardised factors in a random orthonormal basis."""
    basis = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1))).Q
    return (factors - factors.mean(0)) / factors.std(0) @ basis


FACTORS = mixed_factors()
PERMUTED = FACTORS[:, [2, 0, 3, 1]] * torch.tensor([3.0, -1.0, 0.1, 20.0]) + 5


def test_information_is_scikit_learns() -> None:
    a, b = (uniform(500, 2, 2) * 7).long().T
    b = torch.where(uniform(500, 1, 3)[:, 0] < 0.5, a, b)
    assert disentanglement.discrete_mutual_information(a, b).item() == pytest.approx(
        mutual_info_score(a.numpy(), b.numpy())
    )


def test_of_two_known_informations_the_gap_is_their_difference() -> None:
    """v = (a, b) with a of four values and b of two, both evenly: I(a; v) = log 4, I(b; v) = log 2, H(v) = log 8."""
    v = torch.arange(800.0) % 8
    codes = torch.stack([(v / 2).floor(), v % 2, torch.zeros(800)], 1)
    assert mutual_information_gap(codes, v[:, None]) == pytest.approx((math.log(4) - math.log(2)) / math.log(8))


def test_factors_permuted_and_scaled_are_disentangled() -> None:
    assert mutual_information_gap(PERMUTED, FACTORS) > 0.85
    scores = dci(PERMUTED, FACTORS)
    assert min(scores.values()) > 0.97
    assert set(scores) == {"disentanglement", "completeness", "informativeness"}


def test_turned_factors_are_known_and_not_disentangled() -> None:
    assert mutual_information_gap(turned(FACTORS), FACTORS) < 0.4
    scores = dci(turned(FACTORS), FACTORS)
    assert scores["disentanglement"] < 0.6
    assert scores["completeness"] < 0.6
    assert scores["informativeness"] > 0.7


def test_noise_knows_nothing() -> None:
    noise, factors = torch.randn(800, 4, generator=torch.Generator().manual_seed(4)), uniform(800, 2, 5)
    assert mutual_information_gap(noise, factors) < 0.03
    assert all(abs(value) < 0.12 for value in dci(noise, factors).values())


def test_two_dimensions_for_one_factor_are_disentangled_and_not_complete() -> None:
    """Each dimension knows one factor alone, and the first factor is in two of them."""
    factors = uniform(900, 2, 6)
    wave = 2 * math.pi * factors[:, :1]
    scores = dci(torch.cat([wave.cos(), wave.sin(), factors[:, 1:]], 1), factors)
    assert scores["disentanglement"] > 0.95
    assert scores["completeness"] < 0.9


def test_one_dimension_for_two_factors_is_complete_and_not_disentangled() -> None:
    factors = (uniform(900, 2, 7) * 4).floor()
    codes = torch.cat([factors[:, :1] * 4 + factors[:, 1:], uniform(900, 1, 8)], 1)
    scores = dci(codes, factors)
    assert scores["completeness"] > 0.9
    assert scores["disentanglement"] < 0.2
    assert scores["informativeness"] > 0.95


def test_a_factor_that_never_changes_counts_for_nothing() -> None:
    with_constant = torch.cat([FACTORS, torch.ones(700, 1)], 1)
    assert mutual_information_gap(PERMUTED, with_constant) == mutual_information_gap(PERMUTED, FACTORS)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert dci(PERMUTED[:150], FACTORS[:150], seed=3) == dci(PERMUTED[:150], FACTORS[:150], seed=3)
