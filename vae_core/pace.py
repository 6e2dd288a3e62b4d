"""How long a training still takes."""

from __future__ import annotations

from bisect import bisect_left


class Pace:
    """Foretells the time left from the newer half of what has been seen: its beginning, where much is done once, is left out.

    With n steps done after s seconds, of N, and the first mark past half the way at n₀ and s₀: (s − s₀) / (n − n₀) · (N − n).
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._seconds: list[float] = []

    def left(self, step: int, steps: int, seconds: float) -> float | None:
        """Mark that `seconds` had passed at this step, and foretell how many are left; None while nothing is known."""
        self._steps.append(step)
        self._seconds.append(seconds)
        half = bisect_left(self._steps, (self._steps[0] + step) / 2)
        done = step - self._steps[half]
        if not done and half:
            half, done = half - 1, step - self._steps[half - 1]
        return (seconds - self._seconds[half]) / done * (steps - step) if done else None
