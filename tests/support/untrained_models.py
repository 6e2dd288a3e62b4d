"""Small models whose decoders contain every kind of layer, and a mixture."""

from __future__ import annotations

import torch

from vae_core.config import ModelConfig
from vae_core.models.autoencoder import Autoencoder
from vae_core.models.mixture import Mixture
from vae_core.training.variants import build

SHAPE = (1, 8, 8)


def conditional(dims: int = 3) -> Autoencoder:
    """Decodes a code and one of ten classes. Steep enough that another class is another picture."""
    model = build(ModelConfig(kind="cvae", latent_dim=dims, hidden=(24, 24)), SHAPE, 0, classes=10)
    with torch.no_grad():
        model.decoder[0].weight.mul_(4)
    return model.eval()


def monotone(dims: int = 3) -> Autoencoder:
    """A model with an embedding and monotone layers, which keep codes apart."""
    return build(ModelConfig(decoder="inverse-lipschitz", latent_dim=dims, hidden=(24,), slope=0.3), SHAPE).eval()


def mixture(count: int, dims: int) -> Mixture:
    """Random Gaussians with full covariances."""
    torch.manual_seed(0)
    roots = torch.randn(count, dims, dims)
    return Mixture(torch.rand(count).softmax(0), torch.randn(count, dims), roots @ roots.mT)
