from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest

from vae_core.training.recording import MOST_BYTES, MOST_STILLS, Film, FilmError, Still, thinned


def still(step: int, side: int = 28, points: int = 1500) -> Still:
    """A cloud that opens, and pictures like digits: mostly black, with some grey."""
    generator = np.random.default_rng(step)
    pictures = (generator.random((16, 1, side, side)) ** 8 * 255).astype("u1")
    return Still(
        {"step": float(step), "epoch": step / 78, "beta": 1.0},
        (generator.normal(size=(points, 2)) * step / 100).astype("<f2"),
        np.array([1.5, step], "<f4"),
        pictures[:8],
        pictures[8:],
    )


def film(count: int, **about: int) -> Film:
    made = Film()
    for step in range(1, count + 1):
        made = made.and_then(still(step, **about))
    return made


def test_a_film_comes_back_as_it_was() -> None:
    made = film(5, side=8, points=30)
    for data in (made.blob(), made.to_bytes()):
        again = Film.from_bytes(data)
        assert [one.row for one in again.stills] == [
            {key: round(value, 4) for key, value in one.row.items()} for one in made.stills
        ]
        for one, other in zip(made.stills, again.stills, strict=True):
            for part in ("points", "kl", "reconstructions", "samples"):
                assert np.array_equal(getattr(one, part), getattr(other, part))
                assert getattr(one, part).dtype == getattr(other, part).dtype
    assert made.to_bytes() == made.to_bytes()
    assert Film.from_bytes(Film().blob()).stills == ()


def test_a_film_has_room_for_so_many_stills_and_no_more_and_is_small() -> None:
    made = film(150)
    assert len(made.stills) == MOST_STILLS
    assert made.stills[0].step == 1
    assert made.stills[-1].step == 150
    assert len(made.to_bytes()) < 3e6
    large = film(30, side=128)
    assert sum(one.size for one in large.stills) <= MOST_BYTES
    assert large.stills[0].step == 1
    assert large.stills[-1].step == 30


def test_what_has_become_infinite_is_left_out() -> None:
    """JSON, as the page reads it, knows no infinity."""
    broken = replace(
        still(3, side=8, points=3), row={"step": 3.0, "held_out_kl": float("inf"), "held_out_total": float("nan")}
    )
    assert Film.from_bytes(Film((broken,)).blob()).stills[0].row == {"step": 3.0}


def test_the_stills_after_a_step_are_those_that_have_not_been_seen() -> None:
    assert [one.step for one in film(5, side=8, points=3).after(3).stills] == [4, 5]


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
def test_a_damaged_film_is_a_sentence(damage) -> None:
    with pytest.raises(FilmError, match="the run itself can still be used"):
        Film.from_bytes(damage(film(3, side=8, points=30).to_bytes()))


@pytest.mark.parametrize("count", [121, 400, 3000])
def test_what_is_left_is_spread_over_all_of_the_training(count: int) -> None:
    """Records that come one by one: no gap in √step is larger than three even ones, or than two neighbouring steps."""
    kept: list[int] = []
    for step in range(1, count + 1):
        kept = thinned([*kept, step], float, 120)
    places = [sqrt(step) for step in kept]
    even = (places[-1] - places[0]) / 119
    assert len(kept) == 120
    assert kept == sorted(kept)
    assert kept[0] == 1
    assert kept[-1] == count
    assert max(after - before for before, after in pairwise(places)) <= max(3 * even, sqrt(3) - 1)
