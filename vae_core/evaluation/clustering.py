"""Groups of codes: k-means, fitted Gaussians and mixtures, and how far groups are classes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .config import SettingError
from .gaussian import Mixture

RIDGE = 1e-6  # added to every variance, so that a dimension that a model does not use keeps a density


def k_means(points: Tensor, clusters: int, seed: int = 0, n_init: int = 10) -> tuple[Tensor, Tensor]:
    """Points (N, D) → the cluster of each (N,) as int64, and the centers (K, D): the best of `n_init` starts.

    Minimises Σ ‖z − center‖². Raises SettingError if there are fewer points than clusters.
    Source: Lloyd (1982); computed by scikit-learn.
    """
    from sklearn.cluster import KMeans

    fitted = KMeans(clusters, n_init=n_init, random_state=seed).fit(_numbers(points, "clusters", clusters))
    return torch.from_numpy(fitted.labels_).long(), torch.from_numpy(fitted.cluster_centers_).to(points.dtype)


def fit_gaussian(points: Tensor) -> Mixture:
    """The Gaussian of greatest likelihood for points (N, D): their mean, and their covariance + RIDGE · I, in float64."""
    codes = torch.from_numpy(_numbers(points, "components", 1))
    covariance = codes.T.cov(correction=0) + RIDGE * torch.eye(codes.shape[1]).double()
    return Mixture(torch.ones(1).double(), codes.mean(0, keepdim=True), covariance[None])


def fit_mixture(points: Tensor, components: int, seed: int = 0) -> Mixture:
    """A mixture with full covariances for points (N, D), by expectation maximisation from the best of ten k-means
    starts, in float64.

    Raises SettingError if there are fewer points than components.
    Source: Dempster, Laird & Rubin (1977); computed by scikit-learn. On an autoencoder's codes: Ghosh et al., From
    Variational to Deterministic Autoencoders (2020).
    """
    from sklearn.mixture import GaussianMixture

    numbers = _numbers(points, "components", components)
    centers = k_means(points, components, seed)[1].double().numpy()
    fitted = GaussianMixture(components, reg_covar=RIDGE, random_state=seed, means_init=centers).fit(numbers)
    return Mixture(*(torch.from_numpy(part) for part in (fitted.weights_, fitted.means_, fitted.covariances_)))


def matching(assigned: Tensor, labels: Tensor) -> Tensor:
    """The class of each cluster (K,), no class twice, such that most points are in a cluster of their class.

    `assigned` and `labels` (N,) count from 0. With more clusters than classes those left over have the class −1.
    Source: Kuhn, The Hungarian Method (1955); computed by scipy.
    """
    from scipy.optimize import linear_sum_assignment

    clusters, classes = int(assigned.max()) + 1, int(labels.max()) + 1
    counts = torch.bincount(assigned.long() * classes + labels.long(), minlength=clusters * classes).view(clusters, classes)
    rows, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    found = torch.full((clusters,), -1)
    found[torch.from_numpy(rows)] = torch.from_numpy(columns)
    return found


def clustering_accuracy(assigned: Tensor, labels: Tensor) -> float:
    """The share of points (N,) whose cluster is matched with their class, under the best one-to-one matching.

    Source: Xie et al., Unsupervised Deep Embedding for Clustering Analysis (2016), equation 10.
    """
    return (matching(assigned, labels)[assigned.long()] == labels).double().mean().item()


def _numbers(points: Tensor, name: str, groups: int) -> np.ndarray:
    """Points (N, D) in float64 as scikit-learn reads them. Raises SettingError if they are fewer than `groups`."""
    if not 1 <= groups <= len(points):
        raise SettingError(name, groups, f"a whole number from 1 to {len(points):,}, as many as there are images")
    return points.detach().double().numpy()
