"""Clustering accuracy of the components of a VAE's mixture prior on digits.

Source: Jiang et al., Variational Deep Embedding: An Unsupervised and Generative Approach to Clustering (2017), table 2,
MNIST.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from ..config import DatasetConfig, ModelConfig, TrainConfig
from ..datasets.registry import DATASETS, ImageSet, held_out_images, training_images
from ..evaluation.metrics import evaluate
from ..models.autoencoder import Autoencoder
from ..models.vade import MixtureVAE
from ..runtime.devices import device
from ..training.trainer import Step, train
from ..training.variants import build
from .result import Row
from .xie2016 import LOSS, network, pretraining, together

PAPER = 94.46  # %


def reproduce(
    train_size: int = 60_000,
    test_size: int = 10_000,
    hidden: tuple[int, ...] = (256, 256),
    pretrain_epochs: int = 30,
    epochs: int = 10,
    seed: int = 0,
) -> Iterator[Step | Row]:
    """Clustering accuracy in % on all 70,000 training and test images, as in the paper. Training uses no labels.

    As in the paper: a code of ten numbers, ten diagonal Gaussians that are fitted to a pretrained autoencoder's codes,
    the ELBO with Bernoulli pixels. Ours: 784–256–256–10 in the place of 784–500–500–2000–10; the pretraining is that of
    `xie2016`; the encoder sees images turned, slanted, stretched and shifted, the decoder is asked for them as they
    are; the first clusters are those of a mixture with full covariances (`MixtureVAE.fit_prior`), and the ELBO moves
    them gently.
    """
    images = together(training_images(DatasetConfig("mnist", train_size)), held_out_images("mnist").first(test_size))
    model = build(
        ModelConfig(kind="vade", latent_dim=10, hidden=hidden, activation="relu", start="random"),
        DATASETS["mnist"].shape,
        seed,
    ).to(device())
    assert isinstance(model, MixtureVAE)
    model.load_autoencoder((yield from pretrained(images, hidden, pretrain_epochs, seed)))
    yield from train(
        model,
        images,
        TrainConfig(epochs=epochs, pretrain_epochs=0, batch_size=256, learning_rate=3e-4, seed=seed),
        LOSS,
    )
    yield Row("variational deep embedding", PAPER, 100 * evaluate(model, images)["clustering_accuracy"], "%")


def pretrained(images: ImageSet, hidden: tuple[int, ...], epochs: int, seed: int) -> Generator[Step, None, Autoencoder]:
    """The autoencoder of `xie2016`, left when its clustering begins."""
    model = network(hidden, seed)
    for step in train(model, images, pretraining(epochs, 1, seed), LOSS):
        if step.phase != "pretraining":
            break
        yield step
    return model
