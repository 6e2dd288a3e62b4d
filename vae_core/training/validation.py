"""What settings must satisfy together, said before anything is trained."""

from __future__ import annotations

from math import prod

from ..config import CLUSTERS, RunConfig, SettingError
from ..datasets.registry import DATASETS, dataset
from ..models.networks import DECODERS, conv_sizes

MOST_JACOBIAN = 512 * 2**20  # bytes that a contractive penalty may hold
NEED_CLASSES = ("cae", "cvae", "classifier")


def check_together(config: RunConfig) -> None:
    """Raises SettingError where single settings are allowed but not all of them at once."""
    for check in (_networks, _classes, _components, _jacobian):
        check(config)


def _networks(config: RunConfig) -> None:
    model = config.model
    if (model.network, model.decoder) not in DECODERS:
        raise SettingError("decoder", model.decoder, f"mirror with the network {model.network}")
    if model.network == "conv" and model.kind != "pca":
        conv_sizes(model, dataset(config.data.dataset).shape)


def _classes(config: RunConfig) -> None:
    if config.model.kind in NEED_CLASSES and len(dataset(config.data.dataset).classes) < 2:
        several = ", ".join(name for name, known in DATASETS.items() if len(known.classes) > 1)
        raise SettingError(
            "dataset", config.data.dataset, f"one with several classes for the model {config.model.kind}: {several}"
        )


def _components(config: RunConfig) -> None:
    model, count = config.model, image_count(config)
    if model.kind == "pca":
        most = min(prod(dataset(config.data.dataset).shape), count)
        if model.latent_dim > most:
            raise SettingError(
                "latent_dim", model.latent_dim, f"at most {most:,} for pca, as many as there are pixels or images"
            )
    if model.kind in CLUSTERS and model.components > count:
        raise SettingError("components", model.components, f"at most {count:,}, as many as there are training images")


def _jacobian(config: RunConfig) -> None:
    model = config.model
    row = 4 * prod(dataset(config.data.dataset).shape) * min(config.train.batch_size, config.data.train_size)
    if model.kind == "contractive" and model.latent_dim * row > MOST_JACOBIAN:
        raise SettingError(
            "latent_dim",
            model.latent_dim,
            f"at most {MOST_JACOBIAN // row} for contractive with batches of "
            f"{config.train.batch_size} images, whose derivatives are held in memory, or smaller batches",
        )


def image_count(config: RunConfig) -> int:
    """How many images are trained on: what is at hand is all there is of a set without an archive."""
    known = dataset(config.data.dataset)
    return config.data.train_size if known.archive else min(config.data.train_size, known.at_hand)
