"""Principal components: the autoencoder that needs no training, and a measure for those that do."""

from __future__ import annotations

from math import prod

import torch
from torch import nn

from ..datasets import Images, as_floats
from ..models import Autoencoder
from ..projection import principal_components


class PCA(Autoencoder):
    """x̂ = W Wᵀ (x − m) + m with the D first principal components as the orthonormal columns of W.

    Sources: Pearson (1901); Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks (2006).
    """

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
