"""What the server and a worker say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..config import RunConfig
from ..datasets.registry import Fetch
from ..i18n.message import Message
from ..runs.store import StoredRun
from ..training.monitor import Frame


@dataclass(frozen=True)
class TrainingSpec:
    """What a worker is to train: a run, under its id, for an owner, from its beginning or from where `start_from` left it."""

    run_id: str
    config: RunConfig
    owner: str
    start_from: StoredRun | None = None


@dataclass(frozen=True)
class Measuring:
    """Training has ended, by itself or because it was told to; the held-out images are being measured."""

    stopped: bool


@dataclass(frozen=True)
class Result:
    """A trained model, and why its training ended early if it did."""

    kept: StoredRun
    message: Message | None = None


@dataclass(frozen=True)
class Failure:
    """Nothing was trained. `message` is the sentence to show."""

    message: Message


@dataclass(frozen=True)
class Restarted:
    """The training has been lost and goes on from where it has been kept, after `history`. `message` is the sentence to show."""

    message: Message
    history: list[dict[str, float]]


@dataclass(frozen=True)
class Interrupted:
    """The worker has ended before its training did; what is trained is on disk, unfinished. `message` is the sentence to show."""

    message: Message


@dataclass(frozen=True)
class Paused:
    """The training stands still until it is told to go on; no Frame replaces before that."""


@dataclass(frozen=True)
class SetThreads:
    """So many threads are this worker's share of the cores."""

    threads: int


@dataclass(frozen=True)
class Change:
    """Go on with another β or learning rate."""

    beta: float | None = None
    learning_rate: float | None = None


Event = Fetch | Frame | Paused | Measuring | Result | Restarted | Interrupted | Failure
Command = SetThreads | Change | str  # "pause", "go on", "stop"; "leave": keep on disk what is trained and end at once


class WorkerConnection(Protocol):
    """The worker's end of a pipe: it sends (number of the run in its job, Event) and receives Words."""

    def send(self, message: tuple[int, Event]) -> None: ...
    def recv(self) -> Command: ...
    def poll(self, timeout: float) -> bool: ...


class SnapshotStore(Protocol):
    """Where unfinished runs are kept: a Store, or what stands for one that is elsewhere."""

    def write(self, id: str, kept: StoredRun) -> None: ...
