"""Data sets that torchvision downloads: their files, and how the first images are read from them."""

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
from .images import DataUnavailableError, ImageSet, bytes_of, from_arrays

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
    """A data set of torchvision: its class, the arguments that select a part, and a reader of the first images.

    `files` is a glob pattern of the downloaded files, relative to the cache folder.
    """

    name: str
    files: str
    megabytes: float
    split_kwargs: Callable[[bool], dict[str, Any]]
    extract: Callable[[TorchvisionSet, int], ImageSet]

    def dataset(self, training: bool, download: bool) -> TorchvisionSet:
        """Return torchvision's data set.

        Raises one of UNREADABLE if its files are missing and `download` is not set.
        """
        from torchvision import datasets

        return getattr(datasets, self.name)(cache_folder(), download=download, **self.split_kwargs(training))

    @property
    def unfinished(self) -> Path:
        """The path of a mark that exists while a download runs: torchvision takes any existing folder for complete."""
        return cache_folder() / f"{self.name}.unfinished"

    def is_here(self) -> bool:
        """Return whether the files are downloaded."""
        if self.unfinished.exists():
            return False
        try:
            self.dataset(True, download=False)
        except UNREADABLE:
            return False
        return True

    def paths(self) -> list[Path]:
        """Return the downloaded files."""
        return [path for path in cache_folder().glob(self.files) if path.is_file()]

    def bytes_downloaded(self) -> int:
        """Return the number of bytes downloaded so far."""
        return min(bytes_of(self.paths()), round(self.megabytes * 1e6))


def downloaded_reader(archive: Archive) -> Reader:
    """Return a reader of an archive that `fetch` has downloaded."""

    def read(training: bool, most: int) -> ImageSet:
        """Read at most `count` images of one part. Raises DataUnavailableError."""
        try:
            return archive.extract(archive.dataset(training, download=False), most)
        except UNREADABLE:
            raise DataUnavailableError(Message("error.dataset_not_downloaded", {"name": archive.name})) from None

    return read


def by_train(training: bool) -> dict[str, Any]:
    """Return the arguments of data sets that select a part by `train`."""
    return {"train": training}


def by_split(training: bool) -> dict[str, Any]:
    """Return the arguments of data sets that select a part by `split`."""
    return {"split": "train" if training else "test"}


def by_letters(training: bool) -> dict[str, Any]:
    """Return the arguments of EMNIST's letters."""
    return {"split": "letters", "train": training}


def plain(dataset: TorchvisionSet, most: int) -> ImageSet:
    """Return bytes (N, H, W) or (N, H, W, C) and targets (N,), the layout of most data sets of torchvision."""
    return from_arrays(np.asarray(dataset.data[:most]), np.asarray(dataset.targets[:most]))


def letters(dataset: TorchvisionSet, most: int) -> ImageSet:
    """Return EMNIST's letters A to J: as many classes as the map has colors.

    The files store letters transposed and partly sorted by class.
    """
    targets = np.asarray(dataset.targets)
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(targets <= len(LETTERS)))[:most]
    return from_arrays(np.asarray(dataset.data)[chosen].transpose(0, 2, 1), targets[chosen] - 1)


def house_numbers(dataset: TorchvisionSet, most: int) -> ImageSet:
    """Return SVHN with its channels last; its files have them first."""
    return from_arrays(dataset.data[:most].transpose(0, 2, 3, 1), dataset.labels[:most])


def faces(dataset: TorchvisionSet, most: int) -> ImageSet:
    """Return CelebA at 64×64 pixels, labelled by the smile. Each image is a file; only the first ones are opened."""
    count = min(most, len(dataset))
    smiles = dataset.attr[:count, dataset.attr_names.index("Smiling")]
    return ImageSet(torch.stack([_face(dataset[number][0]) for number in range(count)]), smiles.to(torch.int64))


def _face(picture: object) -> Tensor:
    """Return the central 148×148 pixels of a 178×218 PIL image as bytes (3, 64, 64)."""
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
    """Download both parts of an archive in one process at a time; the others then find the files.

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
    """Download both parts, training images last: once they exist, both parts do."""
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
        archive.dataset(training, download=True)
    archive.unfinished.unlink()


def reason_of(error: BaseException) -> Message:
    """Return the reason of a failed download in a few words."""
    if isinstance(error, (OSError, RuntimeError)):
        return Message("download.no_connection")
    return Message("download.other_reason", {"error": type(error).__name__})
