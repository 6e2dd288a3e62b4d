"""The training loop: a generator of Step records, without printing, plotting or threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import torch
from torch import Tensor

from ..config import LossConfig, TrainConfig
from ..datasets.registry import ImageSet
from ..i18n.message import Message, UserError
from ..models.autoencoder import Autoencoder, Batch
from ..models.objectives import Terms
from ..rules import SettingError
from .batches import Batches
from .initialization import initialize_at_mean
from .optimizer import Adam
from .phases import Phase
from .rollback import WeightsBackup, has_finite_weights
from .schedules import LossSchedule, one_cycle
from .state import TrainingState
from .variants import VARIANTS

BACKUP_EVERY_STEPS = 50


@dataclass(frozen=True)
class Step:
    """One optimizer step: `terms` are means over its batch in nats, `seconds` the time spent in training so far.

    `step`, `steps` and `epoch` count through all phases; `phase` is the name of the step's phase and `phase_number` its
    number from 0. A phase that only prepares something is one step.
    """

    step: int
    steps: int
    epoch: float
    seconds: float
    phase: str
    phase_number: int
    beta: float
    terms: dict[str, float]


class DivergenceError(UserError):
    """A term or weight is no longer finite, or a fit to the codes failed. The model has its last good weights."""

    def __init__(self, term: str | Message, value: float | Message, step: int) -> None:
        super().__init__(Message("error.diverged", {"step": step, "term": term, "value": value}))


def train(model: Autoencoder, images: ImageSet, config: TrainConfig, loss: LossConfig = LossConfig()) -> Iterator[Step]:
    """Run a Training from its first step to its last and yield each step."""
    yield from Training(model, images, config, loss)


class Training:
    """Minimizes each phase's objective with Adam on a one-cycle schedule; iterating yields a Step after each step.

    An untrained model starts at the mean image (see initialization). The phases are those of the model's kind unless
    others are given. Between two steps the caller may evaluate the model, stop, `change` settings, or ask for the
    `state`. None of these affects the steps that follow, since order and noise come from a generator of their own. With
    a `state`, and at least as many epochs as the training of that state, the training continues there.

    It computes on the model's device. Order and noise are drawn on the CPU, and so is `state`: on a GPU a training is
    the same up to rounding, and another device can continue it.

    Iterating raises DivergenceError when a term is not finite, when a phase ends with weights that are not, or when a
    fit to the codes fails. The model then holds its last good weights.
    """

    def __init__(
        self,
        model: Autoencoder,
        images: ImageSet,
        config: TrainConfig,
        loss: LossConfig = LossConfig(),
        phases: list[Phase] | None = None,
        state: TrainingState | None = None,
    ) -> None:
        self.model, self.images, self.config, self.loss = model, images, config, loss
        planned = VARIANTS[model.config.kind].plan(model, images, loss, config) if phases is None else phases
        self.phases = [phase for phase in planned if phase.epochs or phase.before]
        self.batches = Batches(images, config.batch_size, config.seed)
        self._taken, self._seconds, self._beta = [0] * len(self.phases), 0.0, loss.beta
        self._optimizer: Adam | None = None
        self._moments: dict[str, Tensor] = {}
        self._backup: WeightsBackup | None = None
        if state:
            self._resume(state)
        elif model.untrained:
            initialize_at_mean(model, images)
        model.untrained = False

    @property
    def steps_taken(self) -> int:
        """The steps taken so far, in all phases."""
        return sum(self._taken)

    @property
    def steps(self) -> int:
        """The steps of all phases together."""
        return sum(map(self.length, self.phases))

    @property
    def epoch(self) -> float:
        """`steps_taken` in epochs."""
        return self.steps_taken / self.batches.per_epoch

    def length(self, phase: Phase) -> int:
        """The steps of a phase; a phase that only prepares something is one step."""
        return phase.epochs * self.batches.per_epoch or 1

    def change(self, beta: float | None = None, learning_rate: float | None = None) -> None:
        """Continue with another β or learning rate; the schedules continue from the same step. Raises SettingError."""
        if beta is not None:
            self.loss = replace(self.loss, beta=beta)
        if learning_rate is not None:
            self.config = replace(self.config, learning_rate=learning_rate)

    def state(self) -> TrainingState:
        """Where this training stands. After DivergenceError the failed step counts, and Adam has no moments."""
        moments = self._optimizer.moments if self._optimizer else self._moments
        order, noise = self.batches.order_state, self.batches.noise_state
        return TrainingState(tuple(self._taken), self._seconds, self._beta, order, noise, moments)

    def check_weights(self) -> None:
        """Raise DivergenceError if the last step broke a weight, and restore the last good weights.

        The next step would notice it too: a caller that stops or saves the model between two steps has to ask.
        """
        if self._backup and not has_finite_weights(self.model):
            self._roll_back(self._backup)
            raise DivergenceError(Message("diverged.weight"), math.nan, self.steps_taken)

    def __iter__(self) -> Iterator[Step]:
        started = perf_counter()
        for number, phase in enumerate(self.phases):
            if self._taken[number] >= self.length(phase):
                continue
            if phase.before and not self._taken[number]:
                self._prepare(phase.before)
            for terms in self._minimize(number) if phase.epochs else self._evaluate(phase):
                self._taken[number] += 1
                self._seconds += perf_counter() - started
                self.batches.mark()
                yield self._record(number, terms)
                started = perf_counter()

    def _minimize(self, number: int) -> Iterator[dict[str, float]]:
        """Take the remaining steps of a phase and yield the mean terms of each, in nats.

        Where a term is not finite no step is taken: the last good weights are restored before the terms are yielded.
        """
        phase, first, kl = self.phases[number], self._taken[number], 0.0
        steps = self.length(phase)
        backup = self._backup = WeightsBackup(self.model)
        optimizer = self._optimizer = self._adam(phase, first)
        schedule = LossSchedule(first, steps, self._beta)
        for step, batch in enumerate(self.batches.between(first, steps, self.model.device), first):
            loss = schedule.at(step, self.loss, kl)
            self._beta = loss.beta
            terms = forward_pass(self.model, phase, batch, loss, self.batches.generator)
            means = terms.means()
            if not all(map(math.isfinite, means.values())):
                self._roll_back(backup)
                yield means
            if step % BACKUP_EVERY_STEPS == BACKUP_EVERY_STEPS - 1:
                backup.update()
            optimizer.zero_grad()
            terms.loss.mean().backward()
            optimizer.step(one_cycle(step, steps, phase.rate * self.config.learning_rate, self.config.warm_up))
            kl = means["kl"]
            yield means
        self.check_weights()
        self._backup = None

    def _record(self, number: int, terms: dict[str, float]) -> Step:
        """The record of the last step. Raises DivergenceError if one of its terms is not finite."""
        broken = next((name for name, value in terms.items() if not math.isfinite(value)), None)
        if broken:
            raise DivergenceError(broken, terms[broken], self.steps_taken)
        phase = self.phases[number].name
        return Step(self.steps_taken, self.steps, self.epoch, self._seconds, phase, number, self._beta, terms)

    def _prepare(self, before: Callable[[], None]) -> None:
        """Call what precedes a phase, and restore the weights if it fails.

        A training that went wrong leaves codes to which nothing can be fitted: too large, or too much alike.
        """
        backup = WeightsBackup(self.model)
        try:
            before()
            failed = not has_finite_weights(self.model)
        except SettingError:
            raise
        except (ValueError, torch.linalg.LinAlgError):  # of scikit-learn and of torch
            failed = True
        except BaseException:
            backup.restore()
            raise
        if failed:
            self._roll_back(backup)
            raise DivergenceError(Message("diverged.fit"), Message("diverged.impossible"), self.steps_taken)

    def _evaluate(self, phase: Phase) -> Iterator[dict[str, float]]:
        """The mean terms of one batch, for a phase without epochs."""
        with torch.no_grad():
            batch = next(self.batches.between(0, 1, self.model.device))
            yield phase.objective(self.model.eval(), batch, self.loss, self.batches.generator).means()

    def _roll_back(self, backup: WeightsBackup) -> None:
        """Restore the weights and forget Adam's moments: v = ∞ stays ∞, and its weight would never move again."""
        backup.restore()
        self._optimizer, self._moments = None, {}

    def _resume(self, state: TrainingState) -> None:
        self._taken = state.resumed([self.length(phase) for phase in self.phases])
        self._seconds, self._beta, self._moments = state.seconds, state.beta, state.moments
        self.batches.resume(state.order, state.noise)

    def _adam(self, phase: Phase, first: int) -> Adam:
        """The optimizer of a phase; resumed in the middle of the phase it has the state's moments."""
        optimizer = Adam(list(phase.parameters or self.model.parameters()))
        if first:
            optimizer.load_moments(self._moments)
        return optimizer


def forward_pass(model: Autoencoder, phase: Phase, batch: Batch, loss: LossConfig, generator: torch.Generator) -> Terms:
    """The terms of one batch in training mode; with bfloat16 matrix products where the CPU has them."""
    if not model.training:  # train() visits every module, which a small network's step would feel
        model.train()
    with torch.autocast("cpu", torch.bfloat16, enabled=batch.x.is_cpu and _has_bfloat16()):
        return phase.objective(model, batch, loss, generator)


def _has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 matrices in hardware; without, they are slower than float32."""
    return torch.cpu._is_avx512_bf16_supported()
