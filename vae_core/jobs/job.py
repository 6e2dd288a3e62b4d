"""A training job of the server: one run, or the runs of a sweep."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

from ..config import RunConfig
from ..datasets.registry import DownloadProgress
from ..i18n.message import Message
from ..rules import SettingError
from ..runs.checkpoint import parse
from ..runs.store import StoredRun
from ..training.monitor import Frame
from .messages import TrainingSpec


@dataclass
class Member:
    """One run of a job and its newest frame.

    `id` is the id of the run; `run_id` equals it once the trained run is stored.
    """

    config: RunConfig
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    frame: Frame | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    run_id: str = ""
    message: Message | None = None


@dataclass
class Job:
    """The training of one run, or of the runs of a sweep, as the server sees it.

    `state` is one of queued, starting, fetching, running, paused, measuring, finished, stopped, failed. `revision`
    grows with every change, so that a listener can skip to the newest state. `download` is the progress of the download
    while fetching. `stopping`: a stop has been requested. `restarts` counts the workers lost so far. `data_removed`:
    the owner has removed the images. `start_from` is the stored run that the job continues, and `replaces` the id of
    that run.
    """

    owner: str
    members: list[Member]
    state: str = "queued"
    message: Message | None = None
    download: DownloadProgress | None = None
    revision: int = 0
    restarts: int = 0
    stopping: bool = False
    data_removed: bool = False
    start_from: StoredRun | None = None
    replaces: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def active(self) -> bool:
        """Whether the job is queued or in progress."""
        return self.state not in ("finished", "stopped", "failed")

    @property
    def config(self) -> RunConfig:
        """The settings of the first run."""
        return self.members[0].config

    @property
    def frame(self) -> Frame | None:
        """The newest frame of the first run."""
        return self.members[0].frame

    @property
    def history(self) -> list[dict[str, float]]:
        """The curves of the first run."""
        return self.members[0].history

    @property
    def run_id(self) -> str:
        """The id of the first run once it is stored, else the empty string."""
        return self.members[0].run_id

    def specs(self) -> tuple[TrainingSpec, ...]:
        """The runs for the worker to train."""
        return tuple(TrainingSpec(member.id, member.config, self.owner, self.start_from) for member in self.members)


def continuation(start_from: StoredRun, epochs: int) -> Member:
    """A stored run to be trained for `epochs` more.

    Raises SettingError if it has no optimizer state or is not a network.
    """
    run = parse(start_from.weights, start_from.description)
    if not start_from.state:
        raise SettingError("model", run.name, Message("allowed.model_with_state"))
    config = run.config
    if not config.model.capabilities.is_network:
        raise SettingError("model", run.name, Message("allowed.model_with_epochs"))
    return Member(
        replace(config, train=replace(config.train, epochs=config.train.epochs + epochs)), history=run.history
    )
