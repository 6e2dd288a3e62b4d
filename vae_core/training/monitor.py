"""The monitor of a training: a few times a second a frame, and the curves so far."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from ..datasets.registry import Images
from ..evaluation.metrics import measure_terms
from ..latent.codes import decode, encode, sample
from ..latent.projection import Plane, align, fit_plane
from ..models.autoencoder import Autoencoder
from .recording import Snapshot, thin_out
from .trainer import Step

MAP_POINTS, MEASURED_IMAGES, RECONSTRUCTIONS, SAMPLES = 1500, 500, 8, 16
SEED = 0  # of the noise that samples are drawn from: in each frame the same


@dataclass(frozen=True)
class Frame:
    """The state of a training at one step.

    `points` (N, 2) float16 on the map; `reconstructions` (8, C, H, W) uint8; `kl` (K,) the held-out KL of each
    dimension; `samples` (16, C, H, W) uint8 from the model's prior, N(0, I) where it has none, always from the same
    noise. `training` and `held_out` hold reconstruction, kl and total in nats per image, the former averaged over the
    steps since the last frame and with what the objective adds. `seconds_left` estimates the rest of the training,
    monitoring included; None while there is no estimate.
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
        """What a film keeps of it."""
        return Snapshot(self.row(), self.points, self.kl, self.reconstructions, self.samples)


class Monitor:
    """Looks at a model between two steps. Looking takes at most about a quarter of the time: it waits when it was slow."""

    def __init__(self, held_out: Images, every: float = 0.15) -> None:
        self.images, self.every, self.next_look = held_out.first(MAP_POINTS), every, 0.0
        self.shown = one_per_class(self.images)
        self.plane: Plane | None = None
        self.since: list[dict[str, float]] = []
        self.remaining_time, self.looking, self.seen = RemainingTime(), 0.0, -1

    def final_frame(self, model: Autoencoder, step: Step) -> Frame | None:
        """A frame of the model as it is left after this step, unless the last one was of it."""
        return None if self.seen == step.step else self._look(model, step)

    def maybe_frame(self, model: Autoencoder, step: Step) -> Frame | None:
        """A frame if one is due, and always at the first and the last step."""
        self.since.append(step.terms)
        started = perf_counter()
        if started < self.next_look and step.step not in (1, step.steps):
            return None
        frame = self._look(model, step)
        now = perf_counter()
        self.looking += now - started
        self.next_look = started + max(self.every, 4 * (now - started))
        return frame

    def _look(self, model: Autoencoder, step: Step) -> Frame:
        codes = encode(model, self.images.pixels, self.images.labels).mean
        plane = fit_plane(codes)
        self.plane = align(plane, self.plane) if self.plane and codes.shape[1] > 2 else plane
        training = {
            name: float(np.mean([terms[name] for terms in self.since if name in terms])) for name in step.terms
        }  # not an earlier phase's
        self.since, self.seen = [], step.step
        seen, drawn = (
            decode(model, codes[self.shown], self.images.labels[self.shown]),
            decode(model, *sample(model, SAMPLES, SEED)),
        )
        held_out, left = (
            measure_terms(model, self.images.first(MEASURED_IMAGES)),
            self.remaining_time.estimate(step.step, step.steps, step.seconds + self.looking),
        )
        return Frame(
            step,
            self.plane.project(codes).numpy().astype("<f2"),
            as_bytes(seen),
            as_bytes(drawn),
            training,
            held_out.means(),
            held_out.kl.mean(0).numpy(),
            left,
        )


def one_per_class(images: Images, count: int = RECONSTRUCTIONS) -> list[int]:
    """Indices of `count` images of as many different classes as there are, in the order of the classes."""
    first = {label: i for i, label in reversed(list(enumerate(images.labels.tolist())))}
    chosen = [first[label] for label in sorted(first)][:count]
    return chosen + [i for i in range(len(images)) if i not in chosen][: count - len(chosen)]


def as_bytes(pictures: torch.Tensor) -> np.ndarray:
    """Grey values in [0, 1] as bytes."""
    return (pictures * 255).round().to(torch.uint8).numpy()


MAX_CURVE_ROWS = 400  # points of a curve


def extend_history(history: list[dict[str, float]], frame: Frame) -> list[dict[str, float]]:
    """The curves with one more point."""
    return thin_out([*history, frame.row()], lambda row: row["step"], MAX_CURVE_ROWS)


WINDOW_S = 10.0  # seconds


class RemainingTime:
    """Foretells the time left from the newer half of what has been seen, and from no less than WINDOW_S.

    The beginning, where much is done once, is left out in time, and a stall of a moment is not taken for the pace.
    With n steps done after s seconds, of N, and n₀ and s₀ where the window begins: (s − s₀) / (n − n₀) · (N − n).
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._seconds: list[float] = []

    def estimate(self, step: int, steps: int, seconds: float) -> float | None:
        """Mark that `seconds` had passed at this step, and foretell how many are left; None while nothing is known."""
        self._steps.append(step)
        self._seconds.append(seconds)
        half, recent = (
            bisect_left(self._steps, (self._steps[0] + step) / 2),
            bisect_left(self._seconds, seconds - WINDOW_S),
        )
        first = max(0, min(half, recent, len(self._steps) - 2))
        done = step - self._steps[first]
        return (seconds - self._seconds[first]) / done * (steps - step) if done else None
