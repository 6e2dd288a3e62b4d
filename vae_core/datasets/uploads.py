"""Uploaded pictures as a set of images with classes.

upload_files.py yields the files themselves.
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
from .preprocessing import FitOptions, PictureError, has_light_background, pixel_count, read_picture
from .upload_files import FAULTS, Member, members, upload_error
from .upload_store import UploadedSet, UploadError

MAX_MEGABYTES, MIN_IMAGES = 50, 20
MAX_BYTES = 48 * 2**20  # of all images as a network sees them
MAX_DECODED = 3_000_000_000  # pixels of all pictures as they come
MAX_CLASSES, OTHER = 10, "other"
HELD_OUT, SEED = 0.2, 0
MIN_HELD_OUT = 4  # images: as many as a way between pictures has ends, and enough for a map's two axes
SKIPPED = ("other", "damaged", "sides", "size", "zip", "path", "link", "much")


class TooFewImagesError(UploadError):
    """An upload with too few pictures; `skipped` counts the skipped files by reason."""

    def __init__(self, count: int, skipped: dict[str, list[str]]) -> None:
        parts = {"count": count, "skipped": sum(map(len, skipped.values())), "least": MIN_IMAGES}
        super().__init__(Message("error.upload_too_few_skipped" if skipped else "error.upload_too_few", parts))
        self.skipped = skipped


@dataclass(frozen=True)
class Upload:
    """The result of an upload: images with classes, the number of merged classes, and the skipped files by reason."""

    images: ImageSet
    classes: tuple[str, ...]
    joined: int
    fit_options: FitOptions
    skipped: dict[str, list[str]]

    def counts(self) -> list[int]:
        """The number of images in each class."""
        return torch.bincount(self.images.labels, minlength=len(self.classes)).tolist()

    def parts(self) -> tuple[ImageSet, ImageSet]:
        """Return training and held-out images, shuffled with a fixed seed."""
        labels, chance = self.images.labels.numpy(), np.random.default_rng(SEED)
        order = chance.permutation(len(labels))
        rank = np.empty(len(labels), int)  # of an image among those of its class, in that order
        for label in range(len(self.classes)):
            own = order[labels[order] == label]
            rank[own] = np.arange(len(own))
        held = rank[order] < sizes_held_out(np.bincount(labels))[labels[order]]
        return self._only(order[~held]), self._only(order[held])

    def proposal(self, key: str = "") -> tuple[UploadedSet, ImageSet, ImageSet]:
        """Return a description without a title, under a new random key or this one, and both parts of the images."""
        training, held_out = self.parts()
        channels, height, width = self.images.pixels.shape[1:]
        return (
            UploadedSet(
                "",
                (channels, height, width),
                self.classes,
                len(training),
                len(held_out),
                self.fit_options,
                key or uuid.uuid4().hex,
            ),
            training,
            held_out,
        )

    def fingerprint(self) -> str:
        """Return a hash of images and classes: the same images with the same classes have the same hash."""
        pixels, labels = self.images.pixels.numpy(), self.images.labels.numpy()
        parts = (pixels.data, labels.data, "/".join(self.classes).encode())
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _only(self, chosen: np.ndarray) -> ImageSet:
        return ImageSet(self.images.pixels[chosen], self.images.labels[chosen])


def read_upload(files: Sequence[Path], config: PictureConfig) -> Upload:
    """Read the pictures of zips, folders and single files.

    The name of a picture's folder is its class. Raises UploadError.
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
    if weight > MAX_MEGABYTES:
        raise upload_error(
            Message("upload.megabytes", {"megabytes": weight}),
            Message("upload.at_most_megabytes", {"most": MAX_MEGABYTES}),
        )
    reading = _Reading(config)
    for member in members(files):
        reading.take(member)
    if len(reading.pixels) < MIN_IMAGES:
        raise TooFewImagesError(len(reading.pixels), reading.skipped)
    pixels = torch.cat(reading.pixels)
    classes, labels, joined = classes_of(reading.folders)
    tested = sizes_held_out(np.bincount(labels)).sum()
    if tested < MIN_HELD_OUT:
        raise upload_error(
            Message("upload.held_out", {"count": tested}),
            Message("upload.at_least_held_out", {"least": MIN_HELD_OUT}),
        )
    options = FitOptions(config.fit == "crop", False, has_light_background(pixels[:200].numpy()))
    return Upload(ImageSet(pixels, labels), classes, joined, options, reading.skipped)


def sizes_held_out(counts: np.ndarray) -> np.ndarray:
    """Return the number of held-out images per class (K,).

    It is a fifth of the class and at least one, but none of a class with a single image.
    """
    return np.where(counts > 1, np.maximum(1, np.floor(HELD_OUT * counts + 0.5)), 0).astype(int)


@dataclass
class _Reading:
    """The images read so far."""

    config: PictureConfig
    pixels: list[Tensor] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    decoded: int = 0

    def take(self, member: Member) -> None:
        """Read one file, or record why it is skipped. Raises UploadError if the images exceed MAX_BYTES."""
        most = MAX_BYTES // prod(self.config.shape)
        if len(self.pixels) >= most:
            parts = {"most": most, "side": self.config.size, "colors": self.config.colors}
            raise upload_error(Message("upload.too_many_pictures", parts), Message("upload.fewer_pictures"))
        skip_reason = member.skip_reason or self._read(member)
        if skip_reason:
            self.skipped.setdefault(skip_reason, []).append(member.name)

    def _read(self, member: Member) -> str:
        """Add a picture, or return the reason to skip it."""
        try:
            file = BytesIO(member.read())
            self.decoded += pixel_count(file)
            if self.decoded > MAX_DECODED:
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
    """Return the classes in natural order, the label of each picture (N,) and the number of merged classes.

    There are at most MAX_CLASSES, one per color of the map: the largest keep their names, the others are merged.
    """
    sizes = Counter(folders)
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    joined = set(ranked[MAX_CLASSES - 1 :]) if len(ranked) > MAX_CLASSES else set()
    named = sorted(sizes.keys() - joined - ({OTHER} if joined else set()), key=_natural)
    classes = (*named, *([OTHER] if joined else []))
    number = {name: label for label, name in enumerate(classes)}
    return classes, torch.tensor([number.get(folder, len(named)) for folder in folders]), len(joined)


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Return a sort key that puts 2 before 10."""
    return [(0, int(part)) if part.isdecimal() else (1, part.casefold()) for part in re.split(r"(\d+)", name)]
