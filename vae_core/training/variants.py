"""The table of all kinds of models: the class of each, and the phases of its training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch

from ..config import LossConfig, ModelConfig, Shape, TrainConfig
from ..datasets.registry import ImageSet
from ..kinds import KINDS, Capabilities
from ..latent.codes import encode
from ..models.autoencoder import VAE, Autoencoder, Sparse
from ..models.classifier import Classifier, supervised
from ..models.conditional import Conditional, ConditionalVAE
from ..models.dec import Clustering, clustering
from ..models.hierarchical import Hierarchical
from ..models.objectives import Objective, capacity, contractive, denoising, negative_elbo, reconstruction_only, sparse
from ..models.pca import PCA
from ..models.vade import MixtureVAE, mean_denoising
from .phases import Phase, density_phases, layerwise_phases

CLUSTERING_RATE_FACTOR = 0.02  # of the learning rate: with a larger one, close clusters merge
PRIOR_RATE_FACTOR = 0.3  # of the learning rate after a pretraining: with a larger one, fitted clusters merge
Plan = Callable[[Autoencoder, ImageSet, LossConfig, TrainConfig], list[Phase]]


@dataclass(frozen=True)
class Variant:
    """A kind of model: its class, how it is trained, and what this training can do (see Capabilities)."""

    model: type[Autoencoder]
    plan: Plan
    weighs_kl: bool = False
    minimizes_elbo: bool = False
    targets_capacity: bool = False
    has_penalty: bool = False
    penalizes_activations: bool = False
    penalizes_jacobian: bool = False
    corrupts: bool = False
    pretrains: bool = False
    pretrains_layers: bool = False

    @property
    def capabilities(self) -> Capabilities:
        """What the model's class and the training can do together."""
        own = {spec.name for spec in fields(self)}
        return Capabilities(
            **{spec.name: getattr(self if spec.name in own else self.model, spec.name) for spec in fields(Capabilities)}
        )


def single_phase(objective: Objective) -> Plan:
    """One phase with one objective, then a density if the settings ask for it."""
    return lambda model, images, loss, config: [
        Phase("training", objective, config.epochs),
        *density_phases(model, images, config),
    ]


def autoencoder_phases(model: Autoencoder, images: ImageSet, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """The plain autoencoder, first layer by layer if the settings ask for it."""
    return [*layerwise_phases(model, config), *single_phase(reconstruction_only)(model, images, loss, config)]


def pca_phases(model: Autoencoder, images: ImageSet, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """A fit in closed form, in a phase without epochs."""
    assert isinstance(model, PCA)
    return [Phase("fitting", reconstruction_only, 0, before=lambda: model.fit(images))]


def classifier_phases(model: Autoencoder, images: ImageSet, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """Pretraining without labels, then also classification with the labels of the first `labelled` images."""
    return [
        Phase("pretraining", reconstruction_only, config.pretrain_epochs),
        Phase("fine-tuning", supervised(images.first(loss.labelled)), config.epochs),
    ]


def dec_phases(model: Autoencoder, images: ImageSet, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """Pretraining as a denoising autoencoder, then clustering from centers of k-means."""
    assert isinstance(model, Clustering)
    return [
        Phase("pretraining", denoising, config.pretrain_epochs),
        Phase(
            "clustering",
            clustering,
            config.epochs,
            rate=CLUSTERING_RATE_FACTOR,
            before=lambda: model.fit_centers(encode(model, images.pixels, images.labels).mean, config.seed),
        ),
    ]


def vade_phases(model: Autoencoder, images: ImageSet, loss: LossConfig, config: TrainConfig) -> list[Phase]:
    """Pretraining without noise in the code, then the negative ELBO from a mixture fitted to the codes."""
    assert isinstance(model, MixtureVAE)
    return [
        Phase("pretraining", mean_denoising, config.pretrain_epochs),
        Phase(
            "training",
            denoising,
            config.epochs,
            rate=PRIOR_RATE_FACTOR if config.pretrain_epochs else 1.0,
            before=lambda: model.fit_prior(encode(model, images.pixels, images.labels).mean, config.seed),
        ),
    ]


VARIANTS: dict[str, Variant] = {
    "pca": Variant(PCA, pca_phases),
    "ae": Variant(Autoencoder, autoencoder_phases, pretrains_layers=True),
    "sparse": Variant(Sparse, single_phase(sparse), has_penalty=True, penalizes_activations=True),
    "denoising": Variant(Autoencoder, single_phase(denoising), corrupts=True),
    "contractive": Variant(Autoencoder, single_phase(contractive), has_penalty=True, penalizes_jacobian=True),
    "cae": Variant(Conditional, single_phase(reconstruction_only)),
    "classifier": Variant(Classifier, classifier_phases, pretrains=True),
    "dec": Variant(Clustering, dec_phases, corrupts=True, pretrains=True),
    "noisy": Variant(VAE, single_phase(reconstruction_only)),
    "vae": Variant(VAE, single_phase(negative_elbo), weighs_kl=True, minimizes_elbo=True),
    "capacity": Variant(VAE, single_phase(capacity), targets_capacity=True),
    "cvae": Variant(ConditionalVAE, single_phase(negative_elbo), weighs_kl=True, minimizes_elbo=True),
    "vade": Variant(MixtureVAE, vade_phases, weighs_kl=True, corrupts=True, pretrains=True),
    "hierarchical": Variant(Hierarchical, single_phase(negative_elbo), weighs_kl=True, minimizes_elbo=True),
}
KINDS.declare(VARIANTS)


def build(config: ModelConfig, shape: Shape, seed: int = 0, classes: int = 0) -> Autoencoder:
    """An untrained model with weights of a seed; torch's global random state does not change."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VARIANTS[config.kind].model(config, shape, classes)
