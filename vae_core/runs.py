"""What can be explored: the shipped checkpoints and what has been trained or loaded since the server started."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from .checkpoint import SHIPPED, CheckpointError, Run, load, names

MOST_RUNS, MOST_OF_ONE_OWNER = 150, 12  # about 5 MB each


class UnknownRun(KeyError):
    """No run has this id (any more)."""

    def __str__(self) -> str:
        return f"model: {self.args[0]} is not here; use one of the list. The server keeps your newest {MOST_OF_ONE_OWNER} models while it runs."


@dataclass(frozen=True)
class Entry:
    """A run as a list shows it. A shipped one has no owner."""

    id: str
    run: Run
    owner: str = ""


class Runs:
    """Every tab's list, in one place. An id is a shipped checkpoint's name or a random word that only its owner knows."""

    def __init__(self, shipped: Path = SHIPPED) -> None:
        self._shipped, self._names = shipped, [name for name in names(shipped) if _opens(shipped / name)]
        self._trained: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, id: str) -> Run:
        """The run with this id. Raises UnknownRun."""
        if id in self._names:
            return _shipped_run(self._shipped / id)
        entry = self._trained.get(id)
        if entry is None:
            raise UnknownRun(id)
        return entry.run

    def add(self, run: Run, owner: str) -> str:
        """Keep a trained or loaded run, under a name that its owner does not use yet, and return its id."""
        with self._lock:
            taken = {entry.run.name for entry in self._trained.values() if entry.owner == owner} | set(self._names)
            id = uuid.uuid4().hex
            self._trained[id] = Entry(id, replace(run, name=_free_name(run.name, taken)), owner)
            self._make_room(owner)
        return id

    def listing(self, owner: str) -> list[Entry]:
        """The shipped runs and the owner's own, newest first."""
        own = [entry for entry in self._trained.values() if entry.owner == owner]
        return [*reversed(own), *(Entry(name, self.get(name)) for name in self._names)]

    def drop(self, dataset: str) -> None:
        """Forget what was trained on a visitor's own images: they are about to be deleted."""
        with self._lock:
            for id in [id for id, entry in self._trained.items() if entry.run.config.data.dataset == dataset]:
                del self._trained[id]

    def _make_room(self, owner: str) -> None:
        own = [id for id, entry in self._trained.items() if entry.owner == owner]
        for id in own[:-MOST_OF_ONE_OWNER]:
            del self._trained[id]
        while len(self._trained) > MOST_RUNS:
            self._trained.popitem(last=False)


def _opens(path: Path) -> bool:
    """Whether a checkpoint can be read: a damaged one is left out and named in the log, and the page opens without it."""
    try:
        _shipped_run(path)
    except CheckpointError as error:
        logging.getLogger(__name__).warning("%s is left out. %s", path.name, error)
        return False
    return True


@lru_cache(maxsize=64)
def _shipped_run(path: Path) -> Run:
    return load(path)


def _free_name(name: str, taken: set[str]) -> str:
    number = next(n for n in range(1, len(taken) + 3) if (f"{name} ({n})" if n > 1 else name) not in taken)
    return f"{name} ({number})" if number > 1 else name
