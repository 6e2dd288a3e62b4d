from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from tests.support.trained_models import floats, held_out, trained
from vae_core.config import DatasetConfig
from vae_core.datasets.registry import as_floats, training_images
from vae_core.latent.codes import decode, sample
from vae_core.models.autoencoder import Autoencoder


@pytest.fixture(scope="module")
def model() -> Autoencoder:
    return trained(kind="cvae", latent_dim=8, hidden="128,64", epochs=25)


@pytest.fixture(scope="module")
def reader() -> LogisticRegression:
    """Reads digits: trained on the training images, right on 91 % of those held out (other writers)."""
    images = training_images(DatasetConfig("digits"))
    return LogisticRegression(max_iter=2000).fit(as_floats(images.pixels).flatten(1).numpy(), images.labels.numpy())


def test_a_classifier_reads_the_class_that_was_asked_for(model: Autoencoder, reader: LogisticRegression) -> None:
    z, labels = sample(model, 500, seed=0)
    read = reader.predict(decode(model, z, labels).flatten(1).numpy())
    assert (read == labels.numpy()).mean() >= 0.95


def test_the_same_style_in_another_class_is_read_as_that_class(model: Autoencoder, reader: LogisticRegression) -> None:
    """x, y → z, and z is decoded with y + 1: transfer of style."""
    images, other = held_out(), (held_out().labels + 1) % 10
    z = model.embed(floats(), images.labels).mean
    read = reader.predict(decode(model, z, other).flatten(1).numpy())
    assert (read == other.numpy()).mean() >= 0.9


def test_one_code_is_another_picture_in_each_class_and_the_code_stays(model: Autoencoder) -> None:
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(0)).repeat(10, 1)
    before, pictures = z.clone(), decode(model, z, torch.arange(10)).flatten(1)
    assert torch.equal(z, before)
    assert torch.pdist(pictures).min() > 0.5


def test_the_code_says_nothing_of_the_class(model: Autoencoder) -> None:
    """A linear classifier on z is near chance, since the model gets the class as an input."""
    images = training_images(DatasetConfig("digits"))
    codes = model.embed(as_floats(images.pixels), images.labels).mean.detach().numpy()
    reader = LogisticRegression(max_iter=2000).fit(codes[:1000], images.labels[:1000].numpy())
    assert reader.score(codes[1000:], images.labels[1000:].numpy()) < 0.5
