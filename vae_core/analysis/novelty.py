"""Novelty detection: the reconstruction error of an image, compared with those of the held-out images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from ..datasets.registry import held_out_images
from ..evaluation.metrics import reconstruction_errors
from ..runs.run import Run

OUTLIER_PERCENTILE = 0.99  # one in a hundred held-out images is an outlier too


@dataclass(frozen=True)
class Novelty:
    """The reconstruction `error` of an image in nats, and the share in [0, 1] of held-out images with a smaller one."""

    error: float
    percentile: float

    @property
    def is_outlier(self) -> bool:
        """Whether the model reconstructs nearly all held-out images better."""
        return self.percentile >= OUTLIER_PERCENTILE


def measure_novelty(run: Run, pixels: Tensor) -> Novelty:
    """The novelty of one image (1, C, H, W), uint8 and without a label, for a run's model."""
    error = reconstruction_errors(run.model, pixels)[0]
    return Novelty(error.item(), (held_out_errors(run) < error).double().mean().item())


@lru_cache(maxsize=64)
def held_out_errors(run: Run) -> Tensor:
    """The reconstruction errors of all held-out images in nats, shape (N,), cached.

    A conditional model gets their labels: trying all classes would take ten times as long.
    """
    images = held_out_images(run.config.data.dataset)
    return reconstruction_errors(run.model, images.pixels, images.labels)
