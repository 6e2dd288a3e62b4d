"""Data sets of torchvision: what is taken out of their files, and how these are fetched."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from ..i18n.message import Message
from ..runtime.folders import cache_folder
from .images import DataUnavailableError, ImageSet, bytes_of, images

SOCKET_TIMEOUT_S = 20.0
LETTERS = tuple("ABCDEFGHIJ")
UNREADABLE = (
    RuntimeError,
    ValueError,
    AssertionError,
    EOFError,
    OSError,
)  # as torchvision says that files are not here, or cut off
TorchvisionSet = Any  # an object of torchvision.datasets, which has no types
Reader = Callable[[bool, int], ImageSet]  # training images or those held out, at most so many


@dataclass(frozen=True)
class Archive:
    """A data set of torchvision: its class, the arguments that name a part of it, and how the first images are taken
    out.

    `files` is a pattern of what is fetched, below the cache.
    """

    name: str
    files: str
    megabytes: float
    part: Callable[[bool], dict[str, Any]]
    take: Callable[[TorchvisionSet, int], ImageSet]

    def open(self, training: bool, download: bool) -> TorchvisionSet:
        """torchvision's own object.

        Raises one of UNREADABLE where its files are not here and are not to be downloaded.
        """
        from torchvision import datasets

        return getattr(datasets, self.name)(cache_folder(), download=download, **self.part(training))

    @property
    def unfinished(self) -> Path:
        """A mark that is there from the first file to the last: torchvision takes a folder for whole as soon as
        it is there.
        """
        return cache_folder() / f"{self.name}.unfinished"

    def is_here(self) -> bool:
        """Whether its files have been fetched."""
        if self.unfinished.exists():
            return False
        try:
            self.open(True, download=False)
        except UNREADABLE:
            return False
        return True

    def paths(self) -> list[Path]:
        """Its files, as many of them as are there."""
        return [path for path in cache_folder().glob(self.files) if path.is_file()]

    def arrived(self) -> int:
        """How much of it has been fetched, in bytes."""
        return min(bytes_of(self.paths()), round(self.megabytes * 1e6))


def downloaded_reader(archive: Archive) -> Reader:
    """A reader of what `fetch` has brought."""

    def read(training: bool, most: int) -> ImageSet:
        try:
            return archive.take(archive.open(training, download=False), most)
        except UNREADABLE:
            raise DataUnavailableError(Message("error.dataset_not_downloaded", {"name": archive.name})) from None

    return read


def by_train(training: bool) -> dict[str, Any]:
    """Arguments of sets that tell their parts by `train`."""
    return {"train": training}


def by_split(training: bool) -> dict[str, Any]:
    """Arguments of sets that tell their parts by `split`."""
    return {"split": "train" if training else "test"}


def by_letters(training: bool) -> dict[str, Any]:
    """Arguments of EMNIST's letters."""
    return {"split": "letters", "train": training}


def plain(dataset: TorchvisionSet, most: int) -> ImageSet:
    """Bytes (N, H, W) or (N, H, W, C) and their targets, as most of torchvision's sets have them."""
    return images(np.asarray(dataset.data[:most]), np.asarray(dataset.targets[:most]))


def letters(dataset: TorchvisionSet, most: int) -> ImageSet:
    """EMNIST's A to J: as many classes as the map has colors.

    Its files lie on their side and are partly sorted by letter.
    """
    targets = np.asarray(dataset.targets)
    kept = np.random.default_rng(0).permutation(np.flatnonzero(targets <= len(LETTERS)))[:most]
    return images(np.asarray(dataset.data)[kept].transpose(0, 2, 1), targets[kept] - 1)


def house_numbers(dataset: TorchvisionSet, most: int) -> ImageSet:
    """SVHN, which has its channels first."""
    return images(dataset.data[:most].transpose(0, 2, 3, 1), dataset.labels[:most])


def faces(dataset: TorchvisionSet, most: int) -> ImageSet:
    """CelebA in 64×64 pixels, labelled by the smile. Each is a file of its own; only those asked for are opened."""
    count = min(most, len(dataset))
    smiles = dataset.attr[:count, dataset.attr_names.index("Smiling")]
    return ImageSet(torch.stack([_face(dataset[number][0]) for number in range(count)]), smiles.to(torch.int64))


def _face(picture: object) -> Tensor:
    """The middle 148×148 of a PIL image of 178×218 pixels as (3, 64, 64) bytes."""
    from torchvision.transforms.v2 import functional

    return functional.resize(
        functional.center_crop(functional.pil_to_tensor(picture), [148, 148]), [64, 64], antialias=True
    )


FASHION = Archive("FashionMNIST", "FashionMNIST/raw/*", 30.9, by_train, plain)
KMNIST = Archive("KMNIST", "KMNIST/raw/*", 21.0, by_train, plain)
EMNIST = Archive("EMNIST", "EMNIST/raw/*", 561.8, by_letters, letters)
CIFAR10 = Archive("CIFAR10", "cifar-10*.tar.gz", 170.5, by_train, plain)
SVHN = Archive("SVHN", "*_32x32.mat", 246.3, by_split, house_numbers)
CELEBA = Archive("CelebA", "celeba/*", 1_484.0, by_split, faces)


def download(archive: Archive) -> None:
    """Download both parts of an archive, one process at a time: the others find them there.

    Raises what torchvision raises.
    """
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SOCKET_TIMEOUT_S)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with FileLock(cache_folder() / f"{archive.name}.lock"):  # the system releases it if the process dies
            if not archive.is_here():
                _download(archive)
    finally:
        socket.setdefaulttimeout(timeout)


def _download(archive: Archive) -> None:
    """Both parts, training images last: where they are, all is."""
    for path in archive.paths():
        if (
            not path.suffix
        ):  # unpacked, perhaps in part: torchvision looks only at what is packed before it takes it for whole
            path.unlink()
    if archive.unfinished.exists():  # else a folder is somebody's own
        for folder in filter(Path.is_dir, cache_folder().glob(archive.files)):
            shutil.rmtree(folder)
    archive.unfinished.touch()
    for training in (False, True):
        archive.open(training, download=True)
    archive.unfinished.unlink()


def reason_of(error: BaseException) -> Message:
    """Why a download failed, in a few words."""
    if isinstance(error, (OSError, RuntimeError)):
        return Message("download.no_connection")
    return Message("download.other_reason", {"error": type(error).__name__})
