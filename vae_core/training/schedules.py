"""What changes during training, as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..config import LossConfig

MAX_BETA = 100.0
PROPORTIONAL, INTEGRAL = 0.01, 0.001
Beta = Callable[[int, float], float]  # the step from 0, the KL of the step before → β


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


def constant(loss: LossConfig, steps: int) -> Beta:
    """β all the time."""
    return lambda step, kl: loss.beta


def warm_up(loss: LossConfig, steps: int) -> Beta:
    """β rises from 0 in a straight line over the first `beta_share` of the steps. Source: Bowman et al. (2016)."""
    return lambda step, kl: loss.beta * min(1.0, step / (loss.beta_share * steps))


def cyclical(loss: LossConfig, steps: int) -> Beta:
    """`cycles` times: β rises from 0 over `beta_share` of the cycle and stays for the rest. Source: Fu et al. (2019)."""
    length = steps / loss.cycles
    return lambda step, kl: loss.beta * min(1.0, step % length / (loss.beta_share * length))


def automatic(loss: LossConfig, steps: int) -> Beta:
    """β steered so that the KL comes to `kl_target`, up to 100.

    A proportional and an integral part on the error e = target − KL: β = K_p / (1 + exp e) − K_i Σ e, kept at 0 or more;
    the sum stands still while β is at a bound. Source: Shao et al., ControlVAE (2020), whose K_i = 0.0001 is meant for
    a hundred times as many steps as a classroom has.
    """
    summed = loss.beta

    def beta(step: int, kl: float) -> float:
        nonlocal summed
        error = loss.kl_target - kl if step else 0.0
        summed = min(MAX_BETA, max(0.0, summed - INTEGRAL * error))
        return min(MAX_BETA, summed + PROPORTIONAL / (1 + math.exp(min(error, 50.0))))

    return beta


BETA_SCHEDULES: dict[str, Callable[[LossConfig, int], Beta]] = {
    "constant": constant,
    "warm-up": warm_up,
    "cyclical": cyclical,
    "automatic": automatic,
}
