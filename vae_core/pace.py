"""How long a training still takes."""

from __future__ import annotations

from bisect import bisect_left

RECENT = 10.0  # seconds


class Pace:
    """Foretells the time left from the newer half of what has been seen, and from no less than RECENT.

    The beginning, where much is done once, is left out in time, and a stall of a moment is not taken for the pace.
    With n steps done after s seconds, of N, and n₀ and s₀ where the window begins: (s − s₀) / (n − n₀) · (N − n).
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._seconds: list[float] = []

    def left(self, step: int, steps: int, seconds: float) -> float | None:
        """Mark that `seconds` had passed at this step, and foretell how many are left; None while nothing is known."""
        self._steps.append(step)
        self._seconds.append(seconds)
        half, recent = bisect_left(self._steps, (self._steps[0] + step) / 2), bisect_left(self._seconds, seconds - RECENT)
        first = max(0, min(half, recent, len(self._steps) - 2))
        done = step - self._steps[first]
        return (seconds - self._seconds[first]) / done * (steps - step) if done else None
