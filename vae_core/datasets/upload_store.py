"""Uploaded image sets on the server's disk: two files a set, in a folder of this server.

A set has two random identifiers. Its `name`, such as own-4f…, appears in a run's settings and lets a worker find the
set; its `key` lets the page request the images. The name is a hash of the key, so that shared settings do not expose
the images.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from filelock import BaseFileLock, FileLock, Timeout

from ..config import Shape
from ..i18n.message import Message, UserError
from ..rules import OWN_NAME, SettingError
from ..runtime.folders import cache_folder
from .images import DataUnavailableError, ImageSet, bytes_of
from .preprocessing import FitOptions

GRACE = 30 * 60.0  # seconds after the owner was last active: a reload or a nap loses nothing
MAX_SETS_PER_OWNER, MAX_BYTES, MAX_TITLE_LENGTH = 3, 2 * 2**30, 40
MISSING = Message("error.upload_missing")


class UploadError(UserError):
    """Pictures that the server cannot read or store."""


@dataclass(frozen=True)
class UploadedSet:
    """The description of a set of uploaded images. `training` and `held_out` are numbers of images."""

    title: str
    shape: Shape
    classes: tuple[str, ...]
    training: int
    held_out: int
    fit_options: FitOptions
    key: str

    @property
    def name(self) -> str:
        """The name of the set in settings."""
        return name_of(self.key)


def name_of(key: str) -> str:
    """Return the name of the set with this key."""
    return "own-" + hashlib.sha256(key.encode()).hexdigest()[:32]


def find(name: str) -> UploadedSet:
    """Find the set with this name. Raises DataUnavailableError."""
    return _about(_file(name))


def read(name: str, training: bool, most: int) -> ImageSet:
    """Return a reader of the images; the held-out part stays in memory. Raises DataUnavailableError."""
    path = _file(name).with_suffix(".npz")
    return (_part(path, "training") if training else _held_out(path)).first(most)


def packed(name: str) -> bytes:
    """Return all images of a set as an npz: training_pixels, training_labels, held_out_pixels, held_out_labels.

    Raises DataUnavailableError.
    """
    return _file(name).with_suffix(".npz").read_bytes()


def root() -> Path:
    """Return the folder that contains every server's own folder."""
    return cache_folder() / "own"


def delete_orphans() -> None:
    """Delete the folders of servers that have crashed: a running server holds the lock of its folder."""
    for folder in [path for path in root().glob("*") if path.is_dir()]:
        with suppress(Timeout), _lock_of(folder).acquire(blocking=False):
            shutil.rmtree(folder, ignore_errors=True)
            Path(_lock_of(folder).lock_file).unlink(missing_ok=True)


