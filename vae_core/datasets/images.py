"""Images as one tensor of bytes, and the folder in which those are kept that do not ship."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..i18n.message import UserError


class DataUnavailableError(UserError):
    """Images that are neither on this machine nor can be downloaded."""


@dataclass(frozen=True)
class ImageSet:
    """`pixels` (N, C, H, W) uint8, `labels` (N,) int64 and, where they are known, `factors` (N, F) float32."""

    pixels: Tensor
    labels: Tensor
    factors: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, size: int) -> ImageSet:
        """The first `size` images, or all if there are fewer."""
        return ImageSet(self.pixels[:size], self.labels[:size], None if self.factors is None else self.factors[:size])


def as_floats(pixels: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """Bytes 0 … 255 as grey values in [0, 1], where they are wanted."""
    return pixels.to(device).float().div_(255)


def images(pixels: np.ndarray, labels: np.ndarray) -> ImageSet:
    """Bytes of shape (N, H, W) or (N, H, W, C) and labels (N,) as tensors."""
    channels_last = pixels[..., None] if pixels.ndim == 3 else pixels
    return ImageSet(
        torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2))),
        torch.from_numpy(np.asarray(labels).astype(np.int64)),
    )


def bytes_of(paths: Iterable[Path]) -> int:
    """What files take, of which others may be taken away in this moment."""
    found = 0
    for path in paths:
        with suppress(FileNotFoundError):
            found += path.stat().st_size
    return found
