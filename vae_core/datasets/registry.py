"""The table of data sets.

Built-in and synthetic images are always available; the others are downloaded on first use.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from ..config import DatasetConfig, Shape
from ..i18n.message import Message
from . import upload_store
from .downloads import (
    CELEBA,
    CIFAR10,
    EMNIST,
    FASHION,
    KMNIST,
    LETTERS,
    SVHN,
    Archive,
    Reader,
    download,
    downloaded_reader,
    reason_of,
)
from .images import DataUnavailableError, ImageSet, as_floats, from_arrays  # noqa: F401 (one place to import them from)
from .preprocessing import FitOptions, InkPlacement
from .synthetic import OUTLINES, PENDULUM_FACTORS, SHAPE_FACTORS, Synthetic, pendulum, shapes

PROGRESS_EVERY_S = 0.2
SHIPPED = Path(__file__).parent / "data"
DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
KANA = tuple("おきすつなはまやれを")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Dataset:
    """A data set: its shape, its classes and its readers.

    `available` training images need no network, and `archive` has the rest. At most `held_out` images are held out.

    `factors` names the columns of the images' factors, with units in brackets; those in (°) are periodic.
    `ink_placement` gives the position of the ink, and `fit_options` how an uploaded picture is fitted to the frame.
    """

    title: str
    shape: Shape
    classes: tuple[str, ...]
    read: Reader
    available: int = 0
    archive: Archive | None = None
    held_out: int = 10_000
    factors: tuple[str, ...] = ()
    ink_placement: InkPlacement = InkPlacement()
    fit_options: FitOptions = FitOptions()


@dataclass(frozen=True)
class DownloadProgress:
    """The progress of a download, in bytes."""

    name: str
    done: int
    total: int


def shipped(name: str) -> Reader:
    """Return a reader of vae_core/datasets/data/<name>, which is unpacked once per process."""

    @lru_cache(maxsize=2)
    def unpacked(training: bool) -> ImageSet:
        """Unpack both parts."""
        with np.load(SHIPPED / name / ("train.npz" if training else "test.npz")) as arrays:
            return from_arrays(arrays["images"], arrays["labels"])

    return lambda training, most: unpacked(training).first(most)


def generated(draw: Callable[[int, int, int], Synthetic], size: int) -> Reader:
    """Return a reader of synthetic images, generated once per process; held-out images have a seed of their own."""

    @lru_cache(maxsize=2)
    def read(training: bool, most: int) -> ImageSet:
        """Return at most `count` images of one part."""
        pixels, labels, factors = draw(most, size, 0 if training else 1)
        return replace(from_arrays(pixels, labels), factors=torch.from_numpy(factors))

    return read


DATASETS: dict[str, Dataset] = {
    "mnist": Dataset(
        "MNIST digits", (1, 28, 28), DIGITS, shipped("mnist"), 60_000, ink_placement=InkPlacement(20 / 28, by_mass=True)
    ),
    "fashion": Dataset(
        "Fashion-MNIST clothes",
        (1, 28, 28),
        CLOTHES,
        shipped("fashion"),
        10_000,
        FASHION,
        ink_placement=InkPlacement(1.0),
    ),
    "digits": Dataset(
        "scikit-learn digits", (1, 8, 8), DIGITS, shipped("digits"), 1_437, ink_placement=InkPlacement(1.0)
    ),
    "shapes": Dataset(
        "Shapes",
        (3, 32, 32),
        tuple(OUTLINES),
        generated(shapes, 32),
        20_000,
        None,
        2_000,
        SHAPE_FACTORS,
        InkPlacement(0.4),
    ),
    "shapes64": Dataset(
        "Shapes, 64 pixels",
        (3, 64, 64),
        tuple(OUTLINES),
        generated(shapes, 64),
        6_000,
        None,
        1_000,
        SHAPE_FACTORS,
        InkPlacement(0.4),
    ),
    "pendulum": Dataset(
        "Pendulum", (3, 32, 32), ("pendulum",), generated(pendulum, 32), 10_000, None, 2_000, PENDULUM_FACTORS
    ),
    "kmnist": Dataset("Kuzushiji-MNIST", (1, 28, 28), KANA, downloaded_reader(KMNIST), 0, KMNIST),
    "emnist": Dataset(
        "EMNIST letters A to J",
        (1, 28, 28),
        LETTERS,
        downloaded_reader(EMNIST),
        0,
        EMNIST,
        ink_placement=InkPlacement(24 / 28),
    ),
    "cifar10": Dataset("CIFAR-10", (3, 32, 32), OBJECTS, downloaded_reader(CIFAR10), 0, CIFAR10),
    "svhn": Dataset("SVHN house numbers", (3, 32, 32), DIGITS, downloaded_reader(SVHN), 0, SVHN),
    "celeba": Dataset(
        "CelebA faces", (3, 64, 64), ("not smiling", "smiling"), downloaded_reader(CELEBA), 0, CELEBA, 2_000
    ),
}


def dataset(name: str) -> Dataset:
    """Return the data set of this name: one of the table or an uploaded set.

    Raises DataUnavailableError if it is not here.
    """
    if name in DATASETS:
        return DATASETS[name]
    about = upload_store.find(name)
    return Dataset(
        about.title,
        about.shape,
        about.classes,
        partial(upload_store.read, name),
        about.training,
        None,
        about.held_out,
        fit_options=about.fit_options,
    )


def is_here(name: str) -> bool:
    """Return whether `dataset` finds this name: an uploaded set may have been deleted."""
    try:
        return bool(dataset(name))
    except DataUnavailableError:
        return False


def image_key(name: str) -> str:
    """Return the key under which the page requests a data set's images.

    The key of an uploaded set cannot be guessed, not even from its name.
    """
    return name if name in DATASETS else upload_store.find(name).key


def name_at(address: str) -> str:
    """Return the data set of a key: the inverse of `image_key`. Raises DataUnavailableError."""
    return address if address in DATASETS else upload_store.find(upload_store.name_of(address)).name


def short_name(name: str) -> str:
    """Return a data set's name, or an uploaded set's title, as a part of a run's name."""
    return name if name in DATASETS else re.sub(r"[^\w]+", "-", dataset(name).title).strip("-") or "own"


