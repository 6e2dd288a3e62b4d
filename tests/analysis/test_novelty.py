from __future__ import annotations

import pytest
import torch

from vae_core.analysis.novelty import OUTLIER_PERCENTILE, Novelty, held_out_errors, measure_novelty
from vae_core.datasets.registry import held_out_images
from vae_core.evaluation.metrics import reconstruction_errors
from vae_core.runs.checkpoint import SHIPPED, load

DIGITS = ["mnist-vae-2d", "mnist-ae-2d", "mnist-vae-16d"]


@pytest.mark.parametrize("name", DIGITS)
def test_clothes_are_far_from_a_digit_model(name: str) -> None:
    run, clothes = load(SHIPPED / name), held_out_images("fashion").pixels
    places = (held_out_errors(run)[:, None] < reconstruction_errors(run.model, clothes)).double().mean(0)
    assert (places >= OUTLIER_PERCENTILE).double().mean() > 0.95
    assert measure_novelty(run, clothes[:1]).is_outlier


@pytest.mark.parametrize("name", DIGITS)
def test_a_held_out_digit_is_not_and_its_place_is_its_rank(name: str) -> None:
    run, digits = load(SHIPPED / name), held_out_images("mnist").pixels
    errors = held_out_errors(run)
    assert (
        torch.stack([(errors < error).double().mean() for error in errors]) >= OUTLIER_PERCENTILE
    ).double().mean().item() == pytest.approx(1 - OUTLIER_PERCENTILE)
    for index in range(5):
        measure = measure_novelty(run, digits[index : index + 1])
        assert not measure.is_outlier
        assert measure.percentile == pytest.approx(errors.argsort().argsort()[index].item() / len(errors), abs=2e-4)


def test_the_errors_of_a_run_are_measured_once() -> None:
    run = load(SHIPPED / "mnist-vae-2d")
    assert held_out_errors(run) is held_out_errors(run)


def test_what_is_worse_than_all_is_far_and_what_is_better_is_not() -> None:
    assert Novelty(1e4, 1.0).is_outlier
    assert Novelty(500.0, OUTLIER_PERCENTILE).is_outlier
    assert not Novelty(1.0, 0.0).is_outlier
