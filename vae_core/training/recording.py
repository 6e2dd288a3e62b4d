"""The film of a training: what its frames showed, made fewer, so that it can be replayed and kept with the run."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import TypeVar

import numpy as np

from ..i18n.message import Message, UserError
from ..runtime.container import pack, unpack

MAX_SNAPSHOTS, MAX_BYTES = (
    120,
    6 * 2**20,
)  # of a film that is not packed yet: of larger pictures there are fewer snapshots
PARTS = {"points": np.float16, "kl": np.float32, "reconstructions": np.uint8, "samples": np.uint8}


class RecordingError(UserError):
    """Bytes that are not the recording of a training."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What was to be seen at one step.

    `row` is the point of the curves, with step, epoch and beta among its numbers; `points` (N, 2) float16 on the map;
    `kl` (K,) float32 in nats; `reconstructions` and `samples` (M, C, H, W) uint8.
    """

    row: Mapping[str, float]
    points: np.ndarray
    kl: np.ndarray
    reconstructions: np.ndarray
    samples: np.ndarray

    @property
    def step(self) -> float:
        return self.row["step"]

    @property
    def size(self) -> int:
        """Bytes before packing."""
        return sum(np.dtype(kind).itemsize * getattr(self, name).size for name, kind in PARTS.items())


@dataclass(frozen=True, eq=False)
class Recording:
    """The snapshots of one training in the order of its steps."""

    snapshots: tuple[Snapshot, ...] = ()

    def append(self, snapshot: Snapshot) -> Recording:
        """The film with one more still, and one fewer in between when it has too many."""
        return Recording(tuple(thin_out([*self.snapshots, snapshot], lambda one: one.step, max_snapshots(snapshot))))

    def after(self, step: float) -> Recording:
        """The snapshots of later steps."""
        return replace(self, snapshots=tuple(snapshot for snapshot in self.snapshots if snapshot.step > step))

    def blob(self, about: Mapping[str, object] | None = None) -> bytes:
        """A container with the arrays `points`, `kl`, `reconstructions` and `samples`, each of all S snapshots: (S, …).

        The header has the `rows` of the curves and the fields of `about`. Without snapshots there are no arrays.
        """
        rows = [finite(snapshot.row) for snapshot in self.snapshots]
        arrays = {
            name: np.stack([getattr(snapshot, name) for snapshot in self.snapshots]) for name in PARTS if self.snapshots
        }
        return pack(
            {**(about or {}), "rows": rows}, {name: array.astype(PARTS[name]) for name, array in arrays.items()}
        )

    def to_bytes(self) -> bytes:
        """`blob`, compressed; the same film gives the same bytes."""
        return gzip.compress(self.blob(), 6, mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Recording:
        """The film that `blob` or `to_bytes` has written. Raises RecordingError."""
        try:
            header, arrays = unpack(_unpacked(data))
            return cls(_snapshots(header["rows"], arrays))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            raise RecordingError(Message("error.recording_damaged")) from None


def finite(row: Mapping[str, float]) -> dict[str, float]:
    """A point of the curves as JSON can hold it, without what has become infinite, in four digits."""
    return {key: round(value, 4) for key, value in row.items() if isfinite(value)}


def max_snapshots(snapshot: Snapshot) -> int:
    """How many such snapshots a film may have."""
    return max(2, min(MAX_SNAPSHOTS, MAX_BYTES // snapshot.size))


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _snapshots(rows: list[dict[str, float]], arrays: dict[str, np.ndarray]) -> tuple[Snapshot, ...]:
    """Snapshot i has row i and the i-th item of each array. Raises ValueError if one of them has fewer, KeyError if one is missing."""
    parts = zip(*(arrays[name] for name in PARTS), strict=True) if rows else ()
    return tuple(Snapshot(row, *part) for row, part in zip(rows, parts, strict=True))


Record = TypeVar("Record")


def thin_out(records: Sequence[Record], step: Callable[[Record], float], most: int) -> list[Record]:
    """At most `most` of the records, in their order; the first and the last stay.

    Whatever goes is the record between whose neighbours the least of √step passes. Records that come one by one then
    end up spread over all of the training, not only over its newest part, and closer together where most of the
    learning is.
    """
    kept = list(records)
    while len(kept) > most:
        places = [sqrt(max(0.0, step(record))) for record in kept]
        del kept[min(range(1, len(kept) - 1), key=lambda i: places[i + 1] - places[i - 1])]
    return kept
