from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from sklearn.datasets import load_digits

from vae_core.config import DatasetConfig
from vae_core.datasets import registry
from vae_core.datasets.data.pack import PREFIX, SIZES, read_idx
from vae_core.datasets.downloads import CELEBA, Archive, faces
from vae_core.datasets.registry import (
    DATASETS,
    SHIPPED,
    DataUnavailableError,
    downloaded_reader,
    fetch,
    held_out_images,
    training_images,
)

FETCHED = ["kmnist", "emnist", "cifar10", "svhn", "celeba"]
SOURCES = {"mnist": "mnist", "fashion": "fashion-mnist"}


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("mnist", (60_000, 10_000)),
        ("fashion", (10_000, 2_000)),
        ("digits", (1_437, 360)),
        ("shapes", (20_000, 2_000)),
        ("shapes64", (6_000, 1_000)),
        ("pendulum", (10_000, 2_000)),
    ],
)
def test_what_is_at_hand_has_its_size_its_shape_and_its_classes(name: str, sizes: tuple[int, int]) -> None:
    train, test = training_images(DatasetConfig(name, 10_000 if name == "fashion" else 60_000)), held_out_images(name)
    assert (len(train), len(test)) == sizes
    for part in (train, test):
        assert part.pixels.dtype == torch.uint8
        assert part.pixels.shape[1:] == DATASETS[name].shape
        assert part.labels.unique().tolist() == list(range(len(DATASETS[name].classes)))
        assert part.pixels.max() == 255
        assert part.pixels.min() == 0


def test_train_size_is_the_number_of_images() -> None:
    assert len(training_images(DatasetConfig("mnist", 123))) == 123


@pytest.mark.parametrize("name", [*SIZES, "digits"])
def test_what_ships_is_small_and_has_its_licence_beside_it(name: str) -> None:
    assert all(path.stat().st_size <= 10_000_000 for path in (SHIPPED / name).iterdir())
    assert "Source:" in (SHIPPED / name / "LICENCE.md").read_text()
    assert "Licence:" in (SHIPPED / name / "LICENCE.md").read_text()


@pytest.mark.parametrize("name", SIZES)
def test_what_ships_is_the_authors_own_to_the_byte(name: str) -> None:
    source = Path(__file__).parents[3] / "shared" / "data" / SOURCES[name]
    if not source.exists():
        pytest.skip("the authors' files are not beside the project")
    for part, size in SIZES[name].items():
        shipped_part = DATASETS[name].read(part == "train", size)
        assert torch.equal(
            shipped_part.pixels[:, 0],
            torch.from_numpy(read_idx(source / f"{PREFIX[part]}-images-idx3-ubyte.gz")[:size].copy()),
        )
        assert shipped_part.labels.tolist() == read_idx(source / f"{PREFIX[part]}-labels-idx1-ubyte.gz")[:size].tolist()


