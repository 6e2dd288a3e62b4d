"""The table of all models: a kind's network, and the phases in which it is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..config import LossConfig, ModelConfig, Shape, TrainConfig
from ..datasets.registry import Images
from ..latent.codes import encode
from ..models.autoencoder import VAE, Autoencoder, Sparse
from ..models.classifier import Classifier, supervised
from ..models.conditional import Conditional, ConditionalVAE
from ..models.dec import Clustering, clustering
from ..models.hierarchical import Hierarchical
from ..models.objectives import Objective, capacity, contractive, denoising, negative_elbo, reconstruction_only, sparse
from ..models.pca import PCA
from ..models.vade import MixtureVAE, without_noise
from .phases import Phase, density_phases, layerwise_phases

CLUSTERING_RATE = 0.02  # of the learning rate: pulled harder, two clusters that lie close become one
PRIOR_RATE = (
    0.3  # of the learning rate, after a pretraining: moved faster, fitted clusters lose digits that they had told apart
)
Plan = Callable[[Autoencoder, Images, LossConfig, TrainConfig], list[Phase]]


@dataclass(frozen=True)
class Variant:
    """A kind of model: its network, and how it is trained."""

    model: type[Autoencoder]
    plan: Plan


def alone(objective: Objective) -> Plan:
    """One phase with one objective, and a density afterwards if one is asked for."""
    return lambda model, images, loss, config: [
        Phase("training", objective, config.epochs),
        *density_phases(model, images, config),
    ]


def layerwise(model: Autoencoder, images: Images, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """The plain autoencoder, layer by layer first if that is asked for."""
    return [*layerwise_phases(model, config), *alone(reconstruction_only)(model, images, loss, config)]


def fitted(model: Autoencoder, images: Images, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    assert isinstance(model, PCA)
    return [Phase("fitting", reconstruction_only, 0, before=lambda: model.fit(images))]


def few_labels(model: Autoencoder, images: Images, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """Pretraining without labels, then both objectives. The first `labelled` images are those whose labels are known."""
    return [
        Phase("pretraining", reconstruction_only, config.pretrain_epochs),
        Phase("fine-tuning", supervised(images.first(loss.labelled)), config.epochs),
    ]


def clustered(model: Autoencoder, images: Images, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    assert isinstance(model, Clustering)
    return [
        Phase("pretraining", denoising, config.pretrain_epochs),
        Phase(
            "clustering",
            clustering,
            config.epochs,
            rate=CLUSTERING_RATE,
            before=lambda: model.fit_centers(encode(model, images.pixels, images.labels).mean, config.seed),
        ),
    ]


def mixed(model: Autoencoder, images: Images, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    assert isinstance(model, MixtureVAE)
    return [
        Phase("pretraining", without_noise, config.pretrain_epochs),
        Phase(
            "training",
            denoising,
            config.epochs,
            rate=PRIOR_RATE if config.pretrain_epochs else 1.0,
            before=lambda: model.fit_prior(encode(model, images.pixels, images.labels).mean, config.seed),
        ),
    ]


ZOO: dict[str, Variant] = {
    "pca": Variant(PCA, fitted),
    "ae": Variant(Autoencoder, layerwise),
    "sparse": Variant(Sparse, alone(sparse)),
    "denoising": Variant(Autoencoder, alone(denoising)),
    "contractive": Variant(Autoencoder, alone(contractive)),
    "cae": Variant(Conditional, alone(reconstruction_only)),
    "classifier": Variant(Classifier, few_labels),
    "dec": Variant(Clustering, clustered),
    "noisy": Variant(VAE, alone(reconstruction_only)),
    "vae": Variant(VAE, alone(negative_elbo)),
    "capacity": Variant(VAE, alone(capacity)),
    "cvae": Variant(ConditionalVAE, alone(negative_elbo)),
    "vade": Variant(MixtureVAE, mixed),
    "hierarchical": Variant(Hierarchical, alone(negative_elbo)),
}


def build(config: ModelConfig, shape: Shape, seed: int = 0, classes: int = 0) -> Autoencoder:
    """A fresh model. The same seed gives the same weights, and torch's global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ZOO[config.kind].model(config, shape, classes)
