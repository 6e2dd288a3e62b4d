"""Images as one tensor of bytes. What ships and what is drawn is always at hand; the rest is fetched once, when there is a network."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from .config import DatasetConfig, Shape
from .generated import OUTLINES, PENDULUM_FACTORS, SHAPE_FACTORS, Drawn, pendulum, shapes
from .pictures import Layout

SHIPPED = Path(__file__).parent / "data"
DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
KANA = tuple("おきすつなはまやれを")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LETTERS = tuple("ABCDEFGHIJ")


class DataUnavailable(RuntimeError):
    """Images that are neither here nor to be had now. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Images:
    """`pixels` (N, C, H, W) uint8, `labels` (N,) int64 and, where they are known, `factors` (N, F) float32."""

    pixels: Tensor
    labels: Tensor
    factors: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, size: int) -> Images:
        return Images(self.pixels[:size], self.labels[:size], None if self.factors is None else self.factors[:size])


Reader = Callable[[bool, int], Images]  # training images or those held out, at most so many


@dataclass(frozen=True)
class Archive:
    """A data set of torchvision: its class, the arguments that name a part of it, and how the first images are taken out."""

    name: str
    megabytes: float
    part: Callable[[bool], dict[str, Any]]
    take: Callable[[Any, int], Images]

    def open(self, training: bool, download: bool) -> Any:
        """torchvision's own object. Raises RuntimeError where its files are not here and are not to be downloaded."""
        from torchvision import datasets

        return getattr(datasets, self.name)(cache(), download=download, **self.part(training))


@dataclass(frozen=True)
class Dataset:
    """What a name stands for. `at_hand` training images need no network, `archive` has the rest; at most `held_out` are held out.

    `factors` names the columns of its images' factors, with units in brackets. Those in (°) are periodic. `layout` says where in
    the frame its images have their ink.
    """

    title: str
    shape: Shape
    classes: tuple[str, ...]
    read: Reader
    at_hand: int = 0
    archive: Archive | None = None
    held_out: int = 10_000
    factors: tuple[str, ...] = ()
    layout: Layout = Layout()


@dataclass(frozen=True)
class Fetch:
    """How much of a data set has arrived, in bytes."""

    name: str
    done: int
    total: int


def shipped(name: str) -> Reader:
    """A reader of vae_core/data/<name>, unpacked once in a process and those forked from it."""
    @lru_cache(maxsize=2)
    def unpacked(training: bool) -> Images:
        with np.load(SHIPPED / name / ("train.npz" if training else "test.npz")) as arrays:
            return images(arrays["images"], arrays["labels"])

    return lambda training, most: unpacked(training).first(most)


def drawn(draw: Callable[[int, int, int], Drawn], size: int) -> Reader:
    """A reader of images of generated.py, drawn once in a process; those held out have a seed of their own."""
    @lru_cache(maxsize=2)
    def read(training: bool, most: int) -> Images:
        pixels, labels, factors = draw(most, size, 0 if training else 1)
        return replace(images(pixels, labels), factors=torch.from_numpy(factors))
    return read


def scikit_digits(training: bool, most: int) -> Images:
    """scikit-learn's 1,797 digits of 8×8 pixels: the first 1,437 for training, the last 360 (other writers) held out."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    part = slice(None, 1437) if training else slice(1437, None)
    return images((digits.images[part] * 255 / 16).round().astype(np.uint8), digits.target[part]).first(most)


def fetched(archive: Archive) -> Reader:
    """A reader of what `fetch` has brought."""
    def read(training: bool, most: int) -> Images:
        try:
            found = archive.open(training, download=False)
        except RuntimeError:
            raise DataUnavailable(f"dataset: {archive.name} is not on this machine; train on it once with a network to fetch it.") from None
        return archive.take(found, most)
    return read


def by_train(training: bool) -> dict[str, Any]:
    return {"train": training}


def by_split(training: bool) -> dict[str, Any]:
    return {"split": "train" if training else "test"}


def by_letters(training: bool) -> dict[str, Any]:
    return {"split": "letters", "train": training}


def plain(found: Any, most: int) -> Images:
    """Bytes (N, H, W) or (N, H, W, C) and their targets, as most of torchvision's sets have them."""
    return images(np.asarray(found.data[:most]), np.asarray(found.targets[:most]))


def letters(found: Any, most: int) -> Images:
    """EMNIST's A to J: as many classes as the map has colors. Its files lie on their side and are partly sorted by letter."""
    targets = np.asarray(found.targets)
    kept = np.random.default_rng(0).permutation(np.flatnonzero(targets <= len(LETTERS)))[:most]
    return images(np.asarray(found.data)[kept].transpose(0, 2, 1), targets[kept] - 1)


def house_numbers(found: Any, most: int) -> Images:
    """SVHN, which has its channels first."""
    return images(found.data[:most].transpose(0, 2, 3, 1), found.labels[:most])


def faces(found: Any, most: int) -> Images:
    """CelebA in 64×64 pixels, labelled by the smile. Each is a file of its own; only those asked for are opened."""
    count = min(most, len(found))
    smiles = found.attr[:count, found.attr_names.index("Smiling")]
    return Images(torch.stack([_face(found[number][0]) for number in range(count)]), smiles.to(torch.int64))


