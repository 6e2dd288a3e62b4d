"""What every tab is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from ..checkpoint import Run
from ..datasets import DATASETS
from ..embeddings import Embeddings
from ..jobs import Jobs
from ..runs import Entry, Runs
from .captions import say


Listener = Callable[..., object]  # a component's event, such as page.load


class TwoDataSets(ValueError):
    """Two models that cannot be set side by side. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Services:
    """The server's runs, jobs and UMAPs. A visitor is known by a random word that the browser keeps."""

    runs: Runs
    jobs: Jobs = field(init=False)
    embeddings: Embeddings = field(init=False, default_factory=Embeddings)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", Jobs(self.runs))

    def choices(self, owner: str) -> list[tuple[str, str]]:
        """The model list of a visitor as (label, id): own models first, then by data set."""
        order = list(DATASETS)
        entries = sorted(self.runs.listing(owner), key=lambda entry: (not entry.owner, order.index(entry.config.data.dataset)))
        return [(entry_label(entry), entry.id) for entry in entries]


def entry_label(entry: Entry) -> str:
    """A run as a list shows it."""
    config = entry.config
    label = say("model.entry", dataset=DATASETS[config.data.dataset].title, kind=say(f"kind.{config.model.kind}"),
                dims=config.model.latent_dim, name=entry.name)
    whose = say("model.yours") if entry.finished else say("model.unfinished")
    return f"{label} ({whose})" if entry.owner else label


def pair(services: Services, first: str, second: str, complaint: str) -> tuple[Run, Run]:
    """Two runs of one data set. Raises TwoDataSets, worded by the text `complaint`."""
    runs = services.runs.get(first), services.runs.get(second)
    if runs[0].config.data.dataset != runs[1].config.data.dataset:
        raise TwoDataSets(say(complaint, a=runs[0].name, b=runs[1].name))
    return runs
