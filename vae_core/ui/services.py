"""What every tab works with: runs, jobs, UMAPs and uploaded data sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..config import RunConfig
from ..datasets import upload_store
from ..datasets.registry import DATASETS, DataUnavailableError, dataset, is_here
from ..datasets.upload_store import UploadedSets
from ..i18n.message import Message, UserError
from ..jobs.job import Job
from ..jobs.queue import JobQueue
from ..jobs.umap_jobs import UmapJobs
from ..rules import OWN_NAME
from ..runs.catalog import Entry, RunCatalog
from ..runs.run import Run
from .translation import translate

Listener = Callable[..., Any]  # a component's event, such as page.load


class DatasetMismatchError(UserError):
    """Two models of different data sets cannot be compared."""


class Services:
    """The server's runs, training jobs, UMAPs and uploaded data sets.

    `owner` is a visitor's random id, which the visitor's browser stores.
    """

    def __init__(self, runs: RunCatalog) -> None:
        self.runs = runs
        self.jobs = JobQueue(runs)
        self.umap_jobs = UmapJobs(runs.store)
        self.uploads = UploadedSets(self._drop_dataset)

    def choices(self, owner: str) -> list[tuple[str, str]]:
        """Return a visitor's model list as (label, run id): the visitor's own models first, then by data set."""
        order = {name: position for position, name in enumerate(DATASETS)}
        entries = sorted(
            self.runs.listing(owner), key=lambda entry: (not entry.owner, order.get(entry.config.data.dataset, -1))
        )
        return [(entry_label(entry), entry.id) for entry in entries if is_here(entry.config.data.dataset)]

    def submit(self, owner: str, configs: Sequence[RunConfig]) -> Job:
        """Queue a training job. Raises DataUnavailableError for another visitor's images, and as JobQueue.submit."""
        for config in configs:
            self.check_owner(owner, config.data.dataset)
        return self.jobs.submit(owner, configs)

    def check_owner(self, owner: str, name: str) -> None:
        """Raise DataUnavailableError if the data set `name` is an upload that does not belong to the visitor.

        The error does not tell an upload of another visitor from one that does not exist.
        """
        if OWN_NAME.fullmatch(name) and not self.uploads.owns(owner, name):
            raise DataUnavailableError(upload_store.MISSING)

    def _drop_dataset(self, name: str) -> None:
        """End the trainings and delete the runs on an uploaded data set."""
        self.jobs.remove_dataset(name)
        self.runs.remove_dataset(name)


def entry_label(entry: Entry) -> str:
    """Return a run's label in a model list."""
    config = entry.config
    label = translate(
        "model.entry",
        dataset=dataset(config.data.dataset).title,
        kind=translate(f"kind.{config.model.kind}"),
        dims=config.model.latent_dim,
        name=entry.name,
    )
    mark = translate("model.yours" if entry.finished else "model.unfinished")
    return f"{label} ({mark})" if entry.owner else label


def opened_models(choices: Sequence[tuple[str, str]], ids: Sequence[str]) -> list[str | None]:
    """Return the models that a tab shows at first: those with the given ids, or the list's first for a missing one."""
    available = [id for _, id in choices]
    return [id if id in available else next(iter(available), None) for id in ids]


def runs_of_one_dataset(services: Services, first: str, second: str, key: str) -> tuple[Run, Run]:
    """Return two runs by id. Raises DatasetMismatchError, with the text `key`, unless both use one data set."""
    runs = services.runs.get(first), services.runs.get(second)
    if runs[0].config.data.dataset != runs[1].config.data.dataset:
        raise DatasetMismatchError(Message(key, {"a": runs[0].name, "b": runs[1].name}))
    return runs