@pytest.mark.parametrize("config", [*(DatasetConfig(name) for name in FETCHED), DatasetConfig("fashion", 10_001)])
def test_without_a_network_a_sentence_says_what_is_at_hand(
    config: DatasetConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(registry, "download", failing(OSError("Name or service not known")))
    others = "use mnist, fashion .up to 10,000 images., digits, .*or pendulum[.]$"
    with pytest.raises(
        DataUnavailableError, match=f"{config.dataset} could not be downloaded .no connection.*{others}"
    ):
        list(fetch(config))


@pytest.mark.parametrize("name", FETCHED)
def test_what_was_never_fetched_is_a_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    with pytest.raises(DataUnavailableError, match="is not on this machine"):
        training_images(DatasetConfig(name))


def test_what_is_at_hand_fetches_nothing() -> None:
    for config in (
        DatasetConfig("mnist", 60_000),
        DatasetConfig("fashion", 10_000),
        DatasetConfig("digits", 60_000),
        DatasetConfig("shapes64", 60_000),
    ):
        assert list(fetch(config)) == []


BRIGHT_CORNER = np.pad(
    np.full((2, 4), 200, np.uint8), ((0, 26), (0, 24))
)  # 28×28, two rows of four pixels in the upper left


class Torchvision:
    """Stand-ins for torchvision's data sets with twenty images each; they record the requested parts."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def EMNIST(self, root: Path, download: bool, split: str, train: bool) -> SimpleNamespace:
        self.asked.append({"split": split, "train": train, "download": download})
        targets = torch.arange(1, 21)
        return SimpleNamespace(
            data=torch.from_numpy(BRIGHT_CORNER.T.copy())[None] + targets[:, None, None].byte(), targets=targets
        )

    def CIFAR10(self, root: Path, download: bool, train: bool) -> SimpleNamespace:
        self.asked.append({"train": train, "download": download})
        return SimpleNamespace(data=np.tile(color_corner(32, 32), (20, 1, 1, 1)), targets=list(range(10)) * 2)

    def SVHN(self, root: Path, download: bool, split: str) -> SimpleNamespace:
        self.asked.append({"split": split, "download": download})
        return SimpleNamespace(
            data=np.tile(color_corner(32, 32), (20, 1, 1, 1)).transpose(0, 3, 1, 2), labels=np.arange(20) % 10
        )

    def CelebA(self, root: Path, download: bool, split: str) -> Faces:
        self.asked.append({"split": split, "download": download})
        return Faces()


class Faces:
    """Twenty faces of 178×218 pixels, red above and blue below, every second one smiling; counts opened files."""

    def __init__(self) -> None:
        self.attr_names, self.opened = ["Bald", "Smiling", "Young", ""], 0
        self.attr = torch.stack(
            [torch.zeros(20, dtype=torch.int64), torch.arange(20) % 2, torch.ones(20, dtype=torch.int64)], 1
        )

    def __len__(self) -> int:
        return 20

    def __getitem__(self, number: int) -> tuple[Any, torch.Tensor]:
        self.opened += 1
        picture = np.zeros((218, 178, 3), np.uint8)
        picture[:109, :, 0], picture[109:, :, 2], picture[:, :10] = 255, 255, 128
        return Image.fromarray(picture), self.attr[number]


def color_corner(height: int, width: int) -> np.ndarray:
    """(height, width, 3): red in two rows of four pixels in the upper left, blue elsewhere."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 2], picture[:2, :4] = 100, (250, 0, 0)
    return picture


@pytest.fixture
def vision(monkeypatch: pytest.MonkeyPatch) -> Torchvision:
    stand_in = Torchvision()
    for name in ("EMNIST", "CIFAR10", "SVHN", "CelebA"):
        monkeypatch.setattr(torchvision.datasets, name, getattr(stand_in, name))
    return stand_in


@pytest.mark.parametrize("name", ["cifar10", "svhn"])
def test_fetched_colors_stand_upright_with_channels_first(name: str, vision: Torchvision) -> None:
    image_set = training_images(DatasetConfig(name))
    assert image_set.pixels.shape == (20, 3, 32, 32)
    assert image_set.pixels.is_contiguous()
    assert image_set.labels.tolist() == list(range(10)) * 2
    assert torch.equal(image_set.pixels[3], torch.from_numpy(color_corner(32, 32)).permute(2, 0, 1))
    assert len(downloaded_reader(DATASETS[name].archive)(True, 7)) == 7


def test_letters_stand_upright_keep_their_labels_and_end_at_j(vision: Torchvision) -> None:
    image_set = training_images(DatasetConfig("emnist"))
    assert image_set.pixels.shape == (10, 1, 28, 28)
    assert sorted(image_set.labels.tolist()) == list(range(10)) != image_set.labels.tolist()
    for image, label in zip(image_set.pixels[:, 0], image_set.labels, strict=True):
        assert torch.equal(image, torch.from_numpy(BRIGHT_CORNER) + label.byte() + 1)


def test_faces_are_cut_out_made_small_and_opened_only_when_asked_for(vision: Torchvision) -> None:
    all_faces = Faces()
    image_set = faces(all_faces, 6)
    assert image_set.pixels.shape == (6, 3, 64, 64)
    assert image_set.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert all_faces.opened == 6
    assert image_set.pixels.dtype == torch.uint8
    assert image_set.pixels[:, 0, :30].min() == 255
    assert image_set.pixels[:, 2, 34:].min() == 255
    assert image_set.pixels[:, 1].max() == 0, "the margin of ten pixels is cut off"
    assert len(training_images(DatasetConfig("celeba"))) == 20


@pytest.mark.parametrize(
    ("name", "held_out"),
    [
        ("emnist", {"split": "letters", "train": False}),
        ("svhn", {"split": "test"}),
        ("celeba", {"split": "test"}),
        ("cifar10", {"train": False}),
    ],
)
def test_both_parts_are_brought_and_the_right_one_is_held_out(
    name: str, held_out: dict[str, Any], vision: Torchvision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(Archive, "is_here", lambda archive: False)
    list(fetch(DatasetConfig(name)))
    assert [part["download"] for part in vision.asked] == [True, True]
    assert vision.asked[0] == held_out | {"download": True}
    assert vision.asked[1] != vision.asked[0]
    DATASETS[name].read(False, 5)
    assert vision.asked[2] == held_out | {"download": False}


def failing(error: Exception) -> Callable[[Archive], None]:
    def download(archive: Archive) -> None:
        raise error

    return download


class Slow:
    """KMNIST with parts of one byte, written slowly; `most` counts simultaneous writers."""

    writing, most, fetched, lock = 0, 0, 0, threading.Lock()

    def __init__(self, root: Path, download: bool, train: bool) -> None:
        self.data, self.targets = torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1)
        path = root / "KMNIST" / "raw" / f"{'train' if train else 'test'}-images-idx3-ubyte"
        if download and not path.exists():
            self.fetch(path)
        if path.read_bytes() != b"whole":  # FileNotFoundError is one of those that it may raise
            raise ValueError("cut off")

    def fetch(self, path: Path) -> None:
        with Slow.lock:
            Slow.writing, Slow.fetched = Slow.writing + 1, Slow.fetched + 1
            Slow.most = max(Slow.most, Slow.writing)
        path.parent.mkdir(parents=True, exist_ok=True)
        for part in (b"who", b"le"):
            with path.open("ab") as file:
                file.write(part)
            time.sleep(0.3)
        with Slow.lock:
            Slow.writing -= 1


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(torchvision.datasets, "KMNIST", Slow)
    for name in ("writing", "most", "fetched"):
        monkeypatch.setattr(Slow, name, 0)
    return Slow


def test_of_several_who_fetch_at_once_one_does_and_all_are_told_how_far(slow: type[Slow]) -> None:
    progress_lists: list[list[int]] = []
    students = [
        threading.Thread(
            target=lambda: progress_lists.append([progress.done for progress in fetch(DatasetConfig("kmnist"))]),
            daemon=True,
        )
        for _ in range(5)
    ]
    for student in students:
        student.start()
    for student in students:
        student.join(20)
    assert (slow.most, slow.fetched) == (1, 2)
    assert len(progress_lists) == 5
    assert all(done == sorted(done) for done in progress_lists), "no bar goes back"
    assert max(map(max, filter(None, progress_lists))) > 0
    assert len(training_images(DatasetConfig("kmnist"))) == 1


def test_what_is_cut_off_is_fetched_anew_and_kills_nobody(slow: type[Slow], tmp_path: Path) -> None:
    raw = tmp_path / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"wh")
    (raw / "train-images-idx3-ubyte.gz").write_bytes(b"packed")
    with pytest.raises(DataUnavailableError, match="KMNIST is not on this machine"):
        training_images(DatasetConfig("kmnist"))
    list(fetch(DatasetConfig("kmnist")))
    assert len(training_images(DatasetConfig("kmnist"))) == 1
    assert (raw / "train-images-idx3-ubyte.gz").exists()


