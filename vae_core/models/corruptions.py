"""Corruptions of images, for an autoencoder that learns to undo them. Source: Vincent et al. (2008, 2010)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..runtime import rng


def gaussian(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """x + strength · ε with ε ~ N(0, I), for images (B, C, H, W); values may leave [0, 1]."""
    return x + strength * rng.normal(x, generator)


def masking(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """Set each pixel of images (B, C, H, W) to 0 with the probability `strength`."""
    return x * (rng.uniform(x, generator) >= strength)


def salt_and_pepper(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """Set each pixel of images (B, C, H, W) to 0 or to 1, each with the probability strength/2."""
    draw = rng.uniform(x, generator)
    return torch.where(draw < strength / 2, 0.0, torch.where(draw < strength, 1.0, x))


def warping(x: Tensor, strength: float, generator: torch.Generator | None) -> Tensor:
    """Rotate, shear, scale and shift each image (B, C, H, W) a little, at random; pixels from outside it are black.

    Uniform over ± strength · (½ radian, 0.7 of the height, 0.3 of the size, a seventh of the size).
    Source: Guo et al., Deep Embedded Clustering with Data Augmentation (2018).
    """
    angle, shear, width, height, right, down = (2 * torch.rand(6, len(x), generator=generator) - 1) * strength
    cos, sin, shear = (angle / 2).cos(), (angle / 2).sin(), 0.7 * shear
    width, height = 1 + 0.3 * width, 1 + 0.3 * height
    rows = [
        torch.stack([cos * width, (shear * cos - sin) * height, 2 * right / 7], 1),
        torch.stack([sin * width, (shear * sin + cos) * height, 2 * down / 7], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1).to(x.device), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


CORRUPTIONS: dict[str, Callable[[Tensor, float, torch.Generator | None], Tensor]] = {
    "gaussian": gaussian,
    "masking": masking,
    "salt-and-pepper": salt_and_pepper,
    "warping": warping,
}
