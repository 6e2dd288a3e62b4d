"""The estimate of a training's remaining time."""

from __future__ import annotations

from bisect import bisect_left

WINDOW_S = 10.0


class RemainingTime:
    """Extrapolates the pace of the more recent half of the steps, and of at least the last WINDOW_S seconds.

    The initial steps, which include work that is done once, therefore stop counting, and a short stall has little
    effect. With n of N steps done after s seconds, and n₀ and s₀ at the start of the window: (s − s₀) / (n − n₀) · (N −
    n).
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._seconds: list[float] = []

    def estimate(self, step: int, steps: int, seconds: float) -> float | None:
        """Note that `step` of `steps` was reached after `seconds`; the remaining seconds, None at the first call."""
        self._steps.append(step)
        self._seconds.append(seconds)
        half = bisect_left(self._steps, (self._steps[0] + step) / 2)
        recent = bisect_left(self._seconds, seconds - WINDOW_S)
        first = max(0, min(half, recent, len(self._steps) - 2))
        done = step - self._steps[first]
        return (seconds - self._seconds[first]) / done * (steps - step) if done else None
