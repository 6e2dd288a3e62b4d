"""Metrics of a trained model, usually on held-out images.

Images and results are on the CPU, wherever the model is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..datasets.registry import ImageSet, as_floats
from ..latent.codes import CHUNK_IMAGES, encode
from ..models.autoencoder import Autoencoder, Grouping
from ..models.gaussian import DiagonalGaussian
from ..models.mixture import Mixture, standard_normal
from ..models.objectives import Terms
from .clustering import clustering_accuracy
from .disentanglement import dci, mutual_information_gap

MI_IMAGES = 2000  # for the mutual information, whose cost is quadratic


@torch.no_grad()
def measure_terms(model: Autoencoder, images: ImageSet, seed: int = 0) -> Terms:
    """Reconstruction and KL of every image, in nats, with one sample of z; `loss` is their sum."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for pixels, labels in zip(images.pixels.split(CHUNK_IMAGES), images.labels.split(CHUNK_IMAGES), strict=True):
        x = as_floats(pixels, model.device)
        output = model(x, labels.to(model.device), generator)
        parts.append((-output.x_hat.log_prob(x).cpu(), output.kl.cpu()))
    error, kl = (torch.cat(column) for column in zip(*parts, strict=True))
    return Terms(error, kl, error + kl.sum(1))


def evaluate(model: Autoencoder, images: ImageSet) -> dict[str, float]:
    """The metrics that a model's kind has, by name; those in nats are means per image.

    Always `reconstruction`. Of probabilistic models `kl`, `negative_elbo`, `active_units` and `mutual_information` (of
    the first 2,000 images); `clustering_accuracy` of a model with clusters, `accuracy` of one with a classifier; `mig`
    and the three of DCI for images with known factors.
    """
    means = measure_terms(model, images).means()
    metrics = {"reconstruction": means["reconstruction"]}
    codes = encode(model, images.pixels, images.labels)
    if model.is_probabilistic:
        first = DiagonalGaussian(codes.mean[:MI_IMAGES], codes.log_var[:MI_IMAGES])
        metrics |= {
            "kl": means["kl"],
            "negative_elbo": means["total"],
            "active_units": active_units(codes.mean),
            "mutual_information": mutual_information(first, torch.Generator().manual_seed(0)),
        }
    if images.factors is not None:
        metrics |= {"mig": mutual_information_gap(codes.mean, images.factors)} | dci(codes.mean, images.factors)
    return metrics | _group_accuracy(model, images)


@torch.no_grad()
def reconstruction_errors(model: Autoencoder, pixels: Tensor, labels: Tensor | None = None) -> Tensor:
    """−log p(x | z) with z the mean of x's code, for images (N, C, H, W) as bytes, in nats, shape (N,).

    A conditional model reads the `labels` (N,); without them it takes the class that explains an image best.
    """
    model.eval()
    if labels is None and model.conditions:
        labels = torch.cat(
            [model.likeliest_class(as_floats(chunk, model.device)) for chunk in pixels.split(CHUNK_IMAGES)]
        )
    parts = []
    for start, chunk in zip(range(0, len(pixels), CHUNK_IMAGES), pixels.split(CHUNK_IMAGES), strict=True):
        x, y = (
            as_floats(chunk, model.device),
            None if labels is None else labels[start : start + CHUNK_IMAGES].to(model.device),
        )
        parts.append(-model.decode(model.embed(x, y).mean, y).log_prob(x).cpu())
    return torch.cat(parts)


@torch.no_grad()
def _group_accuracy(model: Autoencoder, images: ImageSet) -> dict[str, float]:
    """How often a model's clusters or classes agree with those of the images; empty for a model without."""
    if not isinstance(model, Grouping):
        return {}
    chunks = (as_floats(pixels, model.device) for pixels in images.pixels.split(CHUNK_IMAGES))
    groups = torch.cat([model.groups(x).argmax(1).cpu() for x in chunks])
    if model.has_classifier:
        return {"accuracy": (groups == images.labels).double().mean().item()}
    return {"clustering_accuracy": clustering_accuracy(groups, images.labels)}


