"""The film of a training: what its frames showed, made fewer, so that it can be replayed and kept with the run."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, prod, sqrt
from typing import TypeVar

import numpy as np

MAX_SNAPSHOTS, MAX_BYTES = (
    120,
    6 * 2**20,
)  # of a film that is not packed yet: of larger pictures there are fewer snapshots
PARTS = {
    "points": "<f2",
    "kl": "<f4",
    "reconstructions": "u1",
    "samples": "u1",
}  # in the order in which they are written


class RecordingError(ValueError):
    """Bytes that are not a film of ours. `str()` is the sentence to show."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What was to be seen at one step.

    `row` is the point of the curves, with step, epoch and beta among its numbers; `points` (N, 2) float16 on the map; `kl`
    (K,) float32 in nats; `reconstructions` and `samples` (M, C, H, W) uint8.
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
    """Stills of one training in the order of its steps."""

    snapshots: tuple[Snapshot, ...] = ()

    def append(self, snapshot: Snapshot) -> Recording:
        """The film with one more still, and one fewer in between when it has too many."""
        return Recording(tuple(thin_out([*self.snapshots, snapshot], lambda one: one.step, max_snapshots(snapshot))))

    def after(self, step: float) -> Recording:
        """The snapshots of later steps."""
        return replace(self, snapshots=tuple(snapshot for snapshot in self.snapshots if snapshot.step > step))

    def blob(self, about: Mapping[str, object] | None = None) -> bytes:
        """Length of the JSON as uint32, the JSON, then `points`, `kl`, `reconstructions` and `samples` of all snapshots, part after part.

        The JSON holds the `rows` of the curves, the `shapes` of one still's parts, and what is known `about` the film besides.
        All little-endian; the JSON is filled up to a multiple of 4 bytes.
        """
        shapes = {name: getattr(self.snapshots[0], name).shape if self.snapshots else (0,) for name in PARTS}
        rows = [finite(snapshot.row) for snapshot in self.snapshots]
        header = json.dumps({**(about or {}), "rows": rows, "shapes": shapes}).encode()
        header += b" " * (-len(header) % 4)
        blocks = [
            getattr(snapshot, name).astype(kind).tobytes()
            for name, kind in PARTS.items()
            for snapshot in self.snapshots
        ]
        return np.uint32(len(header)).astype("<u4").tobytes() + header + b"".join(blocks)

    def to_bytes(self) -> bytes:
        """`blob`, compressed; the same film gives the same bytes."""
        return gzip.compress(self.blob(), 6, mtime=0)

    @classmethod
    def from_bytes(cls, data: bytes) -> Recording:
        """The film that `blob` or `to_bytes` has written. Raises RecordingError."""
        try:
            data = _unpacked(data)
            length = int.from_bytes(data[:4], "little")
            about = json.loads(data[4 : 4 + length])
            return cls(_stills(about["rows"], about["shapes"], data[4 + length :]))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            raise RecordingError("film: it is cut off or damaged; the run itself can still be used.") from None


def finite(row: Mapping[str, float]) -> dict[str, float]:
    """A point of the curves as JSON can hold it, without what has become infinite, in four digits."""
    return {key: round(value, 4) for key, value in row.items() if isfinite(value)}


def max_snapshots(snapshot: Snapshot) -> int:
    """How many such snapshots a film may have."""
    return max(2, min(MAX_SNAPSHOTS, MAX_BYTES // snapshot.size))


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _stills(rows: list[dict[str, float]], shapes: dict[str, list[int]], blocks: bytes) -> tuple[Snapshot, ...]:
    parts, start = {}, 0
    for name, kind in PARTS.items():
        shape = (len(rows), *shapes[name])
        parts[name] = np.frombuffer(blocks, kind, prod(shape), start).reshape(shape)
        start += parts[name].nbytes
    return tuple(Snapshot(row, **{name: part[i] for name, part in parts.items()}) for i, row in enumerate(rows))


Record = TypeVar("Record")


def thin_out(records: Sequence[Record], step: Callable[[Record], float], most: int) -> list[Record]:
    """At most `most` of the records, in their order; the first and the last stay.

    Whatever goes is the record between whose neighbours the least of √step passes. Records that come one by one then end
    up spread over all of the training, not only over its newest part, and closer together where most of the learning is.
    """
    kept = list(records)
    while len(kept) > most:
        places = [sqrt(max(0.0, step(record))) for record in kept]
        del kept[min(range(1, len(kept) - 1), key=lambda i: places[i + 1] - places[i - 1])]
    return kept
