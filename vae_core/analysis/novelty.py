"""How familiar a model is with an image: its reconstruction error among those of the held-out images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from ..datasets.registry import held_out_images
from ..evaluation.metrics import reconstruction_errors
from ..runs.run import Run

FAR = 0.99  # of the held-out images; one in a hundred of them is called far too


@dataclass(frozen=True)
class Novelty:
    """An image's reconstruction `error` in nats, and its `place`: the share of the held-out images whose error is smaller."""

    error: float
    place: float

    @property
    def far(self) -> bool:
        """Whether the model reconstructs nearly all held-out images better."""
        return self.place >= FAR


def measure_novelty(run: Run, pixels: Tensor) -> Novelty:
    """What a run's model makes of one image (1, C, H, W) of bytes that has no label."""
    error = reconstruction_errors(run.model, pixels)[0]
    return Novelty(error.item(), (held_out_errors(run) < error).double().mean().item())


@lru_cache(maxsize=64)
def held_out_errors(run: Run) -> Tensor:
    """The reconstruction errors of all held-out images in nats, shape (N,), kept for the next visitor.

    A conditional model is told their classes: to try them all would take ten times as long.
    """
    images = held_out_images(run.config.data.dataset)
    return reconstruction_errors(run.model, images.pixels, images.labels)
