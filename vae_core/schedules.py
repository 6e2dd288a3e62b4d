"""What changes during training, as functions of the step."""

from __future__ import annotations

import math


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
