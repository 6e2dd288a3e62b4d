from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.conftest import SHAPE
from vae_core.config import LossConfig, ModelConfig, TrainConfig
from vae_core.datasets.registry import ImageSet
from vae_core.evaluation.metrics import measure_terms
from vae_core.models.autoencoder import Autoencoder, Batch
from vae_core.models.objectives import Objective, Terms, negative_elbo
from vae_core.rules import SettingError
from vae_core.runs.checkpoint import read_state, state_bytes
from vae_core.training.batches import Batches
from vae_core.training.phases import Phase
from vae_core.training.trainer import DivergenceError, Step, Training, train
from vae_core.training.variants import VARIANTS, build

CONFIG = TrainConfig(epochs=4, batch_size=16)


def run(images: ImageSet, look: bool = False) -> tuple[Autoencoder, list[Step]]:
    """A training; `look` measures the model between steps, as a monitor does."""
    model = build(
        ModelConfig(hidden=(16,), dropout=0.0, start="random"), SHAPE, 7
    )  # of noise there is no more to know than its mean
    steps = []
    for step in train(model, images, CONFIG):
        steps.append(step)
        if look:
            measure_terms(model, images)
            torch.rand(3)
    return model, steps


def test_the_same_seed_gives_the_same_run_to_the_bit_watched_or_not(images: ImageSet) -> None:
    (one, steps), (two, watched) = run(images), run(images, look=True)
    assert [step.terms for step in steps] == [step.terms for step in watched]
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))


def test_the_loss_goes_down_and_the_records_count_steps_and_epochs(images: ImageSet) -> None:
    _, steps = run(images)
    assert steps[-1].terms["loss"] < steps[0].terms["loss"]
    assert [step.step for step in steps] == list(range(1, 25))
    assert steps[-1].epoch == 4
    assert steps[-1].steps == 24
    assert steps[-1].seconds > steps[0].seconds > 0


def test_closing_the_generator_keeps_the_model_as_it_stands(images: ImageSet) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    steps = train(model, images, CONFIG)
    next(itertools.islice(steps, 5, None))
    before = [value.clone() for value in model.state_dict().values()]
    steps.close()
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))


def test_an_epoch_sees_no_image_twice(images: ImageSet) -> None:
    numbered = ImageSet(torch.arange(96, dtype=torch.uint8).reshape(96, 1, 1, 1), images.labels)
    batches = Batches(numbered, 20, seed=0)
    records = torch.cat([(255 * batch.x).flatten() for batch in batches.between(0, 4, torch.device("cpu"))])
    assert batches.per_epoch == 4
    assert len(records.unique()) == 80


@pytest.mark.parametrize(
    ("settings", "left", "epochs"),
    [
        ({}, 4, 4),
        ({}, 6, 4),
        ({}, 24, 8),
        ({"kind": "ae", "density": "gaussian"}, 25, 8),
        ({"kind": "dec", "components": 3}, 7, 4),
        ({"kind": "dec", "components": 3}, 14, 4),
    ],
)
def test_a_training_that_is_taken_up_goes_on_as_if_it_had_not_been_left(
    images: ImageSet, settings: dict, left: int, epochs: int
) -> None:
    def begun() -> Autoencoder:
        return build(ModelConfig(hidden=(16,), **settings), SHAPE, 7)

    config = TrainConfig(epochs=4, batch_size=16, pretrain_epochs=2)
    first = Training(model := begun(), images, config)
    list(itertools.islice(first, left))
    other = begun()
    other.load_state_dict(model.state_dict())
    steps = list(Training(other, images, replace(config, epochs=epochs), state=first.state()))
    assert [step.step for step in steps] == list(range(min(left, 24 if epochs == 8 else left) + 1, steps[-1].steps + 1))
    if epochs == 4:
        straight = list(train(whole := begun(), images, config))
        assert [step.terms for step in steps] == [step.terms for step in straight[left:]]
        assert all(
            torch.equal(a, b) for a, b in zip(other.state_dict().values(), whole.state_dict().values(), strict=True)
        )


def test_beta_and_learning_rate_change_between_two_steps(images: ImageSet) -> None:
    training = Training(model := build(ModelConfig(hidden=(16,)), SHAPE, 7), images, CONFIG)
    steps = iter(training)
    assert next(steps).beta == 1
    training.change(beta=3, learning_rate=1e-6)
    before = [value.clone() for value in model.parameters()]
    assert next(steps).beta == 3
    assert max((a - b).abs().max().item() for a, b in zip(before, model.parameters(), strict=True)) < 1e-5
    with pytest.raises(SettingError, match="beta: -1.* is not allowed"):
        training.change(beta=-1)


