"""Encode, decode and sample with a trained model.

Images and codes are on the CPU, wherever the model is.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..datasets.registry import as_floats
from ..models.autoencoder import Autoencoder
from ..models.gaussian import DiagonalGaussian

CHUNK_IMAGES = (
    400  # their activations fit into the CPU's cache; a multiple of 16, so that chunks do not change the noise
)


@torch.no_grad()
def encode(model: Autoencoder, pixels: Tensor, labels: Tensor | None = None) -> DiagonalGaussian:
    """Images (N, C, H, W) as bytes → their codes as distributions (N, D); log σ² is −∞ where the code is a point.

    A conditional model reads the `labels` (N,); without them it takes the class that explains an image best.
    """
    model.eval()
    parts = [
        model.embed(
            as_floats(chunk, model.device),
            None if labels is None else labels[start : start + CHUNK_IMAGES].to(model.device),
        )
        for start, chunk in zip(range(0, len(pixels), CHUNK_IMAGES), pixels.split(CHUNK_IMAGES), strict=True)
    ]
    return DiagonalGaussian(
        torch.cat([part.mean for part in parts]).cpu(), torch.cat([part.log_var for part in parts]).cpu()
    )


@torch.no_grad()
def decode(model: Autoencoder, z: Tensor, labels: Tensor | None = None) -> Tensor:
    """Codes (N, D) → mean images (N, C, H, W), clipped to [0, 1]; `labels` (N,) of a conditional model, or 0."""
    model.eval()
    return torch.cat(
        [
            model.decode(
                chunk.to(model.device),
                None if labels is None else labels[start : start + CHUNK_IMAGES].to(model.device),
            ).mean.cpu()
            for start, chunk in zip(range(0, len(z), CHUNK_IMAGES), z.split(CHUNK_IMAGES), strict=True)
        ]
    ).clamp(0, 1)


@torch.no_grad()
def sample(model: Autoencoder, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw from the model's prior: codes (count, D), and classes (count,) in order, equally many of each."""
    model.eval()
    return model.draw(noise(count, model.noise_dim, seed)), torch.arange(count) * model.conditions // count


def noise(count: int, dims: int, seed: int) -> Tensor:
    """Draws from N(0, I), shape (count, dims). The first columns of a seed do not depend on `dims`."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randn(count, generator=generator) for _ in range(dims)], 1)
