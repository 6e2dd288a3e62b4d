"""The test likelihood of a VAE with one stochastic layer on binarised MNIST.

Source: Burda, Grosse & Salakhutdinov, Importance Weighted Autoencoders (2016), table 1: the VAE with one layer, k = 1.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from time import perf_counter

import torch
from torch import Tensor, nn

from ..config import DatasetConfig, LossConfig, ModelConfig, TrainConfig
from ..datasets.registry import DATASETS, ImageSet, as_floats, held_out_images, training_images
from ..evaluation.metrics import log_marginal
from ..models.autoencoder import Autoencoder, Batch
from ..models.gaussian import DiagonalGaussian
from ..models.objectives import Objective, Terms
from ..runtime import rng
from ..runtime.devices import device
from ..training.initialization import mean_image
from ..training.phases import Phase
from ..training.trainer import Step, Training
from ..training.variants import build
from .result import Row

PAPER = 86.76  # nats per image
NETWORK = ModelConfig(kind="vae", latent_dim=50, hidden=(200, 200), activation="tanh", start="random")
CHUNK_IMAGES = 100  # test images between two reports of progress


def reproduce(
    train_size: int = 60_000, test_size: int = 10_000, epochs: int = 700, samples: int = 5_000
) -> Iterator[Step | Row]:
    """−log p(x) of the test images, binarised once, by the importance weighted bound with `samples` samples.

    As in the paper: the network, tanh, initial weights, pixels of the training images drawn anew each time they are
    seen, the number of samples. Ours: the gradient's estimate (`through_the_path`), and Adam on one cycle with batches
    of 256 for 700 epochs, where the paper takes 3,280 with batches of 20 at rates that fall in eight stages.
    """
    images = training_images(DatasetConfig("mnist", train_size))
    test = (
        black_and_white(as_floats(held_out_images("mnist").pixels[:test_size]), torch.Generator().manual_seed(0))
        .mul(255)
        .byte()
    )
    model = build(NETWORK, DATASETS["mnist"].shape)
    initialize(model, images)
    model.to(device())
    yield from Training(
        model,
        images,
        TrainConfig(batch_size=256, learning_rate=3e-3),
        phases=[Phase("training", binarised(through_the_path), epochs)],
    )
    nats = yield from estimate(model, test, samples)
    yield Row("test negative log-likelihood", PAPER, nats, "nats")


def black_and_white(grey: Tensor, generator: torch.Generator | None) -> Tensor:
    """x ~ Bernoulli(grey) pixel by pixel for grey values in [0, 1]: 0 or 1, of the same shape."""
    return (rng.uniform(grey, generator) < grey).float()


def through_the_path(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + log q(z | x) − log p(z) at one z, with the posterior's own parameters held fixed in log q.

    Its mean is the negative ELBO, and its gradient differs from that one's by a term of mean 0: where q is the
    posterior, the gradient has no variance at all. Source: Roeder, Wu & Duvenaud, Sticking the Landing (2017).
    """
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    posterior = DiagonalGaussian(output.code.mean.detach(), output.code.log_var.detach())
    prior = DiagonalGaussian(torch.zeros_like(output.z), torch.zeros_like(output.z))
    return Terms(error, output.kl, error + (posterior.log_prob(output.z) - prior.log_prob(output.z)).sum(1))


def binarised(objective: Objective) -> Objective:
    """An objective on images that are binarised anew at every step.

    Source: Salakhutdinov & Murray, On the Quantitative Analysis of Deep Belief Networks (2008).
    """

    def drawn(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        return objective(model, Batch(black_and_white(batch.x, generator), batch.y), loss, generator)

    return drawn


@torch.no_grad()
def initialize(model: Autoencoder, images: ImageSet) -> None:
    """Set weights as in Glorot & Bengio (2010), the output's biases to the mean image's logits, others to 0."""
    generator = torch.Generator().manual_seed(0)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    for layer in linear:
        nn.init.xavier_uniform_(layer.weight, generator=generator)
        nn.init.zeros_(layer.bias)
    linear[-1].bias.copy_(mean_image(images).flatten().logit(eps=1e-3))


def estimate(model: Autoencoder, pixels: Tensor, samples: int) -> Generator[Step, None, float]:
    """Yield a Step after every CHUNK_IMAGES images; return the mean −log p(x) of all images (N, 1, 28, 28) in nats."""
    chunks, nats, started = pixels.split(CHUNK_IMAGES), [], perf_counter()
    for done, chunk in enumerate(chunks, 1):
        nats.append(-log_marginal(model, chunk, samples, seed=done, images_at_once=1, samples_at_once=500))
        mean = torch.cat(nats).mean().item()
        yield Step(done, len(chunks), 0.0, perf_counter() - started, "estimating", 1, 1.0, {"total": mean})
    return mean
