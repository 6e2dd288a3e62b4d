"""How well clusters agree with classes."""

from __future__ import annotations

import torch
from torch import Tensor


def matching(assigned: Tensor, labels: Tensor) -> Tensor:
    """A class for each cluster (K,), no class twice, such that most points are in a cluster of their class.

    `assigned` and `labels` (N,) count from 0. With more clusters than classes the remaining clusters have the class −1.
    Source: Kuhn, The Hungarian Method (1955); computed by scipy.
    """
    from scipy.optimize import linear_sum_assignment

    clusters, classes = int(assigned.max()) + 1, int(labels.max()) + 1
    counts = torch.bincount(assigned.long() * classes + labels.long(), minlength=clusters * classes).view(
        clusters, classes
    )
    rows, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    matched = torch.full((clusters,), -1)
    matched[torch.from_numpy(rows)] = torch.from_numpy(columns)
    return matched


def clustering_accuracy(assigned: Tensor, labels: Tensor) -> float:
    """The share of points whose cluster (N,) is matched with their class (N,), under the best one-to-one matching.

    Source: Xie et al., Unsupervised Deep Embedding for Clustering Analysis (2016), equation 10.
    """
    return (matching(assigned, labels)[assigned.long()] == labels).double().mean().item()
