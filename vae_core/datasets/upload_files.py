"""The files of an upload: single files and the contents of zips and folders, each with a reason to skip it or none.

A zip is read in memory and never unpacked to disk.
"""

from __future__ import annotations

import contextlib
import stat
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..i18n.message import Message
from .preprocessing import MAX_MEGABYTES as MAX_OF_A_PICTURE
from .upload_store import UploadError

MAX_FILES = 20_000
MAX_UNPACKED, MAX_RATIO = 500_000_000, 100  # bytes of all files in a zip, and how often its own size they may be
UNSORTED = "unsorted"
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")
FAULTS = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Member:
    """A file that may be a picture: path, class, a function that reads it, and the reason to skip it, if any."""

    name: str
    folder: str
    read: Callable[[], bytes]
    skip_reason: str = ""


def members(files: Sequence[Path]) -> Iterator[Member]:
    """Yield every file of every zip and folder and every single file, without the files that operating systems add.

    Raises UploadError.
    """
    count = 0
    for file in files:
        for member in (
            _folder_members(file)
            if file.is_dir()
            else _zip_members(file)
            if _is_zip(file)
            else [Member(file.name, UNSORTED, file.read_bytes)]
        ):
            count += 1
            if count > MAX_FILES:
                raise upload_error(Message("upload.more_files", {"count": MAX_FILES}), _fewer_files())
            yield member


def _is_zip(file: Path) -> bool:
    """Return whether a file is a zip, by its first bytes."""
    with file.open("rb") as opened:
        return opened.read(2) == b"PK"


def _folder_members(folder: Path) -> Iterator[Member]:
    """Return every file below a folder, sorted by name."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        path = PurePosixPath(file.relative_to(folder).as_posix())
        if not _of_a_system(path):
            skip_reason = "link" if file.is_symlink() else "zip" if path.suffix.lower() in ARCHIVES else ""
            class_name = clean(path.parent.name) or clean(folder.resolve().name) or UNSORTED
            yield Member(str(path), class_name, file.read_bytes, skip_reason)


def _zip_members(file: Path) -> Iterator[Member]:
    """Yield every file of a zip, sorted by name: the result does not depend on the program that packed it."""
    data = file.read_bytes()
    entries = data.count(b"PK\1\2")  # before anything is made of the directory, which may have a million lines
    if entries > 2 * MAX_FILES:
        raise upload_error(Message("upload.zip_of_about", {"count": entries}), _fewer_files())
    try:
        archive = ZipFile(BytesIO(data))
    except FAULTS:
        raise upload_error(Message("upload.damaged_zip", {"name": file.name}), Message("upload.good_zip")) from None
    with archive:
        infos = sorted(
            (info for info in archive.infolist() if not info.is_dir() and not _of_a_system(_path(info))), key=_path
        )
        _check(file.name, infos, len(data))
        for info in infos:
            path = _path(info)
            yield Member(
                str(path),
                clean(path.parent.name) or clean(file.stem) or UNSORTED,
                partial(archive.read, info),
                _skip_reason(info, path),
            )


def _check(name: str, infos: list[ZipInfo], packed: int) -> None:
    """Raise UploadError for a zip that is encrypted, too full or a bomb.

    The sizes in its directory decide: no more than they state is ever read.
    """
    if len(infos) > MAX_FILES:
        raise upload_error(Message("upload.zip_of", {"count": len(infos)}), _fewer_files())
    if any(info.flag_bits & 1 for info in infos):
        raise upload_error(Message("upload.encrypted_zip", {"name": name}), Message("upload.open_zip"))
    unpacked = sum(info.file_size for info in infos)
    if unpacked > min(MAX_UNPACKED, max(MAX_UNPACKED // 5, MAX_RATIO * packed)):
        raise upload_error(
            Message("upload.bomb", {"name": name, "unpacked": unpacked / 1e6, "packed": packed / 1e6}),
            Message("upload.smaller_zip", {"megabytes": MAX_UNPACKED / 1e6, "ratio": MAX_RATIO}),
        )


def _path(info: ZipInfo) -> PurePosixPath:
    """Return the path of a zip entry. Many names are UTF-8 although their entry does not say so."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return PurePosixPath(name.replace("\\", "/"))


def _of_a_system(path: PurePosixPath) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") and part != ".." for part in path.parts) or path.name in (
        "Thumbs.db",
        "desktop.ini",
    )


def _skip_reason(info: ZipInfo, path: PurePosixPath) -> str:
    """Return the reason to skip a zip entry, if the entry alone shows one: one of SKIPPED."""
    flaws = {
        "path": path.is_absolute() or ".." in path.parts or ":" in path.parts[0],
        "link": stat.S_ISLNK(info.external_attr >> 16),
        "zip": path.suffix.lower() in ARCHIVES,
        "size": info.file_size > MAX_OF_A_PICTURE * 1e6,
        "damaged": info.compress_type not in (ZIP_STORED, ZIP_DEFLATED),
    }
    return next((skip_reason for skip_reason, applies in flaws.items() if applies), "")


def clean(name: str) -> str:
    """Normalize a folder's name as the name of a class: composed letters, printable, not too long."""
    return "".join(letter for letter in unicodedata.normalize("NFC", name) if letter.isprintable()).strip()[:40]


def upload_error(value: Message, allowed: Message) -> UploadError:
    """Return the error for an upload that is not allowed."""
    return UploadError(Message("error.setting", {"name": Message("upload.images"), "value": value, "allowed": allowed}))


def _fewer_files() -> Message:
    return Message("upload.at_most_files", {"most": MAX_FILES})
