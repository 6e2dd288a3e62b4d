"""Numbers that say how good a model is, measured on images that it has not seen."""

from __future__ import annotations

import torch
from torch import Tensor

from .latent import CHUNK
from .models import Autoencoder
from .objectives import OBJECTIVES, Terms
from .training import as_floats


@torch.no_grad()
def terms_of(model: Autoencoder, pixels: Tensor, seed: int = 0) -> Terms:
    """The objective's terms at β = 1 for every image (N, C, H, W) as bytes, with one sample of z each."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    parts = [OBJECTIVES[model.config.kind](model, as_floats(chunk), 1.0, generator) for chunk in pixels.split(CHUNK)]
    return Terms(*(torch.cat([getattr(part, name) for part in parts]) for name in ("reconstruction", "kl", "loss")))


def evaluate(model: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """Mean reconstruction, kl and negative_elbo in nats per image. An autoencoder has no ELBO, and no such entry."""
    means = terms_of(model, pixels).means()
    if model.outputs_per_dim == 1:
        return {"reconstruction": means["reconstruction"]}
    return {"reconstruction": means["reconstruction"], "kl": means["kl"], "negative_elbo": means["total"]}


def parameter_count(model: Autoencoder) -> int:
    """How many numbers training sets."""
    return sum(parameter.numel() for parameter in model.parameters())
