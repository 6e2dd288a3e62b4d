from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from vae_core.training.recording import MAX_BYTES, MAX_SNAPSHOTS, Recording, RecordingError, Snapshot, thin_out


def snapshot(step: int, side: int = 28, points: int = 1500) -> Snapshot:
    """A cloud that opens, and pictures like digits: mostly black, with some grey."""
    generator = np.random.default_rng(step)
    pictures = (generator.random((16, 1, side, side)) ** 8 * 255).astype("u1")
    return Snapshot(
        {"step": float(step), "epoch": step / 78, "beta": 1.0},
        (generator.normal(size=(points, 2)) * step / 100).astype("<f2"),
        np.array([1.5, step], "<f4"),
        pictures[:8],
        pictures[8:],
    )


def film(count: int, **about: int) -> Recording:
    made = Recording()
    for step in range(1, count + 1):
        made = made.append(snapshot(step, **about))
    return made


def test_a_film_comes_back_as_it_was() -> None:
    made = film(5, side=8, points=30)
    for data in (made.blob(), made.to_bytes()):
        again = Recording.from_bytes(data)
        assert [one.row for one in again.snapshots] == [
            {key: round(value, 4) for key, value in one.row.items()} for one in made.snapshots
        ]
        for one, other in zip(made.snapshots, again.snapshots, strict=True):
            for part in ("points", "kl", "reconstructions", "samples"):
                assert np.array_equal(getattr(one, part), getattr(other, part))
                assert getattr(one, part).dtype == getattr(other, part).dtype
    assert made.to_bytes() == made.to_bytes()
    assert Recording.from_bytes(Recording().blob()).snapshots == ()


def test_a_film_has_room_for_so_many_stills_and_no_more_and_is_small() -> None:
    made = film(150)
    assert len(made.snapshots) == MAX_SNAPSHOTS
    assert made.snapshots[0].step == 1
    assert made.snapshots[-1].step == 150
    assert len(made.to_bytes()) < 3e6
    large = film(30, side=128)
    assert sum(one.size for one in large.snapshots) <= MAX_BYTES
    assert large.snapshots[0].step == 1
    assert large.snapshots[-1].step == 30


def test_what_has_become_infinite_is_left_out() -> None:
    """JSON, as the page reads it, knows no infinity."""
    broken = replace(
        snapshot(3, side=8, points=3), row={"step": 3.0, "held_out_kl": float("inf"), "held_out_total": float("nan")}
    )
    assert Recording.from_bytes(Recording((broken,)).blob()).snapshots[0].row == {"step": 3.0}


def test_the_stills_after_a_step_are_those_that_have_not_been_seen() -> None:
    assert [one.step for one in film(5, side=8, points=3).after(3).snapshots] == [4, 5]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:50],
        lambda data: b"x" * 100,
        lambda data: data[:200] + b"\0\0\0\0" + data[204:],
    ],
)
def test_a_damaged_film_is_a_sentence(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(RecordingError, match="the run itself can still be used"):
        Recording.from_bytes(damage(film(3, side=8, points=30).to_bytes()))


@pytest.mark.parametrize("count", [121, 400, 3000])
def test_what_is_left_is_spread_over_all_of_the_training(count: int) -> None:
    """No gap in √step exceeds three even gaps, or two neighbouring steps, as records arrive one by one."""
    steps_left: list[int] = []
    for step in range(1, count + 1):
        steps_left = thin_out([*steps_left, step], float, 120)
    places = [sqrt(step) for step in steps_left]
    even = (places[-1] - places[0]) / 119
    assert len(steps_left) == 120
    assert steps_left == sorted(steps_left)
    assert steps_left[0] == 1
    assert steps_left[-1] == count
    assert max(after - before for before, after in pairwise(places)) <= max(3 * even, sqrt(3) - 1)