def test_a_folder_that_was_unpacked_in_part_is_unpacked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """torchvision looks only whether CelebA's folder is there; the fetching is broken off after its first image."""
    folder, names = tmp_path / "celeba" / "img_align_celeba", ["000001.jpg", "000002.jpg"]

    def unpack(root: Path, download: bool, split: str) -> Faces:
        for name in names if download and not folder.exists() else []:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"face")
            if len(broken) == 0:
                broken.append(name)
                raise OSError("no space left on device")
        if not folder.exists():
            raise RuntimeError("not found")
        return Faces()

    broken: list[str] = []
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(torchvision.datasets, "CelebA", unpack)
    with pytest.raises(DataUnavailableError, match="celeba could not be downloaded"):
        list(fetch(DatasetConfig("celeba")))
    assert not CELEBA.is_here()
    assert [path.name for path in folder.iterdir()] == names[:1]
    list(fetch(DatasetConfig("celeba")))
    assert CELEBA.is_here()
    assert sorted(path.name for path in folder.iterdir()) == names
    assert not CELEBA.unfinished.exists()


def test_the_bar_follows_the_archives_own_files(slow: type[Slow], tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "other.run").write_bytes(bytes(1000))
    assert max(progress.done for progress in fetch(DatasetConfig("kmnist"))) <= 10


def test_the_digits_are_scikit_learns() -> None:
    digits = load_digits()
    bytes_ = (digits.images * 255 / 16).round().astype(np.uint8)
    image_set = [training_images(DatasetConfig("digits", 1_437)), held_out_images("digits")]
    assert np.array_equal(np.concatenate([part.pixels[:, 0].numpy() for part in image_set]), bytes_)
    assert np.array_equal(np.concatenate([part.labels.numpy() for part in image_set]), digits.target)