def training_images(config: DatasetConfig) -> ImageSet:
    """Return at most `train_size` training images: built-in ones as far as they go, then downloaded ones."""
    source = dataset(config.dataset)
    if source.archive and config.train_size > source.available:
        return downloaded_reader(source.archive)(True, config.train_size)
    return source.read(True, min(config.train_size, source.available))


def held_out_images(name: str) -> ImageSet:
    """Return the images that no training uses.

    Of `fashion` these are always the 2,000 built-in ones, so that runs can be compared.
    """
    return _held_out(name) if name in DATASETS else dataset(name).read(False, dataset(name).held_out)


@lru_cache(maxsize=8)
def _held_out(name: str) -> ImageSet:
    """Return the held-out images of a data set of the table, read once per process."""
    return DATASETS[name].read(False, DATASETS[name].held_out)


def fetch(config: DatasetConfig) -> Iterator[DownloadProgress]:
    """Download what `config` needs and this machine lacks; yield the progress.

    Raises DataUnavailableError with the reason.
    """
    source = dataset(config.dataset)
    if config.train_size <= source.available or not source.archive or source.archive.is_here():
        return
    future = _in_background(partial(download, source.archive))
    while not future.done():
        yield DownloadProgress(config.dataset, source.archive.bytes_downloaded(), round(source.archive.megabytes * 1e6))
        wait([future], timeout=PROGRESS_EVERY_S)
    if error := future.exception():
        raise DataUnavailableError(_download_failed(config.dataset, reason_of(error))) from error


def _in_background(task: Callable[[], None]) -> Future[None]:
    """Run a task in a daemon thread.

    An executor's thread would keep the process alive until the download ends.
    """
    future: Future[None] = Future()

    def run() -> None:
        """Run the task and set the future's result or exception."""
        try:
            task()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=run, daemon=True).start()
    return future


def _download_failed(name: str, reason: Message) -> Message:
    """Return the error for a failed download, with its reason and the data sets that need no network."""
    *others, last = [
        Message("download.up_to", {"name": name, "count": source.available}) if source.archive else name
        for name, source in DATASETS.items()
        if source.available
    ]
    parts = {"name": name, "reason": reason, "others": tuple(others), "last": last, "count": DATASETS[name].available}
    return Message("error.download_failed_in_part" if DATASETS[name].available else "error.download_failed", parts)
