"""Disentanglement for images with known factors: how far each dimension of a code stands for one factor.

Factors are floats, and at least one of them varies. A factor with at most 20 distinct values counts as discrete; one
with a single value is ignored.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

MAX_DISCRETE_VALUES = 20
TREES = 50  # of a forest


def mutual_information_gap(codes: Tensor, factors: Tensor, bins: int = 20) -> float:
    """Mean over factors k of [I(z_a; v_k) − I(z_b; v_k)] / H(v_k), from 0 to 1, for the most informative a and b.

    Codes (N, D), D ≥ 2, and factors (N, F). Each dimension is divided into `bins` of equal width, and so is a factor
    that is not discrete. For noise the estimates are about (bins − 1)(levels − 1)/2N nats instead of 0, which mostly
    cancels in the gap. Source: Chen et al., Isolating Sources of Disentanglement in VAEs (2018); bins as in Locatello
    et al., Challenging Common Assumptions (2019).
    """
    cells = [_binned(code, bins) for code in codes.T]
    gaps = []
    for factor in _varying(factors).T:
        levels = _levels(factor) if _is_discrete(factor) else _binned(factor, bins)
        first, second = torch.stack([discrete_mutual_information(cell, levels) for cell in cells]).topk(2).values
        gaps.append((first - second) / discrete_mutual_information(levels, levels))
    return torch.stack(gaps).mean().item()


def dci(codes: Tensor, factors: Tensor, seed: int = 0) -> dict[str, float]:
    """Disentanglement, completeness and informativeness of codes (N, D) about factors (N, F), each at best 1.

    R_dk is the importance of dimension d in a forest that predicts factor k. With the rows of R as shares,
    disentanglement is 1 − entropy to base F, averaged over dimensions by their part of R; completeness is the same for
    columns, to base D. Informativeness is the mean R² of factors, or the accuracy of discrete ones, on a third of the
    images not used for fitting; for noise it is about 0, or one class's share. Source: Eastwood & Williams, A Framework
    for the Quantitative Evaluation of Disentangled Representations (2018); scikit-learn's random forests of 50 trees,
    several times as fast as gradient boosting for factors of many classes.
    """
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed))
    held_out, fitting = order.tensor_split([len(codes) // 3])
    parts = [_forest(codes, factor, fitting, held_out, seed) for factor in _varying(factors).T]
    importance = torch.stack([part for part, _ in parts], 1)
    return {
        "disentanglement": _concentration(importance),
        "completeness": _concentration(importance.T),
        "informativeness": sum(score for _, score in parts) / len(parts),
    }


def _forest(codes: Tensor, factor: Tensor, fitting: Tensor, held_out: Tensor, seed: int) -> tuple[Tensor, float]:
    """The importance of each dimension (D,) for one factor (N,), and the score on held-out images."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind, target = (
        (RandomForestClassifier, _levels(factor)) if _is_discrete(factor) else (RandomForestRegressor, factor)
    )
    forest = kind(TREES, min_samples_leaf=5, max_features=1.0, random_state=seed)
    forest.fit(codes[fitting].numpy(), target[fitting].numpy())
    return torch.from_numpy(forest.feature_importances_), float(
        forest.score(codes[held_out].numpy(), target[held_out].numpy())
    )


def _concentration(importance: Tensor) -> float:
    """Σ_r (row r's part of the total) · (1 − entropy of row r to the base of its length), from 0 to 1."""
    totals = importance.sum(1, keepdim=True)
    shares = importance / totals.clamp(min=1e-12)
    entropy = torch.special.entr(shares).sum(1) / math.log(max(2, importance.shape[1]))
    return ((1 - entropy) @ totals[:, 0] / totals.sum().clamp(min=1e-12)).item()


def _varying(factors: Tensor) -> Tensor:
    return factors[:, (factors != factors[0]).any(0)]


def _is_discrete(factor: Tensor) -> bool:
    return len(factor.unique()) <= MAX_DISCRETE_VALUES


def _levels(factor: Tensor) -> Tensor:
    """The index of each value (N,) among the distinct ones."""
    return factor.unique(return_inverse=True)[1]


def _binned(values: Tensor, bins: int) -> Tensor:
    """The bin of each value (N,), 0 … bins − 1, of equal width between the least and the greatest."""
    low, high = values.min(), values.max()
    return ((values - low) / (high - low).clamp(min=1e-12) * bins).long().clamp(max=bins - 1)


def discrete_mutual_information(a: Tensor, b: Tensor) -> Tensor:
    """I(a; b) = H(a) + H(b) − H(a, b) in nats between two columns (N,) of whole numbers; I(a; a) = H(a)."""
    width = int(b.max()) + 1
    return _entropy(a) + _entropy(b) - _entropy(a * width + b)


def _entropy(numbers: Tensor) -> Tensor:
    return torch.special.entr(numbers.bincount().double() / len(numbers)).sum()
