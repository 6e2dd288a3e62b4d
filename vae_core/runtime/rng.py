"""Random numbers for a tensor, drawn on the processor wherever it is: a seed means the same noise with a GPU
and without.
"""

from __future__ import annotations

import torch
from torch import Tensor


def normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """ε ~ N(0, I), of the shape and type of `like` and where it is; from torch's own generator without another."""
    return torch.empty_like(like, device="cpu").normal_(generator=generator).to(like.device)


def uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """u ~ U[0, 1), as `normal`."""
    return torch.empty_like(like, device="cpu").uniform_(generator=generator).to(like.device)
