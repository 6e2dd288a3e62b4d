"""Clustering accuracy on digits: k-means on pixels, k-means on an autoencoder's codes, and deep embedded clustering.

Source: Xie, Girshick & Farhadi, Unsupervised Deep Embedding for Clustering Analysis (2016), table 2, MNIST.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..config import DatasetConfig, LossConfig, ModelConfig, TrainConfig
from ..datasets.registry import DATASETS, ImageSet, as_floats, held_out_images, training_images
from ..evaluation.clustering import clustering_accuracy
from ..evaluation.metrics import evaluate
from ..models.autoencoder import Autoencoder
from ..models.mixture import k_means
from ..runtime.devices import device
from ..training.trainer import Step, train
from ..training.variants import build
from .result import Row

PIXELS, CODES, CLUSTERED = 53.5, 81.8, 84.3  # % of the paper
LOSS = LossConfig(corruption="warping", strength=1.0)


def reproduce(
    train_size: int = 60_000,
    test_size: int = 10_000,
    hidden: tuple[int, ...] = (256, 256),
    pretrain_epochs: int = 30,
    epochs: int = 3,
    seed: int = 0,
) -> Iterator[Step | Row]:
    """Clustering accuracy in % on all 70,000 training and test images, as in the paper. Training uses no labels.

    As in the paper: a code of ten numbers, an autoencoder that is pretrained to undo corruption, centres from k-means,
    the loss. Ours: 784–256–256–10 in the place of 784–500–500–2000–10, all layers at once, Bernoulli pixels, and images
    that are turned, slanted, stretched and shifted where the paper blanks a fifth of the numbers, in the clustering as
    well.
    """
    images = together(training_images(DatasetConfig("mnist", train_size)), held_out_images("mnist").first(test_size))
    model, k_means_accuracy = network(hidden, seed), 0.0
    for step in train(model, images, pretraining(pretrain_epochs, epochs, seed), LOSS):
        yield step
        if step.phase == "clustering" and not k_means_accuracy:  # after one step the centres are still those of k-means
            k_means_accuracy = evaluate(model, images)["clustering_accuracy"]
    assigned, _ = k_means(as_floats(images.pixels).flatten(1), 10, seed, n_init=3)
    yield Row("k-means on pixels", PIXELS, 100 * clustering_accuracy(assigned, images.labels), "%")
    yield Row("k-means on codes", CODES, 100 * k_means_accuracy, "%")
    yield Row("deep embedded clustering", CLUSTERED, 100 * evaluate(model, images)["clustering_accuracy"], "%")


def network(hidden: tuple[int, ...], seed: int) -> Autoencoder:
    """The untrained model of the experiment: a code of ten numbers and fully connected layers."""
    return build(
        ModelConfig(kind="dec", latent_dim=10, hidden=hidden, activation="relu", start="random"),
        DATASETS["mnist"].shape,
        seed,
    ).to(device())


def pretraining(epochs: int, clustering: int, seed: int) -> TrainConfig:
    """`epochs` of pretraining as an autoencoder, then `clustering` epochs of clustering."""
    return TrainConfig(epochs=clustering, pretrain_epochs=epochs, batch_size=256, learning_rate=3e-3, seed=seed)


def together(one: ImageSet, other: ImageSet) -> ImageSet:
    """The images of both, in this order."""
    return ImageSet(torch.cat([one.pixels, other.pixels]), torch.cat([one.labels, other.labels]))
