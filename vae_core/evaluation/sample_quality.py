"""Distances between the features of generated and of real images."""

from __future__ import annotations

import torch
from torch import Tensor

MAX_ROWS = 1000  # of a distance matrix at once


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½) of the Gaussians of features (N, F) and (M, F).

    The trace of the root is the sum of the singular values of Σ₁^½ Σ₂^½. Computed in float64.
    Source: Fréchet (1957); Heusel et al., GANs Trained by a Two Time-Scale Update Rule (2017).
    """
    a, b = a.double(), b.double()
    first, second = a.T.cov(), b.T.cov()
    cross = torch.linalg.svdvals(_root(first) @ _root(second)).sum()
    distance = (a.mean(0) - b.mean(0)).square().sum() + first.trace() + second.trace() - 2 * cross
    return max(0.0, distance.item())


def precision_recall(real: Tensor, generated: Tensor, k: int = 3) -> tuple[float, float]:
    """The share of generated features (M, F) inside the manifold of the real ones (N, F), and the converse.

    A set's manifold is the union of balls around its points, each as wide as the distance to the point's k-th
    neighbour. Both sets need more than k points, and should be about equally large. Source: Kynkäänniemi et al.,
    Improved Precision and Recall Metric for Assessing Generative Models (2019).
    """
    return _share_inside(generated, real, k), _share_inside(real, generated, k)


def _root(covariance: Tensor) -> Tensor:
    """Σ^½ of a symmetric Σ (F, F) without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def _share_inside(points: Tensor, centers: Tensor, k: int) -> float:
    """The share of points (N, F) that lie in the manifold of the centers (M, F)."""
    radii = torch.cat(
        [_distances(rows, centers).kthvalue(k + 1, dim=1).values for rows in centers.split(MAX_ROWS)]
    )  # the first is the point itself
    return (
        torch.cat([(_distances(rows, centers) <= radii).any(1) for rows in points.split(MAX_ROWS)])
        .double()
        .mean()
        .item()
    )


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """‖a_i − b_j‖, shape (N, M), without the shortcut by a matrix product, which puts a point away from itself."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
