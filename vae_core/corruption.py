"""Ways to spoil an image, for an autoencoder that learns to undo them. Source: Vincent et al. (2008, 2010)."""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor


def gaussian(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """x + strength · ε with ε ~ N(0, I), for images (B, C, H, W); values may leave [0, 1]."""
    return x + strength * torch.empty_like(x).normal_(generator=generator)


def masking(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """Each pixel is set to 0 with the probability `strength`."""
    return x * (torch.empty_like(x).uniform_(generator=generator) >= strength)


def salt_and_pepper(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """Each pixel is set to 0 or to 1, either with the probability strength/2."""
    draw = torch.empty_like(x).uniform_(generator=generator)
    return torch.where(draw < strength / 2, 0.0, torch.where(draw < strength, 1.0, x))


CORRUPTIONS: dict[str, Callable[[Tensor, float, torch.Generator | None], Tensor]] = {
    "gaussian": gaussian, "masking": masking, "salt-and-pepper": salt_and_pepper}