def parameter_count(model: Autoencoder) -> int:
    """How many numbers a model has to learn."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def log_marginal(
    model: Autoencoder,
    pixels: Tensor,
    samples: int = 5000,
    seed: int = 0,
    prior: Mixture | None = None,
    images_at_once: int = 20,
    samples_at_once: int = 50,
) -> Tensor:
    """The importance weighted bound on log p(x) for every image (N, C, H, W) as bytes, in nats, shape (N,).

    w = p(x | z) p(z) / q(z | x) with z ~ q(z | x), `samples` times for each image; p(z) is N(0, I) or `prior`. It costs
    N · samples passes of the decoder and holds images_at_once · samples_at_once images at a time. For a Bernoulli
    likelihood log p(x) is that of images of black and white, bytes 0 and 255 only. Source: Burda et al., Importance
    Weighted Autoencoders (2016), section 5.
    """
    model.eval()
    prior = (prior or standard_normal(model.config.latent_dim)).to(model.device)
    generator = torch.Generator().manual_seed(seed)
    bounds = []
    for chunk in pixels.split(images_at_once):
        x = as_floats(chunk, model.device)
        code = model.encode(x)
        assert isinstance(code, DiagonalGaussian)
        weights = [
            log_weights(model, x, code, prior, min(samples_at_once, samples - done), generator)
            for done in range(0, samples, samples_at_once)
        ]
        bounds.append(importance_weighted_bound(torch.cat(weights)).cpu())
    return torch.cat(bounds)


def log_weights(
    model: Autoencoder,
    x: Tensor,
    code: DiagonalGaussian,
    prior: Mixture,
    samples: int,
    generator: torch.Generator | None,
) -> Tensor:
    """log p(x | z) + log p(z) − log q(z | x) in nats, (samples, B), of images x (B, C, H, W) and new z ~ q = `code`."""
    many = DiagonalGaussian(code.mean.repeat(samples, 1), code.log_var.repeat(samples, 1))
    z = many.sample(generator)
    likelihood = model.decode(z).log_prob(x.repeat(samples, 1, 1, 1))
    return (likelihood + prior.log_prob(z) - many.log_prob(z).sum(1)).view(samples, len(x))


def importance_weighted_bound(log_weights: Tensor) -> Tensor:
    """log 1/K Σ_k w_k from log w (K, B) in nats, shape (B,): the ELBO at K = 1.

    Source: Burda et al., Importance Weighted Autoencoders (2016), equation 8.
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def unit_activity(means: Tensor) -> Tensor:
    """Var_x E[z_d | x] for each dimension, of posterior means (N, D), shape (D,); 0 if d ignores the image."""
    return means.var(0, correction=0)


def active_units(means: Tensor, threshold: float = 0.01) -> int:
    """How many dimensions of posterior means (N, D) have an activity above the threshold.

    Source: Burda et al., Importance Weighted Autoencoders (2016), section 5.2.
    """
    return int((unit_activity(means) > threshold).sum())


def collapse_status(active: float | None, dims: int) -> str | None:
    """`collapsed` if at least half of a code's dimensions are inactive, `inactive` if some are, otherwise None."""
    if active is None or active >= dims:
        return None
    return "collapsed" if 2 * active <= dims else "inactive"


@torch.no_grad()
def mutual_information(
    posterior: DiagonalGaussian, generator: torch.Generator | None = None, samples: int = 1
) -> float:
    """I(x; z) = E_x KL(q(z | x) ‖ q(z)) in nats, with q(z) = 1/N Σ_n q(z | x_n) over the N rows of `posterior` (N, D).

    Estimated from `samples` draws of each row. It cannot exceed log N, its value for every code that identifies each
    image. It costs N² D operations a sample. Source: Hoffman & Johnson, ELBO surgery (2016).
    """
    rows, dims = posterior.mean.shape
    size = max(1, 250_000 // (rows * dims))  # two megabytes at a time
    total = 0.0
    for _ in range(samples):
        for start, z in zip(range(0, rows, size), posterior.sample(generator).split(size), strict=True):
            each = posterior.log_prob(z[:, None]).double().sum(2)  # log q(z_i | x_n), rows i, columns n
            total += (each.diagonal(start) - each.logsumexp(1)).sum().item()
    return math.log(rows) + total / (rows * samples)
