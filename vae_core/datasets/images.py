"""A set of images as one tensor of bytes."""

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
    """Images that are not on this machine and cannot be downloaded."""


@dataclass(frozen=True)
class ImageSet:
    """Images `pixels` (N, C, H, W) uint8, `labels` (N,) int64 and, for synthetic data, `factors` (N, F) float32."""

    pixels: Tensor
    labels: Tensor
    factors: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, size: int) -> ImageSet:
        """Return the first `size` images, or all if there are fewer."""
        return ImageSet(self.pixels[:size], self.labels[:size], None if self.factors is None else self.factors[:size])


def as_floats(pixels: Tensor, device: torch.device | str = "cpu") -> Tensor:
    """Convert bytes 0 … 255 to grey values in [0, 1] on `device`."""
    return pixels.to(device).float().div_(255)


def from_arrays(pixels: np.ndarray, labels: np.ndarray) -> ImageSet:
    """Convert arrays of bytes (N, H, W) or (N, H, W, C) and labels (N,) to an ImageSet."""
    channels_last = pixels[..., None] if pixels.ndim == 3 else pixels
    return ImageSet(
        torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2))),
        torch.from_numpy(np.asarray(labels).astype(np.int64)),
    )


def bytes_of(paths: Iterable[Path]) -> int:
    """Return the total size of files in bytes; files that disappear meanwhile count as 0."""
    total = 0
    for path in paths:
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total
