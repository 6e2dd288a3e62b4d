from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vae_core import datasets
from vae_core.config import DatasetConfig
from vae_core.data.pack import PREFIX, SIZES, read_idx
from vae_core.datasets import DATASETS, SHIPPED, DataUnavailable, fetch, held_out_images, training_images

SOURCES = {"mnist": "mnist", "fashion": "fashion-mnist"}


@pytest.mark.parametrize("name, sizes", [("mnist", (60_000, 10_000)), ("fashion", (10_000, 2_000)), ("digits", (1_437, 360))])
def test_what_is_at_hand_has_its_size_its_shape_and_its_classes(name: str, sizes: tuple[int, int]) -> None:
    train, test = training_images(DatasetConfig(name, min(60_000, sizes[0]))), held_out_images(name)
    assert (len(train), len(test)) == sizes
    for part in (train, test):
        assert part.pixels.dtype == torch.uint8 and part.pixels.shape[1:] == DATASETS[name].shape
        assert part.labels.unique().tolist() == list(range(len(DATASETS[name].classes)))
        assert part.pixels.max() == 255 and part.pixels.min() == 0


def test_train_size_is_the_number_of_images() -> None:
    assert len(training_images(DatasetConfig("mnist", 123))) == 123


@pytest.mark.parametrize("name", SIZES)
def test_what_ships_is_small_and_has_its_licence_beside_it(name: str) -> None:
    assert all(path.stat().st_size <= 10_000_000 for path in (SHIPPED / name).iterdir())
    assert "Source:" in (SHIPPED / name / "LICENCE.md").read_text() and "Licence:" in (SHIPPED / name / "LICENCE.md").read_text()


@pytest.mark.parametrize("name", SIZES)
def test_what_ships_is_the_authors_own_to_the_byte(name: str) -> None:
    source = Path(__file__).parents[2] / "shared" / "data" / SOURCES[name]
    if not source.exists():
        pytest.skip("the authors' files are not beside the project")
    for part, size in SIZES[name].items():
        kept = DATASETS[name].read(part == "train")
        assert torch.equal(kept.pixels[:, 0], torch.from_numpy(read_idx(source / f"{PREFIX[part]}-images-idx3-ubyte.gz")[:size].copy()))
        assert kept.labels.tolist() == read_idx(source / f"{PREFIX[part]}-labels-idx1-ubyte.gz")[:size].tolist()


@pytest.mark.parametrize("config", [DatasetConfig("kmnist"), DatasetConfig("cifar10"), DatasetConfig("fashion", 10_001)])
def test_without_a_network_a_sentence_says_what_is_at_hand(config: DatasetConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(datasets, "_bring", lambda archive, failed: failed.append(OSError("Name or service not known")))
    with pytest.raises(DataUnavailable, match=f"{config.dataset} could not be fetched .no connection.*use mnist"):
        list(fetch(config))


def test_what_is_at_hand_fetches_nothing() -> None:
    for config in (DatasetConfig("mnist", 60_000), DatasetConfig("fashion", 10_000), DatasetConfig("digits", 60_000)):
        assert list(fetch(config)) == []
