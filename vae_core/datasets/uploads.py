"""Pictures that a visitor brings, in zips or one by one, as images with classes.

The files themselves come from upload_files.py.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..config import PictureConfig
from ..i18n.message import Message
from .images import ImageSet
from .preprocessing import FitOptions, PictureError, extent, light_ground, read_picture
from .upload_files import FAULTS, Member, members, refused
from .upload_store import UploadedSet, UploadError

MOST_MEGABYTES, LEAST_IMAGES = 50, 20
MOST_BYTES = 48 * 2**20  # of all images as a network sees them
MOST_DECODED = 3_000_000_000  # pixels of all pictures as they come
MOST_CLASSES, OTHER = 10, "other"
HELD_OUT, SEED = 0.2, 0
LEAST_HELD_OUT = 4  # images: as many as a way between pictures has ends, and enough for a map's two axes
SKIPPED = ("other", "damaged", "sides", "size", "zip", "path", "link", "much")


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
