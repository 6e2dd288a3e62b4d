"""What can be explored: the shipped checkpoints, and what has been trained or loaded here, which outlives the server."""

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

MAX_RUNS, MAX_RUNS_PER_OWNER = 600, 12  # about 15 MB each on disk with the state of their training
MAX_LOADED = 12


class UnknownRunError(UserError):
    """No run has this id, or the server has deleted it."""

    def __init__(self, id: str) -> None:
        super().__init__(Message("error.unknown_run", {"id": id, "most": MAX_RUNS_PER_OWNER, "days": MAX_AGE_DAYS}))


@dataclass(frozen=True)
class Entry:
    """A run as a list shows it. A shipped one has no owner; one whose training the server's end cut short is not `finished`."""

    id: str
    name: str
    config: RunConfig
    owner: str = ""
    finished: bool = True


class RunCatalog:
    """Every tab's list, in one place. An id is a shipped checkpoint's name or a random word that only its owner knows.

    Without a store, or where its disk is full, runs live as long as the server.
    """

    def __init__(self, shipped: Path = SHIPPED, store: Store | None = None) -> None:
        self.store = store
        self._shipped = shipped
        self._known = {name: entry for name in names(shipped) if (entry := _opened(shipped / name))}
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
        if id in self._known:
            return _shipped_run(self._shipped / id)
        with self._lock:
            run = self._loaded.pop(id, None)
            if run is None:
                kept = self.stored(id, ("weights", "description"))
                run = parse(kept.weights, kept.description)
            self._loaded[id] = run
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
        return run

    def stored(self, id: str, fields: Sequence[str] = ()) -> StoredRun:
        """What is kept of a trained or loaded run, or only some fields of it. Raises UnknownRunError."""
        try:
            if id not in self._entries:
                raise KeyError(id)
            if id in self._unsaved or not self.store:
                return self._unsaved[id]
            return self.store.read(id, fields)
        except KeyError:
            raise UnknownRunError(id) from None

    def add(self, run: Run, owner: str) -> str:
        """Keep a loaded run and return its id."""
        id = uuid.uuid4().hex
        self.save(id, StoredRun(run.weights(), run.description(), owner=owner))
        return id

    def save(self, id: str, kept: StoredRun, replaces: str = "") -> Message | None:
        """Keep a run under a name that its owner does not use yet, or in the place of another; a sentence if it is not on disk."""
        with self._lock:
            about = json.loads(kept.description)
            old = self._entries.get(replaces)
            about["name"] = old.name if old else self._free_name(about["name"], kept.owner)
            kept = replace(kept, description=json.dumps(about, indent=1, ensure_ascii=False).encode())
            said = self._write(id, kept)
            self._enter(id, kept)
            self._remove(replaces)
            self._make_room(kept.owner)
        return said

    def find(self, id: str) -> bool:
        """Take up a run that is on disk, such as one whose worker has died; whether there is one."""
        if not self.store:
            return False
        try:
            self._enter(id, self.store.read(id, ("description", "owner", "finished")))
        except (KeyError, ValueError, SettingError):
            return False
        return True

    def listing(self, owner: str) -> list[Entry]:
        """The shipped runs and the owner's own, newest first."""
        with self._lock:
            own = [entry for entry in self._entries.values() if entry.owner == owner]
        return [*reversed(own), *self._known.values()]

    def _write(self, id: str, kept: StoredRun) -> Message | None:
        try:
            if self.store:
                self.store.write(id, kept)
                return None
        except OSError as error:
            self._unsaved[id] = kept
            return Message("job.not_on_disk", {"reason": error.strerror or str(error)})
        self._unsaved[id] = kept
        return None

    def _enter(self, id: str, kept: StoredRun) -> None:
        about = json.loads(kept.description)
        entry = Entry(id, str(about["name"])[:60], RunConfig.from_flat(about["config"]), kept.owner, kept.finished)
        with self._lock:
            self._entries[id] = entry

    def _remove(self, id: str) -> None:
        self._entries.pop(id, None)
        self._unsaved.pop(id, None)
        self._loaded.pop(id, None)
        if id and self.store:
            self.store.delete(id)

    def remove_dataset(self, dataset: str) -> None:
        """Forget what was trained on a visitor's own images: they are about to be deleted."""
        with self._lock:
            for id in [id for id, entry in self._entries.items() if entry.config.data.dataset == dataset]:
                self.remove(id)

    def remove(self, id: str) -> None:
        """Forget a run, on disk too. One that is not here is no mistake."""
        with self._lock:
            self._remove(id)

    def _make_room(self, owner: str) -> None:
        own = [id for id, entry in self._entries.items() if entry.owner == owner]
        for id in own[:-MAX_RUNS_PER_OWNER]:
            self._remove(id)
        while len(self._entries) > MAX_RUNS:
            self._remove(next(iter(self._entries)))
        on_disk: Sequence[str] = ()
        if self.store:
            self.store.prune()
            on_disk = self.store.ids()
        for id in self._entries.keys() - {*on_disk, *self._unsaved}:  # too old, or too many bytes
            self._remove(id)

    def _free_name(self, name: str, owner: str) -> str:
        taken = {entry.name for entry in self._entries.values() if entry.owner == owner} | set(self._known)
        number = next(n for n in range(1, len(taken) + 3) if (f"{name} ({n})" if n > 1 else name) not in taken)
        return f"{name} ({number})" if number > 1 else name


@lru_cache(maxsize=64)
def _opened(path: Path) -> Entry | None:
    """A checkpoint that can be read; a damaged one is left out and named in the log, and the page opens without it."""
    try:
        run = load(path)
    except CheckpointError as error:
        logging.getLogger(__name__).warning("%s is left out. %s", path.name, error)
        return None
    return Entry(path.name, run.name, run.config)


@lru_cache(maxsize=64)
def _shipped_run(path: Path) -> Run:
    return load(path)
