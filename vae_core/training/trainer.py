"""The training loop: a generator of Step records. It prints nothing, plots nothing, and knows no thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import torch
from torch import Tensor

from ..config import LossConfig, TrainConfig
from ..datasets.registry import Images, as_floats
from ..i18n.message import Message, UserError
from ..models.autoencoder import Autoencoder, Batch
from ..models.objectives import Terms
from ..rules import SettingError
from .initialization import initialize_at_mean
from .optimizer import Adam
from .phases import Phase
from .schedules import BETA_SCHEDULES, one_cycle
from .variants import VARIANTS

COPY_WEIGHTS_EVERY_STEPS = 50  # steps; a copy of a million weights costs half a millisecond


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


class DivergenceError(UserError):
    """A loss term or a weight is no longer finite, or a fit to the codes failed. The model holds its last good weights."""

    def __init__(self, term: str | Message, value: float | Message, step: int) -> None:
        super().__init__(Message("error.diverged", {"step": step, "term": term, "value": value}))


@dataclass(frozen=True)
class State:
    """Where a training stands between two steps.

    With it and the model's weights a training goes on as if it had not been left, but for dropout, whose noise is torch's own,
    and for an automatic β, which is steered anew from `beta`. `taken` counts the steps of each phase. `order` is the state of
    the random generator before it drew the epoch's order of images, `noise` its state now. `moments` are Adam's, by the
    parameter's number in the phase that is under way.
    """

    taken: tuple[int, ...]
    seconds: float
    beta: float
    order: Tensor
    noise: Tensor
    moments: dict[str, Tensor]


def train(model: Autoencoder, images: Images, config: TrainConfig, loss: LossConfig = LossConfig()) -> Iterator[Step]:
    """A Training from its first step to its last."""
    yield from Training(model, images, config, loss)


class Training:
    """Minimises each phase's objective with Adam on a one-cycle schedule, phase after phase; iterating yields a Step after each step.

    An untrained model begins where start.py puts it. The phases are those of the model's kind unless others are given. Between two
    steps the caller may look at the model, evaluate it, leave, `change` settings, or ask for the `state`: looking changes nothing
    in the steps that follow, since order and noise come from a generator of their own. With a `state`, and epochs or more than it
    had, the training goes on from there.

    It computes where the model is. Order and noise are drawn on the processor and `state` is there, so that with a GPU a training is the
    same but for rounding, float32 there (see devices.py), and goes on elsewhere.

    Iterating raises DivergenceError when a term is not finite, when a phase ends with a weight that is not, or when what comes before a
    phase finds codes that nothing can be fitted to.
    """

    def __init__(
        self,
        model: Autoencoder,
        images: Images,
        config: TrainConfig,
        loss: LossConfig = LossConfig(),
        phases: list[Phase] | None = None,
        state: State | None = None,
    ) -> None:
        self.model, self.images, self.config, self.loss = model, images, config, loss
        planned = VARIANTS[model.config.kind].plan(model, images, loss, config) if phases is None else phases
        self.phases = [phase for phase in planned if phase.epochs or phase.before]
        self._taken, self._seconds, self._beta = [0] * len(self.phases), 0.0, loss.beta
        self._generator = torch.Generator().manual_seed(config.seed)
        self._order = self._noise = self._generator.get_state()
        self._moments: dict[str, Tensor] = {}
        self._optimizer: Adam | None = None
        self._good: dict[str, Tensor] = {}
        if state:
            self._take_up(state)
        elif model.untrained:
            initialize_at_mean(model, images)
        model.untrained = False

    @property
    def size(self) -> int:
        """Images in a batch."""
        return min(self.config.batch_size, len(self.images))

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches; what is left over at an epoch's end sits it out."""
        return len(self.images) // self.size

    @property
    def steps_taken(self) -> int:
        """The steps that have been taken, in all phases."""
        return sum(self._taken)

    @property
    def steps(self) -> int:
        """Those that there are to be."""
        return sum(map(self.length, self.phases))

    @property
    def epoch(self) -> float:
        """`steps_taken` in epochs."""
        return self.steps_taken / self.steps_per_epoch

    def length(self, phase: Phase) -> int:
        """The steps of a phase; one that only prepares has a single one."""
        return phase.epochs * self.steps_per_epoch or 1

    def change(self, beta: float | None = None, learning_rate: float | None = None) -> None:
        """Go on with another β or learning rate; their schedules keep their place. Raises SettingError."""
        if beta is not None:
            self.loss = replace(self.loss, beta=beta)
        if learning_rate is not None:
            self.config = replace(self.config, learning_rate=learning_rate)

    def state(self) -> State:
        """Where this training stands, for another one to take up; after DivergenceError the failed step counts as taken, and Adam begins anew."""
        moments = self._optimizer.moments if self._optimizer else self._moments
        return State(tuple(self._taken), self._seconds, self._beta, self._order, self._noise, moments)

    def check_weights(self) -> None:
        """For who leaves or keeps the model between two steps: a weight that the last one broke would only be found by the next.

        Raises DivergenceError if there is one, with the last good weights back.
        """
        if self._good and not _finite(self.model):
            self._fall_back(self._good)
            raise DivergenceError(Message("diverged.weight"), math.nan, self.steps_taken)

    def __iter__(self) -> Iterator[Step]:
        started = perf_counter()
        for number, phase in enumerate(self.phases):
            if self._taken[number] >= self.length(phase):
                continue
            if phase.before and not self._taken[number]:
                self._prepare(phase)
            for terms in self._minimise(number) if phase.epochs else self._look(phase):
                self._taken[number] += 1
                self._seconds += perf_counter() - started
                self._noise = self._generator.get_state()
                yield self._checked(number, terms)
                started = perf_counter()

    def _take_up(self, state: State) -> None:
        """Begin in the first phase that has steps left; those after it begin anew."""
        self._seconds, self._beta, self._order, self._moments = state.seconds, state.beta, state.order, state.moments
        self._noise = state.noise
        self._generator.set_state(state.noise)
        for number, (phase, taken) in enumerate(zip(self.phases, state.taken, strict=True)):
            self._taken[number] = min(taken, self.length(phase))
            if taken < self.length(phase):
                break

    def _checked(self, number: int, terms: dict[str, float]) -> Step:
        broken = next((name for name, value in terms.items() if not math.isfinite(value)), None)
        if broken:
            raise DivergenceError(broken, terms[broken], self.steps_taken)
        return Step(
            self.steps_taken, self.steps, self.epoch, self._seconds, self.phases[number].name, number, self._beta, terms
        )

    def _prepare(self, phase: Phase) -> None:
        """What comes before a phase, done as a whole or not at all.

        Codes that are too large or too much alike for a fit are the work of a training that went wrong.
        """
        good = _copy(self.model)
        try:
            phase.before()
            sound = _finite(self.model)
        except SettingError:
            raise
        except (ValueError, torch.linalg.LinAlgError):  # as scikit-learn and torch say it
            sound = False
        except BaseException:
            self.model.load_state_dict(good)
            raise
        if not sound:
            self._fall_back(good)
            raise DivergenceError(Message("diverged.fit"), Message("diverged.impossible"), self.steps_taken)

    def _fall_back(self, good: dict[str, Tensor]) -> None:
        """The last good weights again, without the moments of what went wrong: 0.999 · ∞ is ∞, under which no weight ever moves again."""
        self.model.load_state_dict(good)
        self._optimizer, self._moments = None, {}

    def _look(self, phase: Phase) -> Iterator[dict[str, float]]:
        with torch.no_grad():
            batch = next(self._batches(0, 1))
            yield phase.objective(self.model.eval(), batch, self.loss, self._generator).means()

    def _minimise(self, number: int) -> Iterator[dict[str, float]]:
        """The terms' means of steps that are taken; terms that are not finite come without a step, with the last good weights back."""
        phase, model, first = self.phases[number], self.model, self._taken[number]
        steps, kl, scheduled = self.length(phase), 0.0, None
        self._good = _copy(model)
        optimizer = self._optimizer = self._adam(phase, first)
        for step, batch in enumerate(self._batches(first, steps), first):
            if scheduled is not self.loss:
                scheduled, schedule = self.loss, BETA_SCHEDULES[self.loss.beta_schedule](self._steered(first), steps)
            self._beta = schedule(step, kl)
            now = replace(self.loss, beta=self._beta, capacity=self.loss.capacity * (step + 1) / steps)
            if not model.training:  # to tell every layer again takes a fiftieth of a small network's step
                model.train()
            terms = _forward(model, phase, batch, now, self._generator)
            means = terms.means()
            if not all(map(math.isfinite, means.values())):
                self._fall_back(self._good)
                yield means
            if step % COPY_WEIGHTS_EVERY_STEPS == COPY_WEIGHTS_EVERY_STEPS - 1:
                _keep(model, self._good)
            optimizer.zero_grad()
            terms.loss.mean().backward()
            optimizer.step(one_cycle(step, steps, phase.rate * self.config.learning_rate, self.config.warm_up))
            kl = means["kl"]
            yield means
        self.check_weights()
        self._good = {}

    def _steered(self, first: int) -> LossConfig:
        """The settings for a schedule: an automatic β that is taken up starts where it was left."""
        return replace(self.loss, beta=self._beta) if first and self.loss.beta_schedule == "automatic" else self.loss

    def _adam(self, phase: Phase, taken: int) -> Adam:
        """The optimizer of a phase, with the moments of the state that was taken up in its middle."""
        optimizer = Adam(list(phase.parameters or self.model.parameters()))
        if taken:
            optimizer.take_up(self._moments)
        return optimizer

    def _batches(self, first: int, steps: int) -> Iterator[Batch]:
        """The batches `first` … `steps` − 1, each epoch a new order."""
        epoch, device = self.steps_per_epoch, self.model.device
        order = self._same_order() if first % epoch else None
        for step in range(first, steps):
            if order is None or step % epoch == 0:
                self._order = self._generator.get_state()
                order = torch.randperm(len(self.images), generator=self._generator)
            indices = order[step % epoch * self.size :][: self.size]
            pixels, labels = self.images.pixels.index_select(0, indices), self.images.labels.index_select(0, indices)
            yield Batch(as_floats(pixels, device), labels.to(device))

    def _same_order(self) -> Tensor:
        """The order of the epoch that was left in its middle."""
        then = torch.Generator()
        then.set_state(self._order)
        return torch.randperm(len(self.images), generator=then)


def _forward(model: Autoencoder, phase: Phase, batch: Batch, loss: LossConfig, generator: torch.Generator) -> Terms:
    with torch.autocast("cpu", torch.bfloat16, enabled=batch.x.is_cpu and _has_bfloat16()):
        return phase.objective(model, batch, loss, generator)


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; other processors are slower with them than with float32."""
    return torch.cpu._is_avx512_bf16_supported()


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _finite(model: Autoencoder) -> bool:
    return all(value.isfinite().all() for value in model.state_dict().values())


def _keep(model: Autoencoder, copy: dict[str, Tensor]) -> None:
    """Bring a copy up to date in its place: a new one beside it would be memory that thirty workers have to have."""
    for name, value in model.state_dict().items():
        copy[name].copy_(value)
