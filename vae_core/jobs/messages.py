"""The messages between the server and a worker: commands to it, events from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..config import RunConfig
from ..datasets.registry import DownloadProgress
from ..i18n.message import Message
from ..runs.store import StoredRun
from ..training.monitor import Frame


@dataclass(frozen=True)
class TrainingSpec:
    """A run for a worker to train: its id, settings and owner, and the stored run it continues, if any."""

    run_id: str
    config: RunConfig
    owner: str
    start_from: StoredRun | None = None


@dataclass(frozen=True)
class Measuring:
    """Training is over, and the model is measured on the held-out images. `stopped`: a stop command ended it."""

    stopped: bool


@dataclass(frozen=True)
class Result:
    """A trained run. `message` is the sentence that says why its training ended early, if it did."""

    run: StoredRun
    message: Message | None = None


@dataclass(frozen=True)
class Failure:
    """Nothing was trained. `message` is the sentence to show."""

    message: Message


@dataclass(frozen=True)
class Restarted:
    """The worker died; training restarts from the last snapshot, whose curves are `history`.

    `message` is the sentence to show.
    """

    message: Message
    history: list[dict[str, float]]


@dataclass(frozen=True)
class Interrupted:
    """The worker ended before its training did and left a snapshot on disk. `message` is the sentence to show."""

    message: Message


@dataclass(frozen=True)
class Paused:
    """The training is paused; no Frame follows before a "resume"."""


@dataclass(frozen=True)
class SetThreads:
    """Compute with this many threads."""

    threads: int


@dataclass(frozen=True)
class Change:
    """Train on with another β or learning rate; None leaves a value as it is."""

    beta: float | None = None
    learning_rate: float | None = None


Event = DownloadProgress | Frame | Paused | Measuring | Result | Restarted | Interrupted | Failure
Command = SetThreads | Change | str  # "pause", "resume", "stop", or "leave": save a snapshot and end at once


class WorkerConnection(Protocol):
    """The worker's end of its connection to the server."""

    def send(self, message: tuple[int, Event]) -> None:
        """Send (number of the run in its job, event). Raises BrokenPipeError if the server is gone."""

    def recv(self) -> Command:
        """Wait for the next command. Raises EOFError if the server is gone."""

    def poll(self, timeout: float) -> bool:
        """Whether a command is there, or arrives within `timeout` seconds."""


class SnapshotStore(Protocol):
    """Where a worker saves unfinished runs: a Store, or its stand-in on another machine."""

    def write(self, id: str, run: StoredRun) -> None:
        """Save the run under `id`, replacing an earlier one. Raises OSError."""