def test_a_term_that_is_not_finite_ends_the_run_with_the_last_good_weights(images: ImageSet) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    steps = iter(Training(model, images, CONFIG))
    good = {name: value.clone() for name, value in model.state_dict().items()}
    next(steps)
    with torch.no_grad():
        model.decoder[-2].weight.fill_(torch.nan)
    with pytest.raises(DivergenceError, match="step 2: reconstruction became nan") as caught:
        next(steps)
    assert caught.value.message.parts["term"] == "reconstruction"
    assert all(torch.equal(value, good[name]) for name, value in model.state_dict().items())


def spoilt(step: int, factor: float) -> Objective:
    """The negative ELBO, times `factor` from that step on and not a number three steps later."""
    count = itertools.count(1)

    def objective(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        terms, now = negative_elbo(model, batch, loss, generator), next(count)
        return replace(terms, loss=terms.loss * (1.0 if now < step else factor if now < step + 3 else torch.nan))

    return objective


def test_a_training_that_goes_on_after_it_has_diverged_moves_every_weight(images: ImageSet) -> None:
    model = build(ModelConfig(hidden=(16,), dropout=0.0), SHAPE)
    failed = Training(model, images, CONFIG, phases=[Phase("training", spoilt(8, 1e30), 4)])
    with pytest.raises(DivergenceError, match="step 11: loss became nan"):
        list(failed)
    state, before = (
        read_state(state_bytes(failed.state())),
        {name: value.clone() for name, value in model.named_parameters()},
    )
    assert state.taken == (11,)
    assert not state.moments
    list(Training(model, images, CONFIG, state=state))
    assert not any(torch.equal(value, before[name]) for name, value in model.named_parameters())


def test_a_last_step_that_breaks_the_weights_is_taken_back(images: ImageSet) -> None:
    def steep(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        terms = negative_elbo(model, batch, loss, generator)
        return replace(terms, loss=terms.loss + (0 * model.decoder[0].weight.sum()).sqrt())

    model = build(ModelConfig(hidden=(16,)), SHAPE)
    training = Training(
        model, images.first(16), TrainConfig(epochs=1, batch_size=16), phases=[Phase("training", steep, 1)]
    )
    with pytest.raises(DivergenceError, match="step 1: a weight became nan"):
        list(training)
    assert all(value.isfinite().all() for value in model.state_dict().values())
    assert not training.state().moments


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("vade", torch.full((96, 2), torch.nan)),
        ("dec", torch.full((96, 2), torch.inf)),
        ("vade", 1e15 * torch.arange(96.0)[:, None].expand(96, 2)),
    ],
)
def test_codes_that_nothing_can_be_fitted_to_end_the_run_with_weights_as_they_were(
    images: ImageSet, kind: str, codes: Tensor
) -> None:
    model = build(ModelConfig(kind=kind, hidden=(16,), components=3), SHAPE)
    *phases, last = VARIANTS[kind].plan(model, images, LossConfig(), CONFIG)
    fit = (lambda: model.fit_prior(codes, 0)) if kind == "vade" else (lambda: model.fit_centers(codes, 0))
    training = Training(model, images, CONFIG, phases=[*phases, replace(last, before=fit)])
    steps = iter(training)
    pretraining = [next(steps) for _ in range(training.length(phases[0]))]
    good = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(DivergenceError, match=f"step {len(pretraining)}: a fit to the codes became impossible"):
        next(steps)
    assert all(torch.equal(value, good[name]) for name, value in model.state_dict().items())


def test_a_setting_that_does_not_fit_is_told_as_one(images: ImageSet) -> None:
    model = build(ModelConfig(kind="dec", hidden=(16,), components=50), SHAPE)
    with pytest.raises(SettingError, match="clusters: 50"):
        list(Training(model, images.first(20), replace(CONFIG, pretrain_epochs=0)))


def test_fewer_images_than_a_batch_are_one_batch(images: ImageSet) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    assert [step.step for step in train(model, images.first(5), TrainConfig(epochs=3, batch_size=64))] == [1, 2, 3]
