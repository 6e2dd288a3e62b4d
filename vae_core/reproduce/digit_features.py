"""The space in which drawn digits are compared with real ones: the code of a small classifier."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..config import LossConfig, ModelConfig, TrainConfig
from ..datasets.registry import DATASETS, ImageSet
from ..latent.codes import encode
from ..models.autoencoder import Autoencoder, Batch
from ..models.classifier import Classifier
from ..models.objectives import Terms
from ..runtime.devices import device
from ..training.phases import Phase
from ..training.trainer import Step, Training
from ..training.variants import build

NETWORK = ModelConfig(kind="classifier", latent_dim=64, network="conv", hidden=(16, 32), activation="relu")


def untrained() -> Autoencoder:
    """Two convolutions and 64 features of a digit of 28×28 pixels, the same each time."""
    return build(NETWORK, DATASETS["mnist"].shape, classes=10).to(device())


def learn(model: Autoencoder, images: ImageSet, epochs: int) -> Iterator[Step]:
    """Train encoder and head to name digits; the decoder is left as it is."""
    assert isinstance(model, Classifier)
    phase = Phase("a classifier", naming, epochs, parameters=[*model.encoder.parameters(), *model.head.parameters()])
    yield from Training(model, images, TrainConfig(epochs=epochs, batch_size=128, learning_rate=4e-3), phases=[phase])


def naming(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(y | f(x)), in nats."""
    assert isinstance(model, Classifier)
    error = F.cross_entropy(model.head(model.encode(batch.x)).float(), batch.y, reduction="none")
    return Terms(error, error.new_zeros(len(error), 0), error)


def features(model: Autoencoder, pixels: Tensor) -> Tensor:
    """Images (N, 1, 28, 28) as bytes → (N, 64), the layer before the last."""
    return encode(model, pixels).mean
