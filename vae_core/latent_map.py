"""The latent map of a trained model: where every held-out image stands, on a plane."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from .checkpoint import Run
from .datasets import DATASETS, held_out_images
from .gaussian import DiagonalGaussian
from .latent import encode
from .projection import Plane, plane_of


@dataclass(frozen=True)
class LatentMap:
    """`codes` (N, D) of the held-out images in their order, `labels` (N,), and the `plane` they are drawn on."""

    run: Run
    codes: DiagonalGaussian
    labels: Tensor
    plane: Plane

    def code(self, index: int) -> Tensor:
        """An image's code (D,): a VAE's posterior mean."""
        return self.codes.mean[index]

    def to_bytes(self) -> bytes:
        """Length of the JSON as uint32, the JSON padded to 4 bytes, N points as float32 pairs, N labels as bytes."""
        dataset, dims = DATASETS[self.run.config.data.dataset], self.codes.mean.shape[1]
        header = json.dumps({
            "count": len(self.labels), "dataset": self.run.config.data.dataset, "shape": dataset.shape,
            "classes": dataset.classes, "latentDim": dims, "kind": self.run.config.model.kind,
            "origin": self.plane.origin.tolist(), "basis": self.plane.basis.tolist(), "share": self.plane.share,
        }).encode()
        header += b" " * (-len(header) % 4)
        points = self.plane.project(self.codes.mean).numpy().astype("<f4").tobytes()
        return np.uint32(len(header)).astype("<u4").tobytes() + header + points + self.labels.to(torch.uint8).numpy().tobytes()


@lru_cache(maxsize=64)
def latent_map(run: Run) -> LatentMap:
    """The map of a run, kept for the next visitor."""
    images = held_out_images(run.config.data.dataset)
    codes = encode(run.model, images.pixels, images.labels)
    return LatentMap(run, codes, images.labels, plane_of(codes.mean))
