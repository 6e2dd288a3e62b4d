"""Principal components: the autoencoder that needs no training, and a measure for those that do."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from ..datasets.registry import Images, as_floats
from .autoencoder import Autoencoder


class PCA(Autoencoder):
    """x̂ = W Wᵀ (x − m) + m with the D first principal components as the orthonormal columns of W.

    Sources: Pearson (1901); Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006).
    """

    is_network = False
    allows_density = False
    likelihood = "gaussian"

    def build_networks(self) -> None:
        pixels, dims = prod(self.shape), self.config.latent_dim
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, dims))
        self.decoder = nn.Sequential(nn.Linear(dims, pixels), nn.Unflatten(1, self.shape))

    @torch.no_grad()
    def fit(self, images: Images) -> None:
        """Set both layers from the images' principal components; the sign of one is free."""
        mean, basis, _ = principal_components(as_floats(images.pixels).flatten(1), self.config.latent_dim)
        self.encoder[1].weight.copy_(basis.T)
        self.encoder[1].bias.copy_(-basis.T @ mean)
        self.decoder[0].weight.copy_(basis)
        self.decoder[0].bias.copy_(mean)


def principal_components(points: Tensor, count: int) -> tuple[Tensor, Tensor, float]:
    """Points (N, D) → their mean (D,), the orthonormal directions (D, count) of most variance, and its share in them, 1 of none.

    Each direction's sign is fixed by its largest entry. Source: Pearson (1901).

    With scikit-learn's PCA, which computes the same, the first frame of a training took a second to import it.
    """
    mean = points.mean(0, dtype=torch.float64)
    centered = points - mean
    values, vectors = torch.linalg.eigh(centered.T @ centered)  # the smallest first
    basis = vectors.flip(1)[:, :count].float()
    basis = basis * basis.gather(0, basis.abs().argmax(0, keepdim=True)).sign()
    share = values.flip(0)[:count].clamp(min=0).sum() / values.clamp(min=0).sum()
    return mean.float(), basis, float(share.nan_to_num(1.0))
