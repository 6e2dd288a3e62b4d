from __future__ import annotations

from pathlib import Path

import pytest
import torch

from vae_core.config import RunConfig
from vae_core.datasets.images import ImageSet, as_floats
from vae_core.datasets.registry import training_images
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import build_untrained, load, save
from vae_core.runs.run import Run
from vae_core.training.initialization import mean_image
from vae_core.training.trainer import Training, train

SMALL = {"dataset": "digits", "train_size": 1200, "hidden": "24,16", "epochs": 1, "batch_size": 64, "latent_dim": 3}


def begun(**settings: object) -> tuple[Autoencoder, ImageSet, Autoencoder]:
    """A model at the start of a training, its images, and a copy with its initial random weights."""
    config = RunConfig.from_flat(SMALL | settings)
    model, images = build_untrained(config), training_images(config.data)
    Training(model, images, config.train, config.loss)
    return model.eval(), images, build_untrained(config)


def test_the_mean_image_is_that_of_all_images() -> None:
    images = begun()[1]
    torch.testing.assert_close(mean_image(images), as_floats(images.pixels).double().mean(0).float())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kind": "ae", "hidden": "linear"},
        {"kind": "cvae"},
        {"kind": "dec"},
        {"likelihood": "gaussian"},
        {"likelihood": "gaussian-learned", "kind": "sparse"},
    ],
    ids=str,
)
def test_every_code_is_decoded_to_the_mean_image_at_first(settings: dict[str, object]) -> None:
    model, images, _ = begun(**settings)
    z, y = 3 * torch.randn(5, 3), torch.arange(5)
    low, high = (1 / 255, 254 / 255) if model.config.likelihood == "bernoulli" else (0, 1)
    expected = mean_image(images).clamp(low, high).expand(5, -1, -1, -1)
    torch.testing.assert_close(model.decode(z, y).mean, expected)


@pytest.mark.parametrize(
    "settings",
    [
        {"start": "random"},
        {"network": "conv", "hidden": "4,8"},
        {"likelihood": "continuous-bernoulli"},
        {"decoder": "inverse-lipschitz"},
    ],
    ids=str,
)
def test_another_decoder_begins_as_it_was_drawn(settings: dict[str, object]) -> None:
    model, _, drawn = begun(**settings)
    for name, value in drawn.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_what_has_been_trained_is_not_begun_again(tmp_path: Path) -> None:
    """Training a trained or loaded model again continues from its weights."""
    config = RunConfig.from_flat(SMALL)
    model, images = build_untrained(config), training_images(config.data)
    list(train(model, images, config.train, config.loss))
    save(Run("kept", config, model, {}), tmp_path)
    for instance in (model, load(tmp_path / "kept").model):
        learned = instance.decoder[-2].weight.clone()
        Training(instance, images, config.train, config.loss)
        assert learned.any()
        assert torch.equal(instance.decoder[-2].weight, learned)
