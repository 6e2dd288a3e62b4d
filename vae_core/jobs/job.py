"""What the server knows of a training, one run or those of a sweep."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

from ..config import RunConfig
from ..datasets.registry import Fetch
from ..i18n.message import Message
from ..rules import SettingError
from ..runs.checkpoint import parse
from ..runs.store import StoredRun
from ..training.monitor import Frame
from .messages import TrainingSpec


@dataclass
class Member:
    """One run of a job, as far as it is known. `id` is that of the run when it is trained."""

    config: RunConfig
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    frame: Frame | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    run_id: str = ""
    message: Message | None = None


@dataclass
class Job:
    """What the server knows of a job: its runs, one or those of a sweep. `revision` grows with every change, so that a follower can
    skip to the newest.

    `attempts` counts those after the first. One whose images have been removed is `data_removed`. `state` is one of queued, starting,
    fetching, running, paused, measuring, finished, stopped, failed.
    """

    owner: str
    members: list[Member]
    state: str = "queued"
    message: Message | None = None
    download: Fetch | None = None
    revision: int = 0
    attempts: int = 0
    stopping: bool = False
    data_removed: bool = False
    start_from: StoredRun | None = None
    replaces: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def active(self) -> bool:
        return self.state not in ("finished", "stopped", "failed")

    @property
    def config(self) -> RunConfig:
        return self.members[0].config

    @property
    def frame(self) -> Frame | None:
        return self.members[0].frame

    @property
    def history(self) -> list[dict[str, float]]:
        return self.members[0].history

    @property
    def run_id(self) -> str:
        return self.members[0].run_id

    def specs(self) -> tuple[TrainingSpec, ...]:
        return tuple(TrainingSpec(member.id, member.config, self.owner, self.start_from) for member in self.members)


def continued(start_from: StoredRun, epochs: int) -> Member:
    """A kept run as a job's, with so many epochs more. Raises SettingError."""
    run = parse(start_from.weights, start_from.description)
    if not start_from.state:
        raise SettingError("model", run.name, Message("allowed.model_with_state"))
    config = run.config
    if not config.model.capabilities.is_network:
        raise SettingError("model", run.name, Message("allowed.model_with_epochs"))
    return Member(
        replace(config, train=replace(config.train, epochs=config.train.epochs + epochs)), history=run.history
    )
