"""Paths between two codes."""

from __future__ import annotations

import torch
from torch import Tensor


def straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(1 − t) a + t b for codes (D,) and times (T,), shape (T, D)."""
    return a + t[:, None] * (b - a)


def spherical(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """The great arc from a to b at times t (T,), shape (T, D): its length changes linearly from ‖a‖ to ‖b‖.

    With ω the angle between them the direction is [sin((1 − t) ω) a/‖a‖ + sin(t ω) b/‖b‖] / sin ω. Codes on one line
    through the origin have no unique arc; their path is straight.
    Source: Shoemake, Animating rotation with quaternion curves (1985); White, Sampling Generative Networks (2016).
    """
    lengths = torch.stack([a.norm(), b.norm()])
    if (lengths < 1e-6).any():
        return straight(a, b, t)
    angle = torch.arccos((a / lengths[0] @ (b / lengths[1])).clamp(-1, 1))
    if torch.sin(angle) < 1e-3:
        return straight(a, b, t)
    direction = torch.sin((1 - t) * angle)[:, None] * a / lengths[0] + torch.sin(t * angle)[:, None] * b / lengths[1]
    return direction / torch.sin(angle) * straight(lengths[:1], lengths[1:], t)
