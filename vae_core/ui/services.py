"""What every tab is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..config import RunConfig
from ..datasets import upload_store
from ..datasets.registry import DATASETS, DataUnavailableError, dataset, is_here
from ..datasets.upload_store import OwnSets
from ..i18n.message import Message, UserError
from ..jobs.job import Job
from ..jobs.queue import JobQueue
from ..jobs.umap_jobs import UmapJobs
from ..rules import OWN_NAME
from ..runs.catalog import Entry, RunCatalog
from ..runs.run import Run
from .translation import translate

Listener = Callable[..., object]  # a component's event, such as page.load


class DatasetMismatchError(UserError):
    """Two models of different data sets, which cannot be compared."""


@dataclass(frozen=True)
class Services:
    """The server's runs, jobs, UMAPs and visitors' own images. A visitor is known by a random owner that the browser keeps."""

    runs: RunCatalog
    jobs: JobQueue = field(init=False)
    embeddings: UmapJobs = field(init=False)
    own: OwnSets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", JobQueue(self.runs))
        object.__setattr__(self, "embeddings", UmapJobs(self.runs.store))
        object.__setattr__(self, "own", OwnSets(self._forget))

    def choices(self, owner: str) -> list[tuple[str, str]]:
        """The model list of a visitor as (label, id): own models first, then by data set."""
        order = {name: place for place, name in enumerate(DATASETS)}
        entries = sorted(
            self.runs.listing(owner), key=lambda entry: (not entry.owner, order.get(entry.config.data.dataset, -1))
        )
        return [(entry_label(entry), entry.id) for entry in entries if is_here(entry.config.data.dataset)]

    def submit(self, owner: str, configs: Sequence[RunConfig]) -> Job:
        """Train on any data set but another visitor's. Raises DataUnavailableError, and what JobQueue.submit raises."""
        for config in configs:
            self.check_owner(owner, config.data.dataset)
        return self.jobs.submit(owner, configs)

    def check_owner(self, owner: str, name: str) -> None:
        """Raises DataUnavailableError for own images that are another visitor's, with the sentence for those that are nobody's."""
        if OWN_NAME.fullmatch(name) and not self.own.owns(owner, name):
            raise DataUnavailableError(upload_store.MISSING)

    def _forget(self, name: str) -> None:
        """What goes with a visitor's own images."""
        self.jobs.remove_dataset(name)
        self.runs.remove_dataset(name)


def entry_label(entry: Entry) -> str:
    """A run as a list shows it."""
    config = entry.config
    label = translate(
        "model.entry",
        dataset=dataset(config.data.dataset).title,
        kind=translate(f"kind.{config.model.kind}"),
        dims=config.model.latent_dim,
        name=entry.name,
    )
    whose = translate("model.yours") if entry.finished else translate("model.unfinished")
    return f"{label} ({whose})" if entry.owner else label


def pair(services: Services, first: str, second: str, key: str) -> tuple[Run, Run]:
    """Two runs of one data set. Raises DatasetMismatchError, worded by the text `key`."""
    runs = services.runs.get(first), services.runs.get(second)
    if runs[0].config.data.dataset != runs[1].config.data.dataset:
        raise DatasetMismatchError(Message(key, {"a": runs[0].name, "b": runs[1].name}))
    return runs
