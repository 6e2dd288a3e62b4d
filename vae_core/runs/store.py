"""Runs on disk, one file each. They outlive the server, up to an age and a total size."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

MAX_AGE_DAYS, MAX_BYTES = 7, 4 * 2**30
COMPANIONS = (".umap",)  # endings of further files of a run
MAX_WRITE_S = 600.0  # an older unfinished file belongs to a process that was killed


def remove(path: Path) -> None:
    """Delete a file, if it exists and the disk is writable."""
    with suppress(OSError):
        path.unlink()


@dataclass(frozen=True)
class StoredRun:
    """A run in bytes: a checkpoint's two files, the optimizer's `state`, the training's `recording`, and the owner.

    `finished`: False for a snapshot written during training.
    """

    weights: bytes
    description: bytes
    state: bytes = b""
    owner: str = ""
    finished: bool = True
    recording: bytes = b""


class Store:
    """A folder of runs. Files are replaced atomically, so a crash leaves no partial run. Writing raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, id: str, run: StoredRun) -> None:
        """Save a run under `id`, replacing an earlier one."""

        def fill(path: Path) -> None:
            with zipfile.ZipFile(path, "w") as archive:
                for field in fields(StoredRun):
                    value = getattr(run, field.name)
                    archive.writestr(field.name, value if isinstance(value, bytes) else str(value))

        self._write(id, ".run", fill)

    def read(self, id: str, names: Sequence[str] = ()) -> StoredRun:
        """The run under `id`, or only the fields in `names`, if any are given; the others are empty. Raises KeyError.

        Fields that the file lacks, because an older version wrote it, are empty too.
        """
        selected = names or [field.name for field in fields(StoredRun)]
        try:
            with zipfile.ZipFile(self._path(id)) as archive:
                content = {name: archive.read(name) for name in archive.namelist() if name in selected}
        except (OSError, zipfile.BadZipFile):
            raise KeyError(id) from None
        return StoredRun(
            content.get("weights", b""),
            content.get("description", b""),
            content.get("state", b""),
            content.get("owner", b"").decode(),
            content.get("finished", b"True") == b"True",
            content.get("recording", b""),
        )

    def delete(self, id: str) -> None:
        """Delete a run with its companions, if there is one."""
        for ending in (".run", *COMPANIONS):
            remove(self._path(id, ending))

    def write_companion(self, id: str, ending: str, data: bytes) -> None:
        """Save what has been computed from a run.

        It is deleted with the run, that of a shipped run when it is too old.
        """
        self._write(id, ending, lambda path: path.write_bytes(data))

    def read_companion(self, id: str, ending: str) -> bytes:
        """The content of a companion file. Raises KeyError."""
        try:
            return self._path(id, ending).read_bytes()
        except OSError:
            raise KeyError(id) from None

    def ids(self) -> list[str]:
        """The ids of all runs, oldest first."""
        return [path.stem for _, _, path in self._files(".run")]

    def prune(self) -> None:
        """Delete what is too old, the oldest runs beyond MAX_BYTES, and files left half written."""
        now = time.time()
        limits = [(".new", MAX_WRITE_S), *((ending, MAX_AGE_DAYS * 86_400) for ending in (".run", *COMPANIONS))]
        for ending, max_age in limits:
            for written, _, path in self._files(ending):
                if now - written > max_age:
                    remove(path)
        free = MAX_BYTES
        for _, size, path in reversed(self._files(".run")):
            free -= size
            if free < 0:
                remove(path)

    def _files(self, ending: str) -> list[tuple[float, int, Path]]:
        """(time of writing, bytes, path) of each file with an ending, oldest first."""
        files = []
        for path in self.folder.glob(f"*{ending}"):
            with suppress(FileNotFoundError):  # deleted meanwhile
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        return sorted(files)

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
