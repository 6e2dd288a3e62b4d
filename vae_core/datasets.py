"""Images as one tensor of bytes. Three sets are always at hand; the others are fetched once, when there is a network."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from .config import DatasetConfig, Shape

SHIPPED = Path(__file__).parent / "data"
DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
KANA = tuple("おきすつなはまやれを")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class DataUnavailable(RuntimeError):
    """Images that are neither here nor to be had now. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Images:
    """`pixels` (N, C, H, W) uint8, `labels` (N,) int64, and what each image was made with: `factors` (N, F) float32."""

    pixels: Tensor
    labels: Tensor
    factors: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, size: int) -> Images:
        return Images(self.pixels[:size], self.labels[:size], None if self.factors is None else self.factors[:size])


@dataclass(frozen=True)
class Dataset:
    """What a name stands for. `at_hand` training images need no network; `archive` is what torchvision calls the rest.

    `factors` are the names of `Images.factors`, each with its unit, such as "angle (°)".
    """

    title: str
    shape: Shape
    classes: tuple[str, ...]
    read: Callable[[bool], Images]
    at_hand: int = 0
    archive: str = ""
    megabytes: float = 0.0
    factors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetch:
    """How much of a data set has arrived, in bytes."""

    name: str
    done: int
    total: int


def shipped(name: str) -> Callable[[bool], Images]:
    """A reader of vae_core/data/<name>."""
    def read(training: bool) -> Images:
        with np.load(SHIPPED / name / ("train.npz" if training else "test.npz")) as arrays:
            return images(arrays["images"], arrays["labels"])
    return read


def scikit_digits(training: bool) -> Images:
    """scikit-learn's 1,797 digits of 8×8 pixels: the first 1,437 for training, the last 360 (other writers) held out."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    part = slice(None, 1437) if training else slice(1437, None)
    return images((digits.images[part] * 255 / 16).round().astype(np.uint8), digits.target[part])


def torchvision_set(archive: str) -> Callable[[bool], Images]:
    """A reader of what `fetch` has brought."""
    def read(training: bool) -> Images:
        try:
            found = _torchvision(archive, training, download=False)
        except RuntimeError:
            raise DataUnavailable(f"dataset: {archive} is not on this machine; train on it once with a network to fetch it.") from None
        return images(np.asarray(found.data), np.asarray(found.targets))
    return read


def images(pixels: np.ndarray, labels: np.ndarray) -> Images:
    """Bytes of shape (N, H, W) or (N, H, W, C) and labels (N,) as tensors."""
    channels_last = pixels[..., None] if pixels.ndim == 3 else pixels
    return Images(torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2))),
                  torch.from_numpy(np.asarray(labels).astype(np.int64)))


DATASETS: dict[str, Dataset] = {
    "mnist": Dataset("MNIST digits", (1, 28, 28), DIGITS, shipped("mnist"), 60_000),
    "fashion": Dataset("Fashion-MNIST clothes", (1, 28, 28), CLOTHES, shipped("fashion"), 10_000, "FashionMNIST", 30.9),
    "digits": Dataset("scikit-learn digits", (1, 8, 8), DIGITS, scikit_digits, 1_437),
    "kmnist": Dataset("Kuzushiji-MNIST", (1, 28, 28), KANA, torchvision_set("KMNIST"), 0, "KMNIST", 21.0),
    "cifar10": Dataset("CIFAR-10", (3, 32, 32), OBJECTS, torchvision_set("CIFAR10"), 0, "CIFAR10", 170.5),
}


def training_images(config: DatasetConfig) -> Images:
    """At most `train_size` images. More of a shipped part than ships is read from what `fetch` has brought."""
    source = DATASETS[config.dataset]
    beyond = source.archive and config.train_size > source.at_hand
    read = torchvision_set(source.archive) if beyond else source.read
    return read(True).first(config.train_size)


@lru_cache(maxsize=8)
def held_out_images(name: str) -> Images:
    """The images that no training sees: of `fashion` always the 2,000 that ship, so that runs can be compared."""
    return DATASETS[name].read(False)


def fetch(config: DatasetConfig) -> Iterator[Fetch]:
    """Bring what `config` needs and this machine lacks, yielding progress. Raises DataUnavailable with the reason."""
    source = DATASETS[config.dataset]
    if config.train_size <= source.at_hand or not source.archive or _is_here(source.archive):
        return
    failed: list[Exception] = []
    before = _bytes_below(cache())
    thread = threading.Thread(target=_bring, args=(source.archive, failed), daemon=True)
    thread.start()
    while thread.is_alive():
        yield Fetch(config.dataset, _bytes_below(cache()) - before, round(source.megabytes * 1e6))
        time.sleep(0.2)
    if failed:
        at_hand = f"; {source.at_hand:,} of its images need no network" if source.at_hand else ""
        raise DataUnavailable(f"dataset: {config.dataset} could not be fetched ({_reason(failed[0])}){at_hand}. "
                              "Without a network use mnist, fashion (up to 10,000 images) or digits.")


def cache() -> Path:
    """Where fetched images are kept: $VAE_PLAYGROUND_CACHE, or a folder in the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_CACHE") or Path.home() / ".cache" / "vae-playground")


def _torchvision(archive: str, training: bool, download: bool):
    from torchvision import datasets

    return getattr(datasets, archive)(cache(), train=training, download=download)


def _is_here(archive: str) -> bool:
    try:
        _torchvision(archive, True, download=False)
    except RuntimeError:
        return False
    return True


def _bring(archive: str, failed: list[Exception]) -> None:
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(20)
    try:
        _torchvision(archive, True, download=True)
    except Exception as error:  # whatever went wrong is told to the visitor by fetch
        failed.append(error)
    finally:
        socket.setdefaulttimeout(patience)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _reason(error: Exception) -> str:
    return "no connection" if isinstance(error, (OSError, RuntimeError)) else type(error).__name__
