"""Decoders and mixtures that no setting builds yet, made by hand."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vae_core.config import ModelConfig
from vae_core.networks import Embed, Monotone


@dataclass(frozen=True)
class DecoderByHand:
    """As much of a model as the page is sent. With n `conditions` the decoder's input is a code and a one-hot class."""

    decoder: nn.Sequential
    config: ModelConfig
    conditions: int = 0
    shape: tuple[int, int, int] = (1, 8, 8)
    likelihood: str = "bernoulli"

    def images(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        """Codes (N, D), and labels (N,) if there are conditions → images (N, 1, 8, 8)."""
        given = torch.cat([codes, nn.functional.one_hot(labels, self.conditions)], 1) if self.conditions else codes
        with torch.no_grad():
            return self.decoder(given).sigmoid()


def conditional(dims: int = 3, conditions: int = 10) -> DecoderByHand:
    """Decodes a code and a class. Steep enough that another class is another picture."""
    torch.manual_seed(0)
    first = nn.Linear(dims + conditions, 24)
    with torch.no_grad():
        first.weight.mul_(4)
    return DecoderByHand(nn.Sequential(first, nn.Softplus(), nn.Linear(24, 24), nn.Sigmoid(), nn.Linear(24, 64), nn.Unflatten(1, (1, 8, 8))),
                         ModelConfig(latent_dim=dims), conditions)


def monotone(dims: int = 3) -> DecoderByHand:
    """Embeds a code, and twice goes through a layer that keeps codes apart."""
    torch.manual_seed(0)
    layers = (Monotone(dims, 16, 0.7), Embed(dims, 64), Monotone(64, 40, 0.4), nn.Unflatten(1, (1, 8, 8)))
    return DecoderByHand(nn.Sequential(*layers), ModelConfig(latent_dim=dims))


@dataclass(frozen=True)
class MixtureByHand:
    """`weights` (K,), `means` (K, D), `covariances` (K, D, D)."""

    weights: Tensor
    means: Tensor
    covariances: Tensor


def mixture(count: int, dims: int) -> MixtureByHand:
    """Random Gaussians with full covariances."""
    torch.manual_seed(0)
    roots = torch.randn(count, dims, dims)
    return MixtureByHand(torch.rand(count).softmax(0), torch.randn(count, dims), roots @ roots.mT)
