"""The monitor of a training: a few frames a second, and the curves."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from ..datasets.registry import ImageSet
from ..evaluation.metrics import measure_terms
from ..latent.codes import decode, encode, sample
from ..latent.projection import Plane, align, fit_plane
from ..models.autoencoder import Autoencoder
from .recording import Snapshot, thin_out
from .remaining_time import RemainingTime
from .trainer import Step

MAP_POINTS, MEASURED_IMAGES, RECONSTRUCTIONS, SAMPLES = 1500, 500, 8, 16
SEED = 0  # of the samples' noise, which is the same in every frame
MAX_CURVE_ROWS = 400
MIN_PAUSE_FACTOR = 4  # of the time that a frame took, until the next frame


@dataclass(frozen=True)
class Frame:
    """The state of a training at one step.

    `points` (N, 2) float16 on the map; `reconstructions` (8, C, H, W) uint8; `samples` (16, C, H, W) uint8 from the
    model's prior, N(0, I) without one; `kl` (K,) the held-out KL of each dimension in nats. `training` and `held_out`
    hold reconstruction, kl and total in nats per image. Those of the training are averaged over the steps since the
    last frame, and contain the terms that the objective adds. `seconds_left` estimates the remaining time, frames
    included; None while there is no estimate.
    """

    step: Step
    points: np.ndarray
    reconstructions: np.ndarray
    samples: np.ndarray
    training: dict[str, float]
    held_out: dict[str, float]
    kl: np.ndarray
    seconds_left: float | None

    def row(self) -> dict[str, float]:
        """One point of the curves."""
        curves = {"training": self.training, "held_out": self.held_out}
        return {
            "step": self.step.step,
            "epoch": self.step.epoch,
            "seconds": self.step.seconds,
            "beta": self.step.beta,
            "phase": self.step.phase_number,
        } | {
            f"{part}_{name}": value
            for part, values in curves.items()
            for name, value in values.items()
            if name != "loss"
        }

    def snapshot(self) -> Snapshot:
        """The part of the frame that a recording stores."""
        return Snapshot(self.row(), self.points, self.kl, self.reconstructions, self.samples)


class Monitor:
    """Makes frames of a model between two steps: at most one per `interval_s`, in at most a fifth of the time."""

    def __init__(self, held_out: ImageSet, interval_s: float = 0.15) -> None:
        self.images, self.interval_s = held_out.first(MAP_POINTS), interval_s
        self._shown = one_per_class(self.images)
        self._plane: Plane | None = None
        self._terms: list[dict[str, float]] = []  # of the steps since the last frame
        self._remaining_time = RemainingTime()
        self._next_frame, self._frame_seconds, self._last_step = 0.0, 0.0, -1

    def maybe_frame(self, model: Autoencoder, step: Step) -> Frame | None:
        """A frame if one is due, and always at the first and the last step."""
        self._terms.append(step.terms)
        started = perf_counter()
        if started < self._next_frame and step.step not in (1, step.steps):
            return None
        frame = self._frame(model, step)
        duration = perf_counter() - started
        self._frame_seconds += duration
        self._next_frame = started + max(self.interval_s, MIN_PAUSE_FACTOR * duration)
        return frame

    def final_frame(self, model: Autoencoder, step: Step) -> Frame | None:
        """A frame of the model after its last step, unless the last frame shows it."""
        return None if self._last_step == step.step else self._frame(model, step)

    def _frame(self, model: Autoencoder, step: Step) -> Frame:
        codes = encode(model, self.images.pixels, self.images.labels).mean
        self._plane = self._aligned_plane(codes)
        reconstructions = decode(model, codes[self._shown], self.images.labels[self._shown])
        samples = decode(model, *sample(model, SAMPLES, SEED))
        held_out = measure_terms(model, self.images.first(MEASURED_IMAGES))
        training = self._mean_terms(step)
        self._terms, self._last_step = [], step.step
        return Frame(
            step,
            self._plane.project(codes).numpy().astype("<f2"),
            as_bytes(reconstructions),
            as_bytes(samples),
            training,
            held_out.means(),
            held_out.kl.mean(0).numpy(),
            self._remaining_time.estimate(step.step, step.steps, step.seconds + self._frame_seconds),
        )

    def _aligned_plane(self, codes: torch.Tensor) -> Plane:
        plane = fit_plane(codes)
        return align(plane, self._plane) if self._plane and codes.shape[1] > 2 else plane

    def _mean_terms(self, step: Step) -> dict[str, float]:
        """The terms of the step's phase, each averaged over the steps since the last frame that have it."""
        return {name: float(np.mean([terms[name] for terms in self._terms if name in terms])) for name in step.terms}


def one_per_class(images: ImageSet, count: int = RECONSTRUCTIONS) -> list[int]:
    """Indices of `count` images of as many different classes as possible, in the order of the classes."""
    first = {label: i for i, label in reversed(list(enumerate(images.labels.tolist())))}
    indices = [first[label] for label in sorted(first)][:count]
    return indices + [i for i in range(len(images)) if i not in indices][: count - len(indices)]


def as_bytes(pictures: torch.Tensor) -> np.ndarray:
    """Pixels in [0, 1] of any shape as uint8."""
    return (pictures * 255).round().to(torch.uint8).numpy()


def extend_history(history: list[dict[str, float]], frame: Frame) -> list[dict[str, float]]:
    """The curves with one more point."""
    return thin_out([*history, frame.row()], lambda row: row["step"], MAX_CURVE_ROWS)
