"""What the server and a worker say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..config import RunConfig
from ..datasets.registry import Fetch
from ..runs.store import Kept
from ..training.monitor import Frame


@dataclass(frozen=True)
class Order:
    """What a worker is to train: a run, under its id, for an owner, from its beginning or from where `begun` left it."""

    run_id: str
    config: RunConfig
    owner: str
    begun: Kept | None = None


@dataclass(frozen=True)
class Measuring:
    """Training has ended, by itself or because it was told to; the held-out images are being measured."""

    stopped: bool


@dataclass(frozen=True)
class Result:
    """A trained model, and why its training ended early if it did."""

    kept: Kept
    message: str = ""


@dataclass(frozen=True)
class Failure:
    """Nothing was trained. `message` is the sentence to show."""

    message: str


@dataclass(frozen=True)
class Again:
    """The training has been lost and goes on from where it has been kept, after `history`. `message` is the sentence to show."""

    message: str
    history: list[dict[str, float]]


@dataclass(frozen=True)
class Left:
    """The worker has ended before its training did; what is trained is on disk, unfinished. `message` is the sentence to show."""

    message: str


@dataclass(frozen=True)
class Held:
    """The training stands still until it is told to go on; no Frame follows before that."""


@dataclass(frozen=True)
class Share:
    """So many threads are this worker's share of the cores."""

    threads: int


@dataclass(frozen=True)
class Change:
    """Go on with another β or learning rate."""

    beta: float | None = None
    learning_rate: float | None = None


Record = Fetch | Frame | Held | Measuring | Result | Again | Left | Failure
Word = Share | Change | str  # "pause", "go on", "stop"; "leave": keep on disk what is trained and end at once


class Line(Protocol):
    """The worker's end of a pipe: it sends (number of the run in its job, Record) and receives Words."""

    def send(self, message: tuple[int, Record]) -> None: ...
    def recv(self) -> Word: ...
    def poll(self, timeout: float) -> bool: ...


class Keeper(Protocol):
    """Where unfinished runs are kept: a Store, or what stands for one that is elsewhere."""

    def write(self, id: str, kept: Kept) -> None: ...
