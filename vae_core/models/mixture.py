"""Mixtures of Gaussians over the latent space, and the algorithms that fit them: k-means and EM."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..i18n.message import Message
from ..rules import SettingError


@dataclass(frozen=True, eq=False)
class Mixture:
    """p(z) = Σ_c π_c N(z; m_c, Σ_c) with `weights` π (K,) that sum to 1, `means` (K, D), `covariances` (K, D, D).

    Computed in float64, since an unused dimension makes Σ_c nearly singular; results have the type of z.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats for points (N, D), shape (N,)."""
        return self._joint(z).logsumexp(1).to(z.dtype)

    def responsibilities(self, z: Tensor) -> Tensor:
        """p(c | z) = π_c N(z; m_c, Σ_c) / p(z) for points (N, D), shape (N, K); each row sums to 1."""
        return self._joint(z).softmax(1).to(z.dtype)

    def to(self, device: torch.device) -> Mixture:
        """The same mixture on a device."""
        return Mixture(self.weights.to(device), self.means.to(device), self.covariances.to(device))

    def draw(self, noise: Tensor, seed: int = 0) -> Tensor:
        """N draws from p, shape (N, D): z = m_c + L_c ε with Σ_c = L_c L_cᵀ, from noise ε ~ N(0, I) of shape (N, D).

        `seed` alone determines the component c of each row, the noise its position within c.
        """
        generator = torch.Generator().manual_seed(seed)
        components = torch.multinomial(self.weights.double(), len(noise), replacement=True, generator=generator)
        z = torch.empty_like(noise)
        for c, factor in enumerate(self._factors()):
            rows = components == c
            z[rows] = (self.means[c] + noise[rows].double() @ factor.T).to(noise.dtype)
        return z

    def _factors(self) -> Tensor:
        return torch.linalg.cholesky(self.covariances.double())

    def _joint(self, z: Tensor) -> Tensor:
        """log π_c + log N(z; m_c, Σ_c), (N, K); with Σ = L Lᵀ: log π − ½ ‖L⁻¹ (z − m)‖² − log |L| − ½ D log 2π."""
        factors = self._factors()
        scaled = torch.linalg.solve_triangular(factors, (z.double() - self.means[:, None]).mT, upper=False)
        volume = factors.diagonal(dim1=1, dim2=2).log().sum(1) + 0.5 * z.shape[1] * math.log(2 * math.pi)
        return (self.weights.double().log() - volume)[None] - 0.5 * scaled.square().sum(1).T


def standard_normal(latent_dim: int) -> Mixture:
    """N(0, I) in `latent_dim` dimensions, as a mixture of one component: `draw` returns the noise itself."""
    return Mixture(torch.ones(1), torch.zeros(1, latent_dim), torch.eye(latent_dim)[None])


def diagonal_mixture(weights: Tensor, means: Tensor, log_vars: Tensor) -> Mixture:
    """Σ_c π_c N(z; m_c, diag σ_c²) with σ² = exp(log_vars): shapes (K,), (K, D) and (K, D)."""
    return Mixture(weights, means, torch.diag_embed(log_vars.exp()))


MIN_VARIANCE = 1e-6  # added to every variance, so that unused dimensions have a density


def k_means(points: Tensor, clusters: int, seed: int = 0, n_init: int = 10) -> tuple[Tensor, Tensor]:
    """Points (N, D) → the cluster of each point (N,) as int64, and the centers (K, D): the best of `n_init` runs.

    Minimises Σ ‖z − center‖². Raises SettingError if there are fewer points than clusters.
    Source: Lloyd (1982); computed by scikit-learn.
    """
    from sklearn.cluster import KMeans

    fitted = KMeans(clusters, n_init=n_init, random_state=seed).fit(_as_float64(points, "clusters", clusters))
    return torch.from_numpy(fitted.labels_).long(), torch.from_numpy(fitted.cluster_centers_).to(points.dtype)


def fit_gaussian(points: Tensor) -> Mixture:
    """The Gaussian of maximum likelihood for points (N, D), with MIN_VARIANCE · I added to its covariance, in float64.

    Raises SettingError if there are no points.
    """
    codes = torch.from_numpy(_as_float64(points, "components", 1))
    covariance = codes.T.cov(correction=0) + MIN_VARIANCE * torch.eye(codes.shape[1]).double()
    return Mixture(torch.ones(1).double(), codes.mean(0, keepdim=True), covariance[None])


def fit_mixture(points: Tensor, components: int, seed: int = 0) -> Mixture:
    """A mixture with full covariances for points (N, D), by expectation maximization from the best of ten k-means
    runs, in float64.

    Raises SettingError if there are fewer points than components.
    Source: Dempster, Laird & Rubin (1977); computed by scikit-learn. On an autoencoder's codes: Ghosh et al., From
    Variational to Deterministic Autoencoders (2020).
    """
    from sklearn.mixture import GaussianMixture

    points64 = _as_float64(points, "components", components)
    centers = k_means(points, components, seed)[1].double().numpy()
    fitted = GaussianMixture(components, reg_covar=MIN_VARIANCE, random_state=seed, means_init=centers).fit(points64)
    return Mixture(*(torch.from_numpy(part) for part in (fitted.weights_, fitted.means_, fitted.covariances_)))


def _as_float64(points: Tensor, name: str, groups: int) -> np.ndarray:
    """Points (N, D) in float64 as scikit-learn reads them. Raises SettingError if they are fewer than `groups`."""
    if not 1 <= groups <= len(points):
        raise SettingError(name, groups, Message("allowed.groups", {"most": len(points)}))
    return points.detach().double().numpy()
