"""Learning rate, β and capacity as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from ..config import LossConfig

MAX_BETA = 100.0
PROPORTIONAL_GAIN, INTEGRAL_GAIN = 0.01, 0.001
BetaSchedule = Callable[[int, float], float]  # the step from 0, and the KL of the step before in nats → β


def one_cycle(step: int, steps: int, peak: float, warm_up: float, start: float = 25.0, end: float = 1e4) -> float:
    """The learning rate of `step` among `steps`: a cosine from peak/start up to peak, then one down to peak/start/end.

    Source: Smith & Topin, Super-Convergence (2018). The first `warm_up` share of the steps goes up.
    """
    top = warm_up * steps - 1
    if step < top:
        low, high, share = peak / start, peak, step / top
    else:
        low, high, share = peak, peak / start / end, (step - top) / (steps - 1 - top)
    return high + (low - high) * (1 + math.cos(math.pi * share)) / 2


def constant(loss: LossConfig, steps: int) -> BetaSchedule:
    """The same β at every step."""
    return lambda step, kl: loss.beta


def warm_up(loss: LossConfig, steps: int) -> BetaSchedule:
    """β rises from 0 in a straight line over the first `beta_share` of the steps. Source: Bowman et al. (2016)."""
    return lambda step, kl: loss.beta * min(1.0, step / (loss.beta_share * steps))


def cyclical(loss: LossConfig, steps: int) -> BetaSchedule:
    """In each of `cycles` β rises from 0 over `beta_share` of the cycle, then stays. Source: Fu et al. (2019)."""
    length = steps / loss.cycles
    return lambda step, kl: loss.beta * min(1.0, step % length / (loss.beta_share * length))


def automatic(loss: LossConfig, steps: int) -> BetaSchedule:
    """A controller that moves the KL to `kl_target` nats, with β from 0 to 100.

    It has a proportional and an integral part of the error e = target − KL: β = K_p / (1 + exp e) − K_i Σ e. The sum
    does not change while β is at a bound. Source: Shao et al., ControlVAE (2020), whose K_i = 0.0001 suits a hundred
    times as many steps.
    """
    summed = loss.beta

    def beta(step: int, kl: float) -> float:
        nonlocal summed
        error = loss.kl_target - kl if step else 0.0
        summed = min(MAX_BETA, max(0.0, summed - INTEGRAL_GAIN * error))
        return min(MAX_BETA, summed + PROPORTIONAL_GAIN / (1 + math.exp(min(error, 50.0))))

    return beta


BETA_SCHEDULES: dict[str, Callable[[LossConfig, int], BetaSchedule]] = {
    "constant": constant,
    "warm-up": warm_up,
    "cyclical": cyclical,
    "automatic": automatic,
}


class LossSchedule:
    """The loss settings of each step of a phase: β on its schedule, and a capacity that rises linearly to its value.

    `first` is the phase's first step that is taken here, `steps` the phase's length, `beta` the β of the step before
    `first`. Changed settings start their schedule at the current step. In a resumed phase an automatic β continues from
    the last one.
    """

    _schedule: BetaSchedule

    def __init__(self, first: int, steps: int, beta: float) -> None:
        self._resumed, self._steps, self._beta = first > 0, steps, beta
        self._loss: LossConfig | None = None

    def at(self, step: int, loss: LossConfig, kl: float) -> LossConfig:
        """`loss` with the β and the capacity of a step, where `kl` is the KL of the step before in nats."""
        if loss is not self._loss:
            self._loss, self._schedule = loss, BETA_SCHEDULES[loss.beta_schedule](self._started(loss), self._steps)
        self._beta = self._schedule(step, kl)
        return replace(loss, beta=self._beta, capacity=loss.capacity * (step + 1) / self._steps)

    def _started(self, loss: LossConfig) -> LossConfig:
        continued = self._resumed and loss.beta_schedule == "automatic"
        return replace(loss, beta=self._beta) if continued else loss
