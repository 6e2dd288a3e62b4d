from __future__ import annotations

import pytest

from vae_core.training.remaining_time import RemainingTime


def test_an_even_pace_is_foretold_exactly() -> None:
    remaining_time = RemainingTime()
    assert remaining_time.estimate(1, 100, 5.0) is None  # one mark says nothing
    assert [remaining_time.estimate(n, 100, 5 + 0.1 * (n - 1)) for n in (4, 11, 50, 100)] == pytest.approx(
        [9.6, 8.9, 5.0, 0.0]
    )


def test_a_slow_beginning_does_not_count_after_the_first_tenth() -> None:
    """The first step takes as long as a hundred others; after a tenth the rest is foretold within a twentieth."""
    remaining_time, cost = RemainingTime(), [1.0] + [0.01] * 999
    for n in range(1, 101, 3):
        left = remaining_time.estimate(n, 1000, sum(cost[:n]))
    assert left == pytest.approx(sum(cost[100:]), rel=0.05)


def test_a_stall_in_the_first_seconds_is_spread_over_all_of_them() -> None:
    """A second is lost at the tenth of 120 steps, which the newer half alone would count until the twentieth."""
    remaining_time, seconds = RemainingTime(), 0.0
    for n in range(1, 80):
        seconds += 1.1 if n == 10 else 0.1
        left = remaining_time.estimate(n, 120, seconds)
        if n > 10:
            assert left == pytest.approx((0.1 + 1.0 / (n - 1)) * (120 - n))


def test_a_pace_that_changes_is_followed_within_as_many_steps() -> None:
    remaining_time, seconds = RemainingTime(), 0.0
    for n in range(1, 301):
        seconds += 0.1 if n <= 100 else 0.3
        left = remaining_time.estimate(n, 1000, seconds)
        if n >= 200:
            assert left == pytest.approx(0.3 * (1000 - n), rel=0.01)
