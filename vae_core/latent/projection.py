"""More than two dimensions on a flat map, and back."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..models.pca import principal_components


@dataclass(frozen=True)
class Plane:
    """The plane z = origin + basis p in latent space: `origin` (D,), `basis` (D, 2) with orthonormal columns.

    For a two-dimensional code it is the identity. `share` is the plane's share of the codes' variance, 1 if there is
    none.
    """

    origin: Tensor
    basis: Tensor
    share: float

    def project(self, z: Tensor) -> Tensor:
        """Codes (N, D) → points on the map (N, 2): basisᵀ (z − origin)."""
        return (z - self.origin) @ self.basis

    def spread(self, variance: Tensor) -> Tensor:
        """Variances (D,) of a diagonal Gaussian → its covariance on the map (2, 2): basisᵀ diag(σ²) basis."""
        return self.basis.T @ (variance[:, None] * self.basis)

    def lift(self, points: Tensor) -> Tensor:
        """Points (N, 2) → codes (N, D) in the plane. `project(lift(p)) = p`."""
        return self.origin + points @ self.basis.T


def fit_plane(codes: Tensor) -> Plane:
    """The plane of the codes' (N, D) first two principal components; for D = 2 the latent space itself.

    The same codes always give the same plane.
    """
    dims = codes.shape[1]
    if dims == 2:
        return Plane(torch.zeros(2), torch.eye(2), 1.0)
    origin, basis, share = principal_components(codes, 2)
    return Plane(origin, basis, share)


def align(plane: Plane, previous: Plane) -> Plane:
    """`plane` with axes rotated towards those of `previous`, so that successive maps do not flip.

    The rotation is orthogonal Procrustes: with basisᵀ previous = U S Vᵀ, the axes become basis U Vᵀ.
    Source: Schönemann (1966).
    """
    u, _, v = torch.linalg.svd(plane.basis.T @ previous.basis)
    return Plane(plane.origin, plane.basis @ u @ v, plane.share)
