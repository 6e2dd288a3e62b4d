"""Rules among several settings, checked before a training."""

from __future__ import annotations

from math import prod

from ..config import RunConfig
from ..datasets.registry import DATASETS, dataset
from ..i18n.message import Message
from ..models.networks import DECODERS, conv_sizes
from ..rules import SettingError

MAX_JACOBIAN_BYTES = 512 * 2**20  # of the derivatives of a batch


def check_together(config: RunConfig) -> None:
    """Raises SettingError where single settings are allowed but not all of them at once."""
    for check in (_networks, _classes, _components, _jacobian):
        check(config)


def _networks(config: RunConfig) -> None:
    model = config.model
    if (model.network, model.decoder) not in DECODERS:
        raise SettingError("decoder", model.decoder, Message("allowed.decoder", {"network": model.network}))
    if model.network == "conv" and model.capabilities.is_network:
        conv_sizes(model, dataset(config.data.dataset).shape)


def _classes(config: RunConfig) -> None:
    if config.model.capabilities.needs_classes and len(dataset(config.data.dataset).classes) < 2:
        several = tuple(name for name, entry in DATASETS.items() if len(entry.classes) > 1)
        allowed = Message("allowed.dataset_with_classes", {"kind": config.model.kind, "names": several})
        raise SettingError("dataset", config.data.dataset, allowed)


def _components(config: RunConfig) -> None:
    model, count = config.model, image_count(config)
    if not model.capabilities.is_network:
        most = min(prod(dataset(config.data.dataset).shape), count)
        if model.latent_dim > most:
            raise SettingError(
                "latent_dim", model.latent_dim, Message("allowed.fitted_dims", {"most": most, "kind": model.kind})
            )
    if model.capabilities.finds_clusters and model.components > count:
        raise SettingError("components", model.components, Message("allowed.components", {"most": count}))


def _jacobian(config: RunConfig) -> None:
    model = config.model
    row = 4 * prod(dataset(config.data.dataset).shape) * min(config.train.batch_size, config.data.train_size)
    if model.capabilities.penalizes_jacobian and model.latent_dim * row > MAX_JACOBIAN_BYTES:
        parts = {"most": MAX_JACOBIAN_BYTES // row, "kind": model.kind, "batch": config.train.batch_size}
        raise SettingError("latent_dim", model.latent_dim, Message("allowed.jacobian_dims", parts))


def image_count(config: RunConfig) -> int:
    """The number of training images: at most those of the data set, if it is complete without a download."""
    entry = dataset(config.data.dataset)
    return config.data.train_size if entry.archive else min(config.data.train_size, entry.available)
