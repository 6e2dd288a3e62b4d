"""Principal components: the best linear autoencoder, fitted in closed form."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from ..datasets.registry import ImageSet, as_floats
from .autoencoder import Autoencoder
from .networks import linear


class PCA(Autoencoder):
    """x̂ = W Wᵀ (x − m) + m with the D first principal components as the orthonormal columns of W.

    Sources: Pearson (1901); Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006).
    """

    is_network = False
    allows_density = False
    likelihood = "gaussian"

    def build_networks(self) -> None:
        """Create a linear encoder and decoder."""
        pixels, dims = prod(self.shape), self.config.latent_dim
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, dims))
        self.decoder = nn.Sequential(nn.Linear(dims, pixels), nn.Unflatten(1, self.shape))

    @torch.no_grad()
    def fit(self, images: ImageSet) -> None:
        """Set both layers to the principal components of the images, and the biases to map their mean to the code 0."""
        mean, basis, _ = principal_components(as_floats(images.pixels).flatten(1), self.config.latent_dim)
        encoder, decoder = linear(self.encoder[1]), linear(self.decoder[0])
        encoder.weight.copy_(basis.T)
        encoder.bias.copy_(-basis.T @ mean)
        decoder.weight.copy_(basis)
        decoder.bias.copy_(mean)


def principal_components(points: Tensor, count: int) -> tuple[Tensor, Tensor, float]:
    """Points (N, D) → their mean (D,), the orthonormal directions (D, count) of most variance, and their share of it.

    The share is 1 if there is no variance. Each direction's largest entry is positive, which fixes its sign. Computed
    here and not by scikit-learn, whose import would delay the first frame of every worker. Source: Pearson (1901).
    """
    mean = points.mean(0, dtype=torch.float64)
    centered = points - mean
    values, vectors = torch.linalg.eigh(centered.T @ centered)  # the smallest first
    basis = vectors.flip(1)[:, :count].float()
    basis = basis * basis.gather(0, basis.abs().argmax(0, keepdim=True)).sign()
    share = values.flip(0)[:count].clamp(min=0).sum() / values.clamp(min=0).sum()
    return mean.float(), basis, float(share.nan_to_num(1.0))
