"""The files that a visitor brings: those of zips and folders and single ones, each with a reason not to read it.

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
from .preprocessing import MOST_MEGABYTES as MOST_OF_A_PICTURE
from .upload_store import UploadError

MOST_FILES = 20_000
MOST_UNPACKED, MOST_RATIO = 500_000_000, 100  # bytes of all files in a zip, and how often its own size they may be
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
    """A file that may be a picture: where it lies, how it is read, and why it is not, if that is known already."""

    name: str
    folder: str
    read: Callable[[], bytes]
    flaw: str = ""


def members(files: Sequence[Path]) -> Iterator[Member]:
    """Every file of every zip and folder, and every file that is none; what systems add by themselves is left out.

    Raises UploadError.
    """
    count = 0
    for file in files:
        for member in (
            _below(file)
            if file.is_dir()
            else _unzipped(file)
            if _packed(file)
            else [Member(file.name, UNSORTED, file.read_bytes)]
        ):
            count += 1
            if count > MOST_FILES:
                raise refused(Message("upload.more_files", {"count": MOST_FILES}), _fewer_files())
            yield member


def _packed(file: Path) -> bool:
    """Whether it is a zip, by its first bytes."""
    with file.open("rb") as opened:
        return opened.read(2) == b"PK"


def _below(folder: Path) -> Iterator[Member]:
    """Every file below a folder, in the order of their names."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        path = PurePosixPath(file.relative_to(folder).as_posix())
        if not _of_a_system(path):
            flaw = "link" if file.is_symlink() else "zip" if path.suffix.lower() in ARCHIVES else ""
            yield Member(
                str(path), clean(path.parent.name) or clean(folder.resolve().name) or UNSORTED, file.read_bytes, flaw
            )


def _unzipped(file: Path) -> Iterator[Member]:
    """Every file of a zip, in the order of their names: it does not matter who packed it, nor whether it
    is a folder.
    """
    data = file.read_bytes()
    entries = data.count(b"PK\1\2")  # before anything is made of the directory, which may have a million lines
    if entries > 2 * MOST_FILES:
        raise refused(Message("upload.zip_of_about", {"count": entries}), _fewer_files())
    try:
        archive = ZipFile(BytesIO(data))
    except FAULTS:
        raise refused(Message("upload.damaged_zip", {"name": file.name}), Message("upload.good_zip")) from None
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
                _flaw(info, path),
            )


def _check(name: str, infos: list[ZipInfo], packed: int) -> None:
    """Refuse a zip that is locked or too full, or a bomb by what it says of itself: more than it says is never read."""
    if len(infos) > MOST_FILES:
        raise refused(Message("upload.zip_of", {"count": len(infos)}), _fewer_files())
    if any(info.flag_bits & 1 for info in infos):
        raise refused(Message("upload.encrypted_zip", {"name": name}), Message("upload.open_zip"))
    unpacked = sum(info.file_size for info in infos)
    if unpacked > min(MOST_UNPACKED, max(MOST_UNPACKED // 5, MOST_RATIO * packed)):
        raise refused(
            Message("upload.bomb", {"name": name, "unpacked": unpacked / 1e6, "packed": packed / 1e6}),
            Message("upload.smaller_zip", {"megabytes": MOST_UNPACKED / 1e6, "ratio": MOST_RATIO}),
        )


def _path(info: ZipInfo) -> PurePosixPath:
    """A file's path in a zip. Names without a mark for UTF-8 are often in it all the same."""
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


def _flaw(info: ZipInfo, path: PurePosixPath) -> str:
    """Why a file of a zip is not read, if that can be told from its entry: one of SKIPPED."""
    flaws = {
        "path": path.is_absolute() or ".." in path.parts or ":" in path.parts[0],
        "link": stat.S_ISLNK(info.external_attr >> 16),
        "zip": path.suffix.lower() in ARCHIVES,
        "size": info.file_size > MOST_OF_A_PICTURE * 1e6,
        "damaged": info.compress_type not in (ZIP_STORED, ZIP_DEFLATED),
    }
    return next((flaw for flaw, found in flaws.items() if found), "")


def clean(name: str) -> str:
    """A folder's name as that of a class: composed letters, nothing that cannot be printed, not too long."""
    return "".join(letter for letter in unicodedata.normalize("NFC", name) if letter.isprintable()).strip()[:40]


def refused(value: Message, allowed: Message) -> UploadError:
    """The error for an upload that is not allowed."""
    return UploadError(Message("error.setting", {"name": Message("upload.images"), "value": value, "allowed": allowed}))


def _fewer_files() -> Message:
    return Message("upload.at_most_files", {"most": MOST_FILES})
