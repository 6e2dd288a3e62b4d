from __future__ import annotations

import itertools

import pytest
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.datasets import Images
from vae_core.metrics import terms_of
from vae_core.models import Autoencoder
from vae_core.training import Diverged, Step, _batches, train
from vae_core.zoo import build

from .conftest import SHAPE

CONFIG = TrainConfig(epochs=4, batch_size=16)


def run(images: Images, look: bool = False) -> tuple[Autoencoder, list[Step]]:
    """A training; `look` measures the model between steps, as a spectator does."""
    model = build(ModelConfig(hidden=(16,), dropout=0.0), SHAPE, 7)
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
    seen = torch.cat([(255 * batch.x).flatten() for batch in _batches(numbered, 20, 4, torch.Generator().manual_seed(0))])
    assert len(seen.unique()) == 80


def test_a_term_that_is_not_finite_ends_the_run_with_the_last_good_weights(images: Images) -> None:
    model = build(ModelConfig(hidden=(16,)), SHAPE)
    steps = train(model, images, CONFIG)
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