def _face(picture: Any) -> Tensor:
    """The middle 148×148 of a PIL image of 178×218 pixels as (3, 64, 64) bytes."""
    from torchvision.transforms.v2 import functional

    return functional.resize(functional.center_crop(functional.pil_to_tensor(picture), [148, 148]), [64, 64], antialias=True)


def as_floats(pixels: Tensor) -> Tensor:
    """Bytes 0 … 255 as grey values in [0, 1]."""
    return pixels.float().div_(255)


def images(pixels: np.ndarray, labels: np.ndarray) -> Images:
    """Bytes of shape (N, H, W) or (N, H, W, C) and labels (N,) as tensors."""
    channels_last = pixels[..., None] if pixels.ndim == 3 else pixels
    return Images(torch.from_numpy(np.ascontiguousarray(channels_last.transpose(0, 3, 1, 2))),
                  torch.from_numpy(np.asarray(labels).astype(np.int64)))


FASHION = Archive("FashionMNIST", 30.9, by_train, plain)
KMNIST = Archive("KMNIST", 21.0, by_train, plain)
EMNIST = Archive("EMNIST", 561.8, by_letters, letters)
CIFAR10 = Archive("CIFAR10", 170.5, by_train, plain)
SVHN = Archive("SVHN", 246.3, by_split, house_numbers)
CELEBA = Archive("CelebA", 1_484.0, by_split, faces)

DATASETS: dict[str, Dataset] = {
    "mnist": Dataset("MNIST digits", (1, 28, 28), DIGITS, shipped("mnist"), 60_000, layout=Layout(20 / 28, by_mass=True)),
    "fashion": Dataset("Fashion-MNIST clothes", (1, 28, 28), CLOTHES, shipped("fashion"), 10_000, FASHION, layout=Layout(1.0)),
    "digits": Dataset("scikit-learn digits", (1, 8, 8), DIGITS, scikit_digits, 1_437, layout=Layout(1.0)),
    "shapes": Dataset("Shapes", (3, 32, 32), tuple(OUTLINES), drawn(shapes, 32), 20_000, None, 2_000, SHAPE_FACTORS, Layout(0.4)),
    "shapes64": Dataset("Shapes, 64 pixels", (3, 64, 64), tuple(OUTLINES), drawn(shapes, 64), 6_000, None, 1_000, SHAPE_FACTORS, Layout(0.4)),
    "pendulum": Dataset("Pendulum", (3, 32, 32), ("pendulum",), drawn(pendulum, 32), 10_000, None, 2_000, PENDULUM_FACTORS),
    "kmnist": Dataset("Kuzushiji-MNIST", (1, 28, 28), KANA, fetched(KMNIST), 0, KMNIST),
    "emnist": Dataset("EMNIST letters A to J", (1, 28, 28), LETTERS, fetched(EMNIST), 0, EMNIST, layout=Layout(24 / 28)),
    "cifar10": Dataset("CIFAR-10", (3, 32, 32), OBJECTS, fetched(CIFAR10), 0, CIFAR10),
    "svhn": Dataset("SVHN house numbers", (3, 32, 32), DIGITS, fetched(SVHN), 0, SVHN),
    "celeba": Dataset("CelebA faces", (3, 64, 64), ("not smiling", "smiling"), fetched(CELEBA), 0, CELEBA, 2_000),
}


def training_images(config: DatasetConfig) -> Images:
    """At most `train_size` images. More of a shipped part than ships is read from what `fetch` has brought."""
    source = DATASETS[config.dataset]
    if source.archive and config.train_size > source.at_hand:
        return fetched(source.archive)(True, config.train_size)
    return source.read(True, min(config.train_size, source.at_hand))


@lru_cache(maxsize=8)
def held_out_images(name: str) -> Images:
    """The images that no training sees: of `fashion` always the 2,000 that ship, so that runs can be compared."""
    return DATASETS[name].read(False, DATASETS[name].held_out)


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
        yield Fetch(config.dataset, _bytes_below(cache()) - before, round(source.archive.megabytes * 1e6))
        time.sleep(0.2)
    if failed:
        at_hand = f"; {source.at_hand:,} of its images need no network" if source.at_hand else ""
        raise DataUnavailable(f"dataset: {config.dataset} could not be fetched ({_reason(failed[0])}){at_hand}. "
                              f"Without a network use {_at_hand()}.")


def cache() -> Path:
    """Where fetched images are kept: $VAE_PLAYGROUND_CACHE, or a folder in the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_CACHE") or Path.home() / ".cache" / "vae-playground")


def _at_hand() -> str:
    """The sets that need no network, as the end of a sentence."""
    *others, last = [f"{name} (up to {source.at_hand:,} images)" if source.archive else name
                     for name, source in DATASETS.items() if source.at_hand]
    return f"{', '.join(others)} or {last}"


def _is_here(archive: Archive) -> bool:
    try:
        archive.open(True, download=False)
    except RuntimeError:
        return False
    return True


def _bring(archive: Archive, failed: list[Exception]) -> None:
    """Both parts, training images last: where they are, all is."""
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(20)
    try:
        for training in (False, True):
            archive.open(training, download=True)
    except Exception as error:  # whatever went wrong is told to the visitor by fetch
        failed.append(error)
    finally:
        socket.setdefaulttimeout(patience)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _reason(error: Exception) -> str:
    return "no connection" if isinstance(error, (OSError, RuntimeError)) else type(error).__name__
