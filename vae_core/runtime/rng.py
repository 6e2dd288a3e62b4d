"""Random numbers, always generated on the processor: a seed means the same noise with and without a GPU."""

from __future__ import annotations

import torch
from torch import Tensor


def normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return ε ~ N(0, I) with the shape, type and device of `like`; without a generator, from torch's own."""
    return torch.empty_like(like, device="cpu").normal_(generator=generator).to(like.device)


def uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return u ~ U[0, 1) with the shape, type and device of `like`, as `normal`."""
    return torch.empty_like(like, device="cpu").uniform_(generator=generator).to(like.device)
