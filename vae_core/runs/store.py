"""RunCatalog on disk: one file each, that outlives the server, up to an age and a size in all."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

MAX_AGE_DAYS, MOST_BYTES = 7, 4 * 2**30
BESIDE = (".umap",)  # what may be kept of a run in a file of its own
LONGEST_WRITE = 600.0  # seconds; what was begun longer ago is of a process that was killed


def remove(path: Path) -> None:
    """Delete a file that may be gone. It stays on a disk that has become read-only."""
    with suppress(OSError):
        path.unlink()


@dataclass(frozen=True)
class StoredRun:
    """What is kept of a run: a checkpoint's two files, the training's `state` and its `film`, and whose it is.

    `finished` is false of one that was written while it trained: it is what is left if the server ends.
    """

    weights: bytes
    description: bytes
    state: bytes = b""
    owner: str = ""
    finished: bool = True
    film: bytes = b""


class Store:
    """A folder of runs. A file is there as a whole or not at all, whenever the server ends. Writing raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, id: str, kept: StoredRun) -> None:
        """Keep a run under `id`, in the place of what was there."""

        def pack(path: Path) -> None:
            with zipfile.ZipFile(path, "w") as archive:
                for field in fields(StoredRun):
                    value = getattr(kept, field.name)
                    archive.writestr(field.name, value if isinstance(value, bytes) else str(value))

        self._write(id, ".run", pack)

    def read(self, id: str, names: Sequence[str] = ()) -> StoredRun:
        """What is kept under `id`; only the fields in `names`, if any are given. Raises KeyError.

        The others are empty, as are those that were not known yet when it was written.
        """
        try:
            with zipfile.ZipFile(self._path(id)) as archive:
                found = {
                    name: archive.read(name)
                    for name in archive.namelist()
                    if name in (names or [field.name for field in fields(StoredRun)])
                }
        except (OSError, zipfile.BadZipFile):
            raise KeyError(id) from None
        texts = {"owner": found.pop("owner", b"").decode(), "finished": found.pop("finished", b"True") == b"True"}
        return StoredRun(**{"weights": b"", "description": b""} | found, **texts)

    def delete(self, id: str) -> None:
        for ending in (".run", *BESIDE):
            remove(self._path(id, ending))

    def write_beside(self, id: str, ending: str, data: bytes) -> None:
        """Keep what has been computed of a run. It goes with the run; of one that ships, when it is too old."""
        self._write(id, ending, lambda path: path.write_bytes(data))

    def read_beside(self, id: str, ending: str) -> bytes:
        """What was kept so. Raises KeyError."""
        try:
            return self._path(id, ending).read_bytes()
        except OSError:
            raise KeyError(id) from None

    def ids(self) -> Iterator[str]:
        """Every run, oldest first, after those have gone that are too old or too many for the folder, and what has stayed half written."""
        for written, _, path in self._files(".new"):
            if time.time() - written > LONGEST_WRITE:
                remove(path)
        for written, _, path in [found for ending in BESIDE for found in self._files(ending)]:
            if time.time() - written > MAX_AGE_DAYS * 86_400:
                remove(path)
        room = MOST_BYTES
        kept = []
        for written, size, path in reversed(self._files(".run")):
            room -= size
            if room < 0 or time.time() - written > MAX_AGE_DAYS * 86_400:
                remove(path)
            else:
                kept.append(path.stem)
        return reversed(kept)

    def _files(self, ending: str) -> list[tuple[float, int, Path]]:
        """(when it was written, bytes, path) of each file, oldest first."""
        found = []
        for path in self.folder.glob(f"*{ending}"):
            with suppress(FileNotFoundError):  # gone in this moment
                about = path.stat()
                found.append((about.st_mtime, about.st_size, path))
        return sorted(found)

    def _write(self, id: str, ending: str, fill: Callable[[Path], object]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{id}{ending}.{os.getpid()}.new"
        try:
            fill(path)
            path.replace(self._path(id, ending))
        finally:
            path.unlink(missing_ok=True)

    def _path(self, id: str, ending: str = ".run") -> Path:
        return self.folder / f"{id}{ending}"
