from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

from vae_core.config import ModelConfig, SettingError, TrainConfig
from vae_core.datasets import Images
from vae_core.metrics import terms_of
from vae_core.models import Autoencoder
from vae_core.training import Diverged, Step, Training, train
from vae_core.zoo import build

from .conftest import SHAPE

CONFIG = TrainConfig(epochs=4, batch_size=16)


def run(images: Images, look: bool = False) -> tuple[Autoencoder, list[Step]]:
    """A training; `look` measures the model between steps, as a spectator does."""
    model = build(ModelConfig(hidden=(16,), dropout=0.0, start="random"), SHAPE, 7)  # of noise there is no more to know than its mean
    steps = []
    for step in train(model, images, CONFIG):
        steps.append(step)
        if look:
            terms_of(model, images)
            torch.rand(3)
    return model, steps


def test_the_same_seed_gives_the_same_run_to_the_bit_watched_or_not(images: Images) -> None:
    (one, steps), (two, watched) = run(images), run(images, look=True)
    assert [step.terms for step in steps] == [step.terms for step in watched]
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values()))


def test_the_loss_goes_down_and_the_records_count_steps_and_epochs(images: Images) -> None:
    _, steps = run(images)
    assert steps[-1].terms["loss"] < steps[0].terms["loss"]
    assert [step.step for step in steps] == list(range(1, 25)) and steps[-1].epoch == 4
    assert steps[-1].steps == 24 and steps[-1].seconds > steps[0].seconds > 0


def test_closing_the_generator_keeps_the_model_as_it_stands(images: Images) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    steps = train(model, images, CONFIG)
    next(itertools.islice(steps, 5, None))
    before = [value.clone() for value in model.state_dict().values()]
    steps.close()
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values()))


def test_an_epoch_sees_no_image_twice(images: Images) -> None:
    numbered = Images(torch.arange(96, dtype=torch.uint8).reshape(96, 1, 1, 1), images.labels)
    training = Training(build(ModelConfig(hidden=(16,)), (1, 1, 1)), numbered, TrainConfig(batch_size=20))
    seen = torch.cat([(255 * batch.x).flatten() for batch in training._batches(0, 4)])
    assert len(seen.unique()) == 80


@pytest.mark.parametrize("settings, left, epochs", [
    ({}, 4, 4), ({}, 6, 4), ({}, 24, 8), ({"kind": "ae", "density": "gaussian"}, 25, 8), ({"kind": "dec", "components": 3}, 7, 4),
    ({"kind": "dec", "components": 3}, 14, 4)])
def test_a_training_that_is_taken_up_goes_on_as_if_it_had_not_been_left(images: Images, settings: dict, left: int, epochs: int) -> None:
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
        assert all(torch.equal(a, b) for a, b in zip(other.state_dict().values(), whole.state_dict().values()))


def test_beta_and_learning_rate_change_between_two_steps(images: Images) -> None:
    training = Training(model := build(ModelConfig(hidden=(16,)), SHAPE, 7), images, CONFIG)
    steps = iter(training)
    assert next(steps).beta == 1
    training.change(beta=3, learning_rate=1e-6)
    before = [value.clone() for value in model.parameters()]
    assert next(steps).beta == 3
    assert max((a - b).abs().max().item() for a, b in zip(before, model.parameters())) < 1e-5
    with pytest.raises(SettingError, match="beta: -1.* is not allowed"):
        training.change(beta=-1)


def test_a_term_that_is_not_finite_ends_the_run_with_the_last_good_weights(images: Images) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    steps = iter(Training(model, images, CONFIG))
    good = {name: value.clone() for name, value in model.state_dict().items()}
    next(steps)
    with torch.no_grad():
        model.decoder[-2].weight.fill_(torch.nan)
    with pytest.raises(Diverged, match="step 2: reconstruction became nan") as caught:
        next(steps)
    assert caught.value.term == "reconstruction"
    assert all(torch.equal(value, good[name]) for name, value in model.state_dict().items())


def test_fewer_images_than_a_batch_are_one_batch(images: Images) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    assert [step.step for step in train(model, images.first(5), TrainConfig(epochs=3, batch_size=64))] == [1, 2, 3]
