"""Pictures that a visitor brings, in zips or one by one, as images with classes.

A zip is read in memory and never unpacked to disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import stat
import struct
import unicodedata
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from math import prod
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import torch
from torch import Tensor

from ..config import PictureConfig
from ..i18n.message import Message
from .images import ImageSet
from .preprocessing import MOST_MEGABYTES as MOST_OF_A_PICTURE
from .preprocessing import FitOptions, PictureError, extent, light_ground, read_picture
from .upload_store import UploadedSet, UploadError

MOST_MEGABYTES, MOST_FILES, LEAST_IMAGES = 50, 20_000, 20
MOST_UNPACKED, MOST_RATIO = 500_000_000, 100  # bytes of all files in a zip, and how often its own size they may be
MOST_BYTES = 48 * 2**20  # of all images as a network sees them
MOST_DECODED = 3_000_000_000  # pixels of all pictures as they come
MOST_CLASSES, OTHER, UNSORTED = 10, "other", "unsorted"
HELD_OUT, SEED = 0.2, 0
LEAST_HELD_OUT = 4  # images: as many as a way between pictures has ends, and enough for a map's two axes
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")
SKIPPED = ("other", "damaged", "sides", "size", "zip", "path", "link", "much")
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


class TooFewImagesError(UploadError):
    """Not enough pictures, and perhaps because of what was `skipped`, by reason."""

    def __init__(self, found: int, skipped: dict[str, list[str]]) -> None:
        parts = {"count": found, "skipped": sum(map(len, skipped.values())), "least": LEAST_IMAGES}
        super().__init__(Message("error.upload_too_few_skipped" if skipped else "error.upload_too_few", parts))
        self.skipped = skipped


@dataclass(frozen=True)
class Upload:
    """What has come of a visitor's files: images with classes, how many classes were joined, and what was skipped
    by reason.
    """

    images: ImageSet
    classes: tuple[str, ...]
    joined: int
    look: FitOptions
    skipped: dict[str, list[str]]

    def counts(self) -> list[int]:
        """Images of each class."""
        return torch.bincount(self.images.labels, minlength=len(self.classes)).tolist()

    def parts(self) -> tuple[ImageSet, ImageSet]:
        """Training images and those held out, in an order that a fixed seed mixes."""
        labels, chance = self.images.labels.numpy(), np.random.default_rng(SEED)
        order = chance.permutation(len(labels))
        rank = np.empty(len(labels), int)  # of an image among those of its class, in that order
        for label in range(len(self.classes)):
            own = order[labels[order] == label]
            rank[own] = np.arange(len(own))
        held = rank[order] < sizes_held_out(np.bincount(labels))[labels[order]]
        return self._only(order[~held]), self._only(order[held])

    def proposal(self, key: str = "") -> tuple[UploadedSet, ImageSet, ImageSet]:
        """What is to be kept: a description under new random words or this `key`, without a title, and the
        two parts.
        """
        training, held_out = self.parts()
        channels, height, width = self.images.pixels.shape[1:]
        return (
            UploadedSet(
                "",
                (channels, height, width),
                self.classes,
                len(training),
                len(held_out),
                self.look,
                key or uuid.uuid4().hex,
            ),
            training,
            held_out,
        )

    def fingerprint(self) -> str:
        """A word that is the same whenever the same images come with the same classes."""
        pixels, labels = self.images.pixels.numpy(), self.images.labels.numpy()
        parts = (pixels.data, labels.data, "/".join(self.classes).encode())
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _only(self, chosen: np.ndarray) -> ImageSet:
        return ImageSet(self.images.pixels[chosen], self.images.labels[chosen])


def read_upload(files: Sequence[Path], config: PictureConfig) -> Upload:
    """The pictures of zips, folders and single files.

    The folder that a picture lies in is its class. Raises UploadError.
    """
    weight = (
        sum(
            path.stat().st_size
            for file in files
            for path in (file.rglob("*") if file.is_dir() else [file])
            if path.is_file()
        )
        / 1e6
    )
    if weight > MOST_MEGABYTES:
        raise refused(
            Message("upload.megabytes", {"megabytes": weight}),
            Message("upload.at_most_megabytes", {"most": MOST_MEGABYTES}),
        )
    reading = _Reading(config)
    for member in members(files):
        reading.take(member)
    if len(reading.pixels) < LEAST_IMAGES:
        raise TooFewImagesError(len(reading.pixels), reading.skipped)
    pixels = torch.cat(reading.pixels)
    classes, labels, joined = classes_of(reading.folders)
    tested = sizes_held_out(np.bincount(labels)).sum()
    if tested < LEAST_HELD_OUT:
        raise refused(
            Message("upload.held_out", {"count": tested}),
            Message("upload.at_least_held_out", {"least": LEAST_HELD_OUT}),
        )
    look = FitOptions(config.fit == "crop", False, light_ground(pixels[:200].numpy()))
    return Upload(ImageSet(pixels, labels), classes, joined, look, reading.skipped)


def sizes_held_out(counts: np.ndarray) -> np.ndarray:
    """How many images of each class (K,) no training sees: a fifth, at least one, but none where there is but one."""
    return np.where(counts > 1, np.maximum(1, np.floor(HELD_OUT * counts + 0.5)), 0).astype(int)


def refused(value: Message, allowed: Message) -> UploadError:
    """The error for an upload that is not allowed."""
    return UploadError(Message("error.setting", {"name": Message("upload.images"), "value": value, "allowed": allowed}))


def _fewer_files() -> Message:
    return Message("upload.at_most_files", {"most": MOST_FILES})


@dataclass
class _Reading:
    """What has been read so far."""

    config: PictureConfig
    pixels: list[Tensor] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    decoded: int = 0

    def take(self, member: Member) -> None:
        """Read one file, or note why not. Raises UploadError when the images come to more than MOST_BYTES."""
        most = MOST_BYTES // prod(self.config.shape)
        if len(self.pixels) >= most:
            parts = {"most": most, "side": self.config.size, "colors": self.config.colors}
            raise refused(Message("upload.too_many_pictures", parts), Message("upload.fewer_pictures"))
        flaw = member.flaw or self._read(member)
        if flaw:
            self.skipped.setdefault(flaw, []).append(member.name)

    def _read(self, member: Member) -> str:
        """Add a picture, or return why it is none."""
        try:
            file = BytesIO(member.read())
            self.decoded += extent(file)
            if self.decoded > MOST_DECODED:
                return "much"
            self.pixels.append(
                read_picture(file, self.config.shape, FitOptions(self.config.fit == "crop", invert=False))
            )
        except PictureError as error:
            return error.reason
        except FAULTS:
            return "damaged"
        self.folders.append(member.folder)
        return ""


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


def classes_of(folders: list[str]) -> tuple[tuple[str, ...], Tensor, int]:
    """Classes in the order of their names, each picture's label (N,), and how many classes were joined.

    There are at most MOST_CLASSES, as many as the map has colors: the largest keep their names, the others become one.
    """
    sizes = Counter(folders)
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    joined = set(ranked[MOST_CLASSES - 1 :]) if len(ranked) > MOST_CLASSES else set()
    named = sorted(sizes.keys() - joined - ({OTHER} if joined else set()), key=_natural)
    classes = (*named, *([OTHER] if joined else []))
    number = {name: label for label, name in enumerate(classes)}
    return classes, torch.tensor([number.get(folder, len(named)) for folder in folders]), len(joined)


def _natural(name: str) -> list[tuple[int, int | str]]:
    """A key that puts 2 before 10."""
    return [(0, int(part)) if part.isdecimal() else (1, part.casefold()) for part in re.split(r"(\d+)", name)]
