from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from vae_core.config import ModelConfig, RunConfig
from vae_core.datasets.registry import DATASETS
from vae_core.rules import SettingError
from vae_core.runtime.resources import cores, max_workers
from vae_core.training.flops import check_operations, operations, operations_per_image, operations_per_jacobian
from vae_core.training.validation import check_together
from vae_core.training.variants import VARIANTS, build


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"kind": "cvae", "dataset": "pendulum"},
            "dataset: pendulum is not allowed; use one with several classes for the model cvae: mnist, fashion",
        ),
        ({"kind": "classifier", "dataset": "pendulum"}, "dataset: pendulum is not allowed"),
        ({"kind": "vade", "components": 100, "train_size": 100, "dataset": "digits"}, ""),
        (
            {"kind": "pca", "latent_dim": 65, "dataset": "digits"},
            "latent_dim: 65 is not allowed; use at most 64 for pca",
        ),
        (
            {"kind": "pca", "latent_dim": 101, "train_size": 100},
            "latent_dim: 101 is not allowed; use at most 100 for pca",
        ),
        ({"kind": "pca", "latent_dim": 64, "dataset": "digits"}, ""),
        (
            {"kind": "contractive", "latent_dim": 1024, "batch_size": 1024},
            "latent_dim: 1024 is not allowed; use at most 167 for contractive with batches of 1024",
        ),
        ({"kind": "contractive", "latent_dim": 16}, ""),
        ({"network": "conv", "hidden": "4,4,4,4,4"}, "hidden: 4,4,4,4,4 is not allowed; use at most 4 convolutions"),
        (
            {"network": "conv", "hidden": "4", "decoder": "inverse-lipschitz"},
            "decoder: inverse-lipschitz is not allowed; use mirror with the network conv",
        ),
    ],
)
def test_what_does_not_go_together_gets_a_sentence(settings: dict[str, object], sentence: str) -> None:
    config = RunConfig.from_flat(settings)
    if not sentence:
        check_together(config)
        return
    with pytest.raises(SettingError) as caught:
        check_together(config)
    assert sentence in str(caught.value)


def test_more_clusters_than_images_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], available=50))
    with pytest.raises(
        SettingError, match="components: 60 is not allowed; use at most 50, as many as there are training images"
    ):
        check_together(RunConfig.from_flat({"kind": "dec", "dataset": "digits", "components": 60}))


@pytest.mark.parametrize(
    ("limit", "share"), [("150000 100000", 2), ("50000 100000", 1), ("max 100000", None), ("odd", None)]
)
def test_a_container_has_the_cores_it_is_given(limit: str, share: int | None, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    machine = cores(tmp_path / "none")
    assert cores(tmp_path) == (machine if share is None else min(machine, share))
    assert max_workers() >= 1


@pytest.mark.parametrize(
    ("settings", "images", "multiplications"),
    [
        ({"kind": "ae", "hidden": "linear", "latent_dim": 3}, 10_000, 2 * 784 * 3),
        ({"kind": "vae", "hidden": "16", "latent_dim": 3}, 10_000, 784 * 16 + 16 * 6 + 3 * 16 + 16 * 784),
    ],
)
def test_work_is_counted_as_the_matrices_say(settings: dict, images: int, multiplications: int) -> None:
    config = RunConfig.from_flat(settings | {"epochs": 2})
    assert operations(config) == 3 * 2 * images * 2 * multiplications


@pytest.mark.parametrize(
    "settings",
    [*({"kind": kind} for kind in VARIANTS), {"network": "conv", "hidden": (4, 8)}, {"decoder": "inverse-lipschitz"}],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_operations_are_those_that_torch_counts(settings: dict) -> None:
    config = ModelConfig(**{"hidden": (16, 12), "latent_dim": 3} | settings)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        build(config, (1, 28, 28), classes=10).eval()(torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.int64))
    assert operations_per_image(config, (1, 28, 28), 10) == counter.get_total_flops() > 0


def test_a_jacobian_is_a_pass_of_the_encoder_and_one_back_for_each_dimension() -> None:
    config = ModelConfig(kind="contractive", hidden=(16, 12), latent_dim=3)
    assert operations_per_jacobian(config, (1, 28, 28), 0) == 2 * (784 * 16 + 16 * 12 + 12 * 3) * (1 + 3)


def test_a_penalty_on_derivatives_counts_as_work() -> None:
    """At 1,024 dimensions a step takes a second of a core."""
    settings = {"kind": "contractive", "latent_dim": 1024}
    with pytest.raises(SettingError, match="epochs: 500 is not allowed; use at most 5 "):
        check_operations([RunConfig.from_flat(settings | {"epochs": 500})])
    check_operations([RunConfig.from_flat(settings | {"epochs": 5})])
    check_operations([RunConfig.from_flat({"kind": "contractive", "epochs": 500})])
