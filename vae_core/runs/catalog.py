"""The catalog of runs: the shipped checkpoints, and the visitors' runs, which outlive the server."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..config import RunConfig
from ..datasets.registry import is_here
from ..i18n.message import Message, UserError
from ..rules import SettingError
from .checkpoint import SHIPPED, CheckpointError, load, names, parse
from .run import Run
from .store import MAX_AGE_DAYS, Store, StoredRun

MAX_RUNS, MAX_RUNS_PER_OWNER = 600, 12  # a run takes about 15 MB on disk, including the optimizer state
MAX_LOADED = 12  # in memory


class UnknownRunError(UserError):
    """No run has this id, or the server has deleted it."""

    def __init__(self, id: str) -> None:
        super().__init__(Message("error.unknown_run", {"id": id, "most": MAX_RUNS_PER_OWNER, "days": MAX_AGE_DAYS}))


@dataclass(frozen=True)
class Entry:
    """A run in a list. A shipped run has no owner; a snapshot left by an interrupted training is not `finished`."""

    id: str
    name: str
    config: RunConfig
    owner: str = ""
    finished: bool = True


class RunCatalog:
    """All runs of the server by id: the name of a shipped checkpoint, or a random word that only the owner knows.

    Without a store, or when its disk is full, runs live as long as the server.
    """

    def __init__(self, shipped: Path = SHIPPED, store: Store | None = None) -> None:
        self.store = store
        self._shipped = shipped
        self._shipped_entries = {name: entry for name in names(shipped) if (entry := _shipped_entry(shipped / name))}
        self._lock = threading.RLock()
        self._unsaved: dict[str, StoredRun] = {}
        self._loaded: OrderedDict[str, Run] = OrderedDict()
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        if store:
            store.prune()
            for id in store.ids():
                self.find(id)
        for name in {entry.config.data.dataset for entry in self._entries.values()}:
            if not is_here(name):
                self.remove_dataset(name)

    def get(self, id: str) -> Run:
        """The run with this id. Raises UnknownRunError."""
        if id in self._shipped_entries:
            return _shipped_run(self._shipped / id)
        with self._lock:
            run = self._loaded.pop(id, None)
            if run is None:
                stored = self.stored(id, ("weights", "description"))
                run = parse(stored.weights, stored.description)
            self._loaded[id] = run
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
        return run

    def stored(self, id: str, fields: Sequence[str] = ()) -> StoredRun:
        """The bytes of a visitor's run, or only some fields of them. Raises UnknownRunError."""
        try:
            if id not in self._entries:
                raise KeyError(id)
            if id in self._unsaved or not self.store:
                return self._unsaved[id]
            return self.store.read(id, fields)
        except KeyError:
            raise UnknownRunError(id) from None

    def add(self, run: Run, owner: str) -> str:
        """Save a run loaded from files and return its id."""
        id = uuid.uuid4().hex
        self.save(id, StoredRun(run.weights(), run.description(), owner=owner))
        return id

    def save(self, id: str, run: StoredRun, replaces: str = "") -> Message | None:
        """Save a run, with a number after its name if the owner has used it; returns a sentence if the disk fails.

        With `replaces`, the id of another run, it takes that run's name and place.
        """
        with self._lock:
            description = json.loads(run.description)
            old = self._entries.get(replaces)
            description["name"] = old.name if old else self._free_name(description["name"], run.owner)
            run = replace(run, description=json.dumps(description, indent=1, ensure_ascii=False).encode())
            storage_error = self._write(id, run)
            self._add_entry(id, run)
            self._remove(replaces)
            self._remove_excess(run.owner)
        return storage_error

    def find(self, id: str) -> bool:
        """Add a run that is on disk, such as the snapshot of a dead worker; False if there is none that can be read."""
        if not self.store:
            return False
        try:
            self._add_entry(id, self.store.read(id, ("description", "owner", "finished")))
        except (KeyError, ValueError, SettingError):
            return False
        return True

    def listing(self, owner: str) -> list[Entry]:
        """The owner's runs, newest first, then the shipped ones."""
        with self._lock:
            own = [entry for entry in self._entries.values() if entry.owner == owner]
        return [*reversed(own), *self._shipped_entries.values()]

    def _write(self, id: str, run: StoredRun) -> Message | None:
        """Write a run to disk, or hold it in memory; returns a sentence if the disk fails."""
        try:
            if self.store:
                self.store.write(id, run)
                return None
        except OSError as error:
            self._unsaved[id] = run
            return Message("job.not_on_disk", {"reason": error.strerror or str(error)})
        self._unsaved[id] = run
        return None

    def _add_entry(self, id: str, run: StoredRun) -> None:
        description = json.loads(run.description)
        config = RunConfig.from_flat(description["config"])
        entry = Entry(id, str(description["name"])[:60], config, run.owner, run.finished)
        with self._lock:
            self._entries[id] = entry

    def _remove(self, id: str) -> None:
        self._entries.pop(id, None)
        self._unsaved.pop(id, None)
        self._loaded.pop(id, None)
        if id and self.store:
            self.store.delete(id)

    def remove_dataset(self, dataset: str) -> None:
        """Remove all runs trained on a visitor's own images, which are about to be deleted."""
        with self._lock:
            for id in [id for id, entry in self._entries.items() if entry.config.data.dataset == dataset]:
                self.remove(id)

    def remove(self, id: str) -> None:
        """Remove a run, from disk too, if it exists."""
        with self._lock:
            self._remove(id)

    def _remove_excess(self, owner: str) -> None:
        """Remove the oldest runs beyond the limits, and the entries of runs that the store has pruned."""
        own = [id for id, entry in self._entries.items() if entry.owner == owner]
        for id in own[:-MAX_RUNS_PER_OWNER]:
            self._remove(id)
        while len(self._entries) > MAX_RUNS:
            self._remove(next(iter(self._entries)))
        on_disk: Sequence[str] = ()
        if self.store:
            self.store.prune()
            on_disk = self.store.ids()
        for id in self._entries.keys() - {*on_disk, *self._unsaved}:
            self._remove(id)

    def _free_name(self, name: str, owner: str) -> str:
        """The name, followed by a number if the owner's list has it already."""
        taken = {entry.name for entry in self._entries.values() if entry.owner == owner} | set(self._shipped_entries)
        number = next(n for n in range(1, len(taken) + 3) if (f"{name} ({n})" if n > 1 else name) not in taken)
        return f"{name} ({number})" if number > 1 else name


@lru_cache(maxsize=64)
def _shipped_entry(path: Path) -> Entry | None:
    """The entry of a shipped checkpoint; None, and a warning in the log, if it is damaged."""
    try:
        run = load(path)
    except CheckpointError as error:
        logging.getLogger(__name__).warning("%s is left out. %s", path.name, error)
        return None
    return Entry(path.name, run.name, run.config)


@lru_cache(maxsize=64)
def _shipped_run(path: Path) -> Run:
    return load(path)
