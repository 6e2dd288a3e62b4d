"""Small models trained on scikit-learn's digits, for tests of a kind's purpose."""

from __future__ import annotations

from sklearn.neighbors import NearestNeighbors
from torch import Tensor, from_numpy

from vae_core.config import RunConfig
from vae_core.datasets.registry import ImageSet, as_floats, held_out_images, training_images
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import build_untrained
from vae_core.training.trainer import Step, train

SMALL = {"dataset": "digits", "hidden": "64,32", "epochs": 15, "batch_size": 64, "learning_rate": 5e-3}


def training(**settings: object) -> tuple[Autoencoder, list[Step]]:
    """Train a model with SMALL and other settings; return it in evaluation mode, with the steps of its training."""
    config = RunConfig.from_flat(SMALL | settings)
    model = build_untrained(config)
    steps = list(train(model, training_images(config.data), config.train, config.loss))
    return model.eval(), steps


def trained(**settings: object) -> Autoencoder:
    return training(**settings)[0]


def held_out() -> ImageSet:
    return held_out_images("digits")


def squared_error(model: Autoencoder, x: Tensor, clean: Tensor | None = None) -> float:
    """Return the mean over images (N, C, H, W) of ‖x̂ − clean‖²; `clean` is x by default."""
    output = model.decode(model.embed(x).mean).mean
    return (output - (x if clean is None else clean)).square().flatten(1).sum(1).mean().item()


def nearest(x: Tensor, others: Tensor) -> Tensor:
    """The distance of each image (N, C, H, W) to the nearest of the others, shape (N,)."""
    result = NearestNeighbors(n_neighbors=1).fit(others.flatten(1).detach().numpy())
    return from_numpy(result.kneighbors(x.flatten(1).detach().numpy())[0][:, 0])


def floats() -> Tensor:
    """The held-out digits as (360, 1, 8, 8) in [0, 1]."""
    return as_floats(held_out().pixels)
