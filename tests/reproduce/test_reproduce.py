"""Published tables at toy size: they run to the end, and their parts are correct."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from vae_core.config import DatasetConfig, LossConfig, TrainConfig
from vae_core.datasets.registry import DATASETS, ImageSet, held_out_images, training_images
from vae_core.evaluation.metrics import evaluate, measure_terms
from vae_core.models.autoencoder import Autoencoder, Batch
from vae_core.models.objectives import Objective, Terms, negative_elbo
from vae_core.reproduce import burda2016, digit_features, ghosh2020
from vae_core.reproduce.result import Row
from vae_core.training.phases import Phase
from vae_core.training.trainer import Step, Training
from vae_core.training.variants import build


def ends(records: Iterator[Step | Row]) -> tuple[list[Step], list[Row]]:
    """Return the steps and rows of an experiment; its rows come last."""
    values = list(records)
    steps = [record for record in values if isinstance(record, Step)]
    assert all(isinstance(record, Row) for record in values[len(steps) :])
    return steps, values[len(steps) :]


def test_the_likelihood_of_burda_2016_at_toy_size() -> None:
    steps, rows = ends(burda2016.reproduce(train_size=300, test_size=110, epochs=1, samples=20))
    assert [(step.phase, step.step, step.steps) for step in steps] == [
        ("training", 1, 1),
        ("estimating", 1, 2),
        ("estimating", 2, 2),
    ]
    assert [(row.what, row.paper, row.unit) for row in rows] == [("test negative log-likelihood", 86.76, "nats")]
    assert rows[0].ours == pytest.approx(steps[-1].terms["total"])
    assert 86 < rows[0].ours < 784 * 0.7


def test_the_densities_of_ghosh_2020_at_toy_size() -> None:
    steps, rows = ends(ghosh2020.reproduce(train_size=300, test_size=100, epochs=1, naming_epochs=1))
    assert {step.phase for step in steps} == {"a classifier", "training"}
    assert [step.step for step in steps] == [
        1,
        2,
    ] * 3
    assert [row.what for row in rows] == list(ghosh2020.ORDER)
    assert [row.paper for row in rows] == [1, 2, 3, 4, 5]
    assert sorted(row.ours for row in rows) == [1, 2, 3, 4, 5]


def test_the_least_distance_has_the_first_rank() -> None:
    rows = list(ghosh2020.ranked(dict(zip(ghosh2020.ORDER, (5.0, 2.0, 7.0, 6.0, 9.0), strict=True))))
    assert [row.ours for row in rows] == [2, 1, 4, 3, 5]
    assert "2.00" in rows[1].unit


def test_pixels_are_drawn_black_or_white_with_the_grey_as_their_mean() -> None:
    grey = torch.tensor([0.0, 0.2, 0.7, 1.0]).repeat(20_000, 1)
    drawn = burda2016.black_and_white(grey, torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert drawn.mean(0).tolist() == pytest.approx([0, 0.2, 0.7, 1], abs=0.01)


def test_each_look_at_an_image_draws_it_anew(vae: Autoencoder) -> None:
    seen = []

    def looking(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        seen.append(batch.x)
        return Terms(batch.x.flatten(1).sum(1), batch.x.new_zeros(len(batch.x), 0), batch.x.flatten(1).sum(1))

    objective, batch, generator = (
        burda2016.binarised(looking),
        Batch(torch.full((4, 1, 8, 8), 0.5), torch.zeros(4)),
        torch.Generator().manual_seed(0),
    )
    objective(vae, batch, LossConfig(), generator), objective(vae, batch, LossConfig(), generator)
    assert not torch.equal(*seen)
    assert set(torch.cat(seen).unique().tolist()) == {0.0, 1.0}


def test_the_gradient_through_the_path_has_the_mean_of_the_elbos(vae: Autoencoder) -> None:
    batch = Batch(
        torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0)).expand(100_000, -1, -1, -1),
        torch.zeros(100_000),
    )

    def mean_and_gradient(objective: Objective) -> tuple[float, torch.Tensor]:
        loss = objective(vae, batch, LossConfig(), torch.Generator().manual_seed(0)).loss.mean()
        return loss.item(), torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(vae.parameters()))])

    (through, gradient), (elbo, expected) = (
        mean_and_gradient(burda2016.through_the_path),
        mean_and_gradient(negative_elbo),
    )
    assert through == pytest.approx(elbo, rel=1e-3)
    assert (gradient - expected).norm() < 0.02 * expected.norm()


def test_the_decoder_begins_with_the_mean_image() -> None:
    images = training_images(DatasetConfig("mnist", 500))
    model = build(burda2016.NETWORK, DATASETS["mnist"].shape)
    burda2016.initialize(model, images)
    with torch.no_grad():
        middle = model.decode(torch.zeros(1, 50)).mean
    assert torch.allclose(middle, (images.pixels / 255).mean(0, keepdim=True), atol=2e-3)


def test_the_estimate_is_below_the_negative_elbo() -> None:
    model, test = build(burda2016.NETWORK, DATASETS["mnist"].shape), held_out_images("mnist").first(40)
    bound = measure_terms(model, test).means()["total"]
    *_, last = burda2016.estimate(model, test.pixels, 50)
    assert last.terms["total"] < bound


def test_a_few_digits_make_a_classifier_with_features_of_64_numbers() -> None:
    images, test = training_images(DatasetConfig("mnist", 1_000)), held_out_images("mnist").first(300)
    judge = digit_features.untrained()
    assert {step.phase for step in digit_features.learn(judge, images, 5)} == {"a classifier"}
    assert digit_features.features(judge, test.pixels).shape == (300, 64)
    assert evaluate(judge, test)["accuracy"] > 0.8


def test_an_experiment_brings_phases_of_its_own(images: ImageSet, vae: Autoencoder) -> None:
    phase = Phase("mine", burda2016.binarised(negative_elbo), 2)
    steps = list(Training(vae, images, TrainConfig(epochs=9, batch_size=48), phases=[phase]))
    assert [(step.phase, step.step, step.steps) for step in steps] == [("mine", k, 4) for k in (1, 2, 3, 4)]
