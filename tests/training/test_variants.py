"""Every kind of model does everything: it is trained, measured, saved, loaded, sampled, mapped and sent to the page."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from tests.export.test_browser import agreement
from vae_core.analysis.latent_map import latent_map
from vae_core.config import RunConfig, settings
from vae_core.datasets.registry import held_out_images, training_images
from vae_core.evaluation.metrics import evaluate
from vae_core.kinds import KINDS
from vae_core.latent.codes import decode, encode, sample
from vae_core.runs.checkpoint import SHIPPED, build_untrained, load, save
from vae_core.runs.run import Run
from vae_core.training.trainer import Step, train
from vae_core.training.validation import check_together
from vae_core.training.variants import PRIOR_RATE_FACTOR, VARIANTS

PHASES = {
    "pca": ["fitting"],
    "dec": ["pretraining", "clustering"],
    "vade": ["pretraining", "training"],
    "classifier": ["pretraining", "fine-tuning"],
}


def trained(kind: str, **settings: object) -> tuple[Run, list[Step]]:
    """A short training on the small digits."""
    config = RunConfig.from_flat(
        {
            "dataset": "digits",
            "kind": kind,
            "hidden": "24,16",
            "latent_dim": 3,
            "epochs": 2,
            "pretrain_epochs": 1,
            "batch_size": 64,
        }
        | settings
    )
    check_together(config)
    model = build_untrained(config)
    steps = list(train(model, training_images(config.data), config.train, config.loss))
    return Run(kind, config, model.eval(), evaluate(model, held_out_images("digits"))), steps


@pytest.fixture(scope="module", params=VARIANTS)
def example(request: pytest.FixtureRequest) -> tuple[Run, list[Step]]:
    return trained(request.param)


def test_its_phases_come_in_order_and_count_through(example: tuple[Run, list[Step]]) -> None:
    run, steps = example
    assert list(dict.fromkeys(step.phase for step in steps)) == PHASES.get(run.name, ["training"])
    assert [step.step for step in steps] == list(range(1, steps[-1].steps + 1))
    assert all(math.isfinite(value) for step in steps for value in step.terms.values())


def test_what_it_minimises_is_the_sum_of_its_terms(example: tuple[Run, list[Step]]) -> None:
    run, steps = example
    terms = steps[-1].terms
    extra = sum(value for name, value in terms.items() if name not in ("reconstruction", "kl", "total", "loss"))
    kl = 0 if run.name in ("noisy", "capacity") else terms["kl"]
    assert terms["loss"] == pytest.approx(terms["reconstruction"] + kl + extra, rel=1e-4)


def test_it_is_saved_and_loaded_to_the_bit(example: tuple[Run, list[Step]], tmp_path: Path) -> None:
    run, _ = example
    save(run, tmp_path)
    again, images = load(tmp_path / run.name), held_out_images("digits")
    assert again.config == run.config
    assert evaluate(again.model, images) == run.metrics
    assert torch.equal(
        encode(again.model, images.pixels, images.labels).mean, encode(run.model, images.pixels, images.labels).mean
    )


def test_its_samples_are_images_and_the_same_seed_gives_the_same(example: tuple[Run, list[Step]]) -> None:
    model = example[0].model
    pictures = decode(model, *sample(model, 20, 3))
    assert pictures.shape == (20, 1, 8, 8)
    assert 0 <= pictures.min() <= pictures.max() <= 1
    assert torch.equal(pictures, decode(model, *sample(model, 20, 3)))
    assert not torch.equal(pictures, decode(model, *sample(model, 20, 4)))


def test_it_has_a_map_with_its_prior_and_a_decoder_for_the_page(example: tuple[Run, list[Step]]) -> None:
    map_data = latent_map(example[0])
    assert len(map_data.to_bytes()) > 360 * 9
    assert (map_data.prior is None) == (example[0].model.prior() is None)
    assert agreement(example[0].model, 50) < 2 / 255


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "ae", "density": "mixture"},
        {"kind": "sparse", "sparsity": "l1", "density": "gaussian"},
        {"kind": "ae", "layerwise_epochs": 1},
        {"kind": "cvae", "network": "conv", "hidden": "4,8"},
        {"kind": "vae", "decoder": "inverse-lipschitz"},
        {"kind": "vae", "likelihood": "gaussian-learned"},
        {"kind": "vae", "likelihood": "continuous-bernoulli"},
        {"kind": "vae", "mean_scale": 1, "contrast": 1, "free_bits": 0.1},
        {"kind": "vae", "beta_schedule": "cyclical"},
        {"kind": "vae", "beta_schedule": "automatic"},
        {"kind": "denoising", "corruption": "salt-and-pepper"},
        {"kind": "contractive", "network": "conv", "hidden": "4,8"},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_each_choice_is_trained_saved_and_sent_to_the_page(settings: dict[str, object], tmp_path: Path) -> None:
    run, steps = trained(**settings)
    save(run, tmp_path)
    assert load(tmp_path / run.name).metrics == run.metrics
    assert all(math.isfinite(value) for value in steps[-1].terms.values())
    assert agreement(run.model, 50) < 2 / 255


def test_the_table_is_the_menu() -> None:
    assert list(VARIANTS) == list(KINDS) == list(settings()["kind"].metadata["rule"].options)


@pytest.mark.parametrize(("pretrain_epochs", "rate"), [(0, 1.0), (3, PRIOR_RATE_FACTOR)])
def test_clusters_that_were_fitted_to_a_pretrained_code_move_slowly(pretrain_epochs: int, rate: float) -> None:
    config = RunConfig.from_flat(
        {"dataset": "digits", "kind": "vade", "hidden": "8", "pretrain_epochs": pretrain_epochs}
    )
    first, second = VARIANTS["vade"].plan(
        build_untrained(config), training_images(config.data), config.loss, config.train
    )
    assert (first.epochs, first.rate, second.rate) == (pretrain_epochs, 1.0, rate)


def test_the_shipped_vade_finds_digits_far_better_than_k_means_on_pixels() -> None:
    """Xie et al. (2016) report 53.5 % for k-means on MNIST's pixels."""
    run = load(SHIPPED / "mnist-vade-10d")
    result = evaluate(run.model, held_out_images("mnist"))
    assert result["clustering_accuracy"] > 0.8
    assert result["clustering_accuracy"] == pytest.approx(run.metrics["clustering_accuracy"])


def test_the_shipped_collapse_is_one() -> None:
    assert load(SHIPPED / "mnist-collapsed-16d").metrics["active_units"] <= 8