class UploadedSets:
    """The uploaded sets of this server's visitors. `forgotten(name)` is called before a set is deleted.

    An upload is staged first and becomes a data set once it has a title. Everything is deleted `grace` seconds after
    its owner was last active, and when the server ends.
    """

    def __init__(self, forgotten: Callable[[str], None], grace: float = GRACE) -> None:
        self._forgotten, self.grace, self._lock = forgotten, grace, threading.RLock()
        self.folder = root() / f"{os.getpid()}-{uuid.uuid4().hex}"
        self._folder_lock = _lock_of(self.folder)
        self._closed = threading.Event()
        self._staged: dict[str, UploadedSet] = {}
        self._kept: dict[str, tuple[str, UploadedSet]] = {}
        self._seen: dict[str, float] = {}

    def stage(self, owner: str, what: UploadedSet, training: ImageSet, held_out: ImageSet) -> None:
        """Store images that the owner may add as a data set; they replace the owner's staged images.

        Raises UploadError if there is no space.
        """
        with self._lock:
            self.discard_staged(owner)
            self._open()
            if bytes_of(self.folder.iterdir()) > MAX_BYTES:
                raise UploadError(Message("error.uploads_full"))
        parts = {
            f"{part}_{field}": getattr(images, field).numpy()
            for part, images in (("training", training), ("held_out", held_out))
            for field in ("pixels", "labels")
        }
        _write_atomically(self.folder / f"{what.name}.npz", lambda path: np.savez(path, **parts))
        with self._lock:
            self.discard_staged(owner)  # another tab may have staged others meanwhile
            self._staged[owner] = what
            self.touch(owner)

    def add(self, owner: str, title: str) -> UploadedSet:
        """Add the owner's staged images as a data set.

        Raises UploadError, and SettingError for the title.
        """
        title = "".join(letter for letter in title if letter.isprintable()).strip()
        with self._lock:
            what, others = self._staged.get(owner), self.listing(owner)
            if what is None:
                raise UploadError(Message("error.upload_none"))
            if not 0 < len(title) <= MAX_TITLE_LENGTH or title in [other.title for other in others]:
                raise SettingError("name", title, Message("allowed.upload_title", {"most": MAX_TITLE_LENGTH}))
            if len(others) >= MAX_SETS_PER_OWNER:
                raise UploadError(Message("error.uploads_of_owner", {"count": len(others)}))
            what = replace(what, title=title)
            text = json.dumps(asdict(what))
            _write_atomically(self.folder / f"{what.name}.json", lambda path: path.write_text(text, encoding="utf-8"))
            self._kept[what.name] = owner, what
            del self._staged[owner]
        return what

    def listing(self, owner: str) -> list[UploadedSet]:
        """Return the owner's sets, newest first."""
        return [what for whose, what in reversed(self._kept.values()) if whose == owner]

    def owns(self, owner: str, name: str) -> bool:
        """Return whether a set belongs to this owner."""
        return any(what.name == name for what in self.listing(owner))

    def touch(self, owner: str) -> None:
        """Record that a visitor with uploads still has the page open."""
        if owner in self._staged or self.listing(owner):
            self._seen[owner] = time.monotonic()

    def discard_staged(self, owner: str) -> None:
        """Delete the images that the owner has staged."""
        with self._lock:
            what = self._staged.pop(owner, None)
        if what:
            self._delete(what.name)

    def delete(self, name: str) -> None:
        """Delete a set and everything that was trained on it. A second call changes nothing."""
        with self._lock:
            removed = self._kept.pop(name, None)
        if removed:
            self._forgotten(name)
            self._delete(name)

    def expire(self) -> None:
        """Delete the images of visitors whose page has been closed for longer than `grace`."""
        with self._lock:
            gone = [owner for owner, when in self._seen.items() if time.monotonic() - when > self.grace]
            names = [name for name, (owner, _) in self._kept.items() if owner in gone]
            for owner in gone:
                del self._seen[owner]
        for owner in gone:
            self.discard_staged(owner)
        for name in names:
            self.delete(name)

    def close(self) -> None:
        """Delete everything."""
        for name in list(self._kept):
            self.delete(name)
        with self._lock:
            shutil.rmtree(self.folder, ignore_errors=True)
            if self._folder_lock.is_locked:
                Path(self._folder_lock.lock_file).unlink(missing_ok=True)
                self._folder_lock.release()
            self._closed.set()

    def _open(self) -> None:
        """Create and lock the server's folder, and start to check for expired sets."""
        if not self._folder_lock.is_locked:
            root().mkdir(parents=True, exist_ok=True)
            self._folder_lock.acquire()
            self.folder.mkdir(mode=0o700)
            self._closed.clear()
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._closed.wait(min(30.0, self.grace / 4)):
            self.expire()

    def _delete(self, name: str) -> None:
        for ending in (".json", ".npz"):
            (self.folder / f"{name}{ending}").unlink(missing_ok=True)
        _about.cache_clear()
        _held_out.cache_clear()


def _file(name: str) -> Path:
    """Return the path of a set's description, in any server's folder."""
    path = next(root().glob(f"*/{name}.json"), None) if OWN_NAME.fullmatch(name) else None
    if path is None:
        raise DataUnavailableError(MISSING)
    return path


@lru_cache(maxsize=256)
def _about(path: Path) -> UploadedSet:
    values = json.loads(path.read_text(encoding="utf-8"))
    return UploadedSet(
        **values
        | {
            "shape": tuple(values["shape"]),
            "classes": tuple(values["classes"]),
            "fit_options": FitOptions(**values["fit_options"]),
        }
    )


def _part(path: Path, part: str) -> ImageSet:
    with np.load(path, allow_pickle=False) as arrays:
        return ImageSet(torch.from_numpy(arrays[f"{part}_pixels"]), torch.from_numpy(arrays[f"{part}_labels"]))


@lru_cache(maxsize=8)
def _held_out(path: Path) -> ImageSet:
    return _part(path, "held_out")


def _lock_of(folder: Path) -> BaseFileLock:
    """Return the lock of a server's folder.

    Any thread of the server may release it; the system releases it when the server ends.
    """
    return FileLock(folder.with_name(folder.name + ".lock"), thread_local=False)


def _write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file completely or not at all. Raises UploadError if the disk is full."""
    unfinished = path.with_name("unfinished-" + uuid.uuid4().hex + path.suffix)
    try:
        write(unfinished)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise UploadError(Message("error.upload_not_written")) from None
