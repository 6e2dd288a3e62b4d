"""Records of a long training made fewer, with the beginning kept closer together than the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import TypeVar

Record = TypeVar("Record")


def thinned(records: Sequence[Record], step: Callable[[Record], float], most: int) -> list[Record]:
    """At most `most` of the records, in their order; the first and the last stay.

    Whatever goes is the record between whose neighbours the least of √step passes. Records that come one by one then end
    up spread over all of the training, not only over its newest part, and closer together where most of the learning is.
    """
    kept = list(records)
    while len(kept) > most:
        places = [sqrt(max(0.0, step(record))) for record in kept]
        del kept[min(range(1, len(kept) - 1), key=lambda i: places[i + 1] - places[i - 1])]
    return kept
