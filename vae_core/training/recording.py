"""The recording of a training: snapshots of its frames, thinned out, for replay."""

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

MAX_SNAPSHOTS = 120
MAX_BYTES = 6 * 2**20  # of an uncompressed recording: larger images allow fewer snapshots
DTYPES = {"points": np.float16, "kl": np.float32, "reconstructions": np.uint8, "samples": np.uint8}


class RecordingError(UserError):
    """Bytes that are not the recording of a training."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a frame showed at one step.

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
        """The step that the snapshot shows."""
        return self.row["step"]

    @property
    def size(self) -> int:
        """Bytes without compression."""
        return sum(np.dtype(kind).itemsize * getattr(self, name).size for name, kind in DTYPES.items())


@dataclass(frozen=True, eq=False)
class Recording:
    """The snapshots of one training in the order of its steps."""

    snapshots: tuple[Snapshot, ...] = ()

    def append(self, snapshot: Snapshot) -> Recording:
        """The recording with one more snapshot, without one in between if there are too many."""
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
            name: np.stack([getattr(snapshot, name) for snapshot in self.snapshots])
            for name in DTYPES
            if self.snapshots
        }
        return pack(
            {**(about or {}), "rows": rows}, {name: array.astype(DTYPES[name]) for name, array in arrays.items()}
        )

    def to_bytes(self) -> bytes:
        """`blob`, compressed; the same recording gives the same bytes."""
        return gzip.compress(self.blob(), 6, mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Recording:
        """The recording that `blob` or `to_bytes` wrote. Raises RecordingError."""
        try:
            header, arrays = unpack(_unpacked(data))
            return cls(_snapshots(header["rows"], arrays))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            raise RecordingError(Message("error.recording_damaged")) from None


def finite(row: Mapping[str, float]) -> dict[str, float]:
    """A point of the curves for JSON: its finite numbers, rounded to four decimals."""
    return {key: round(value, 4) for key, value in row.items() if isfinite(value)}


def max_snapshots(snapshot: Snapshot) -> int:
    """How many snapshots of this size a recording may have."""
    return max(2, min(MAX_SNAPSHOTS, MAX_BYTES // snapshot.size))


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _snapshots(rows: list[dict[str, float]], arrays: dict[str, np.ndarray]) -> tuple[Snapshot, ...]:
    """Snapshots of a row and an item of each array. Raises ValueError for unequal lengths, KeyError without one."""
    parts = zip(*(arrays[name] for name in DTYPES), strict=True) if rows else ()
    return tuple(Snapshot(row, *part) for row, part in zip(rows, parts, strict=True))


Item = TypeVar("Item")


def thin_out(records: Sequence[Item], step: Callable[[Item], float], most: int) -> list[Item]:
    """At most `most` of the records in their order, the first and the last among them.

    Each removed record is the one whose neighbours are closest in √step. Records that arrive one by one then cover the
    whole training, more densely at its start, where most of the learning happens.
    """
    remaining = list(records)
    while len(remaining) > most:
        roots = [sqrt(max(0.0, step(record))) for record in remaining]
        del remaining[min(range(1, len(remaining) - 1), key=lambda i: roots[i + 1] - roots[i - 1])]
    return remaining
