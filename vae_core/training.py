"""The training loop: a generator of Step records. It prints nothing, plots nothing, and knows no thread."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Iterator

import torch
from torch import Tensor

from .config import LossConfig, TrainConfig
from .datasets import Images, as_floats
from .models import Autoencoder, Batch
from .objectives import Terms
from .phases import Phase
from .schedules import BETAS, one_cycle
from .zoo import ZOO

SNAPSHOT_EVERY = 50  # steps; a copy of a million weights costs half a millisecond


@dataclass(frozen=True)
class Step:
    """One optimizer step: `terms` are means over its batch in nats, `seconds` the time spent in training so far.

    `step`, `steps` and `epoch` count through all phases; `phase` is the name of the one that it belongs to, counted by
    `phase_number` from 0. A phase that only prepares something is one step.
    """

    step: int
    steps: int
    epoch: float
    seconds: float
    phase: str
    phase_number: int
    beta: float
    terms: dict[str, float]


class Diverged(RuntimeError):
    """A term stopped being a finite number. The model holds its last good weights again."""

    def __init__(self, term: str, value: float, step: int) -> None:
        super().__init__(f"Training stopped at step {step}: {term} became {value}. The last good weights are kept; "
                         "a smaller learning_rate usually helps.")
        self.term, self.step = term, step


def train(model: Autoencoder, images: Images, config: TrainConfig, loss: LossConfig = LossConfig()) -> Iterator[Step]:
    """`run_phases` with the phases of the model's kind."""
    yield from run_phases(model, images, ZOO[model.config.kind].plan(model, images, loss, config), config, loss)


def run_phases(model: Autoencoder, images: Images, phases: list[Phase], config: TrainConfig, loss: LossConfig = LossConfig()) -> Iterator[Step]:
    """Minimise each phase's objective with Adam on a one-cycle schedule, phase after phase, yielding after each step.

    Between two steps the caller may look at the model, evaluate it, or stop by closing the generator: nothing it does
    there changes the steps that follow, since order and noise come from a generator of their own.

    Raises Diverged when a term is not finite.
    """
    course = _Course(model, images, config, loss, torch.Generator().manual_seed(config.seed))
    phases = [phase for phase in phases if phase.epochs or phase.before]
    steps, done, seconds, started = sum(course.length(phase) or 1 for phase in phases), 0, 0.0, perf_counter()
    for number, phase in enumerate(phases):
        for beta, terms in course.through(phase):
            done += 1
            broken = next((name for name, value in terms.items() if not math.isfinite(value)), None)
            if broken:
                raise Diverged(broken, terms[broken], done)
            seconds += perf_counter() - started
            yield Step(done, steps, done / (len(images) // course.size), seconds, phase.name, number, beta, terms)
            started = perf_counter()


@dataclass(frozen=True)
class _Course:
    """What all phases of a training share. Its generators yield β and the means of the terms of each step."""

    model: Autoencoder
    images: Images
    config: TrainConfig
    loss: LossConfig
    generator: torch.Generator

    @property
    def size(self) -> int:
        """Images in a batch."""
        return min(self.config.batch_size, len(self.images))

    def length(self, phase: Phase) -> int:
        """The steps of a phase; 0 for one that only prepares."""
        return phase.epochs * (len(self.images) // self.size)

    def through(self, phase: Phase) -> Iterator[tuple[float, dict[str, float]]]:
        if phase.before:
            phase.before()
        return self._minimise(phase) if phase.epochs else self._look(phase)

    def _look(self, phase: Phase) -> Iterator[tuple[float, dict[str, float]]]:
        with torch.no_grad():
            batch = next(_batches(self.images, self.size, 1, self.generator))
            yield self.loss.beta, phase.objective(self.model.eval(), batch, self.loss, self.generator).means()

    def _minimise(self, phase: Phase) -> Iterator[tuple[float, dict[str, float]]]:
        """Steps that are taken; terms that are not finite are yielded without a step, with the last good weights back."""
        steps, model, rate = self.length(phase), self.model, phase.rate * self.config.learning_rate
        optimizer = torch.optim.Adam(phase.parameters or model.parameters(), lr=rate, fused=True)
        schedule, kl, good = BETAS[self.loss.beta_schedule](self.loss, steps), 0.0, _copy(model)
        for step, batch in enumerate(_batches(self.images, self.size, steps, self.generator)):
            now = replace(self.loss, beta=schedule(step, kl), capacity=self.loss.capacity * (step + 1) / steps)
            terms = _forward(model.train(), phase, batch, now, self.generator)
            means = terms.means()
            if not all(map(math.isfinite, means.values())):
                model.load_state_dict(good)
                yield now.beta, means
            if step % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
                good = _copy(model)
            for group in optimizer.param_groups:
                group["lr"] = one_cycle(step, steps, rate, self.config.warm_up)
            optimizer.zero_grad()
            terms.loss.mean().backward()
            optimizer.step()
            kl = means["kl"]
            yield now.beta, means


def _batches(images: Images, size: int, steps: int, generator: torch.Generator) -> Iterator[Batch]:
    """`steps` batches, each epoch a new order; what is left over at an epoch's end sits that epoch out."""
    while True:
        order = torch.randperm(len(images), generator=generator)
        for indices in order[: len(order) // size * size].split(size):
            if steps == 0:
                return
            steps -= 1
            yield Batch(as_floats(images.pixels.index_select(0, indices)), images.labels.index_select(0, indices))


def _forward(model: Autoencoder, phase: Phase, batch: Batch, loss: LossConfig, generator: torch.Generator) -> Terms:
    with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
        return phase.objective(model, batch, loss, generator)


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; elsewhere they are slower than float32."""
    return torch.cpu._is_avx512_bf16_supported()


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
