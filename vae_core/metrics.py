"""Numbers that say how good a model is, measured on images that it has not seen."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .gaussian import DiagonalGaussian, Mixture, standard_normal
from .latent import CHUNK
from .models import Autoencoder
from .objectives import OBJECTIVES, Terms
from .training import as_floats


@torch.no_grad()
def terms_of(model: Autoencoder, pixels: Tensor, seed: int = 0) -> Terms:
    """The objective's terms at β = 1 for every image (N, C, H, W) as bytes, with one sample of z each."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    parts = [OBJECTIVES[model.config.kind](model, as_floats(chunk), 1.0, generator) for chunk in pixels.split(CHUNK)]
    return Terms(*(torch.cat([getattr(part, name) for part in parts]) for name in ("reconstruction", "kl", "loss")))


def evaluate(model: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """Mean reconstruction, kl and negative_elbo in nats per image. An autoencoder has no ELBO, and no such entry."""
    means = terms_of(model, pixels).means()
    if model.outputs_per_dim == 1:
        return {"reconstruction": means["reconstruction"]}
    return {"reconstruction": means["reconstruction"], "kl": means["kl"], "negative_elbo": means["total"]}


def parameter_count(model: Autoencoder) -> int:
    """How many numbers training sets."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def log_marginal(model: Autoencoder, pixels: Tensor, samples: int = 5000, seed: int = 0, prior: Mixture | None = None,
                 images_at_once: int = 20, samples_at_once: int = 50) -> Tensor:
    """The importance weighted bound on log p(x) for every image (N, C, H, W) as bytes, in nats, shape (N,).

    w = p(x | z) p(z) / q(z | x) with z ~ q(z | x), `samples` times for each image; p(z) is N(0, I) unless `prior` says
    otherwise. It costs N · samples passes of the decoder and holds images_at_once · samples_at_once images at a time.
    For a Bernoulli likelihood log p(x) is that of images of black and white, bytes 0 and 255 only.
    Source: Burda et al., Importance Weighted Autoencoders (2016), section 5.
    """
    model.eval()
    prior = prior or standard_normal(model.config.latent_dim)
    generator = torch.Generator().manual_seed(seed)
    found = []
    for chunk in pixels.split(images_at_once):
        x = as_floats(chunk)
        code = model.encode(x)
        assert isinstance(code, DiagonalGaussian)
        total = x.new_full((len(x),), -torch.inf)
        for done in range(0, samples, samples_at_once):
            weights = log_weights(model, x, code, prior, min(samples_at_once, samples - done), generator)
            total = torch.logaddexp(total, weights.logsumexp(0))
        found.append(total - math.log(samples))
    return torch.cat(found)


def log_weights(model: Autoencoder, x: Tensor, code: DiagonalGaussian, prior: Mixture, samples: int,
                generator: torch.Generator | None) -> Tensor:
    """log p(x | z) + log p(z) − log q(z | x) for images (B, C, H, W) and fresh z ~ q = `code`, in nats, shape (samples, B)."""
    many = DiagonalGaussian(code.mean.repeat(samples, 1), code.log_var.repeat(samples, 1))
    z = many.sample(generator)
    likelihood = model.decode(z).log_prob(x.repeat(samples, 1, 1, 1))
    return (likelihood + prior.log_prob(z) - many.log_prob(z).sum(1)).view(samples, len(x))


def importance_weighted_bound(log_weights: Tensor) -> Tensor:
    """log 1/K Σ_k w_k from log w (K, B) in nats, shape (B,): the ELBO for K = 1, towards log p(x) from below as K grows.

    Source: Burda et al., Importance Weighted Autoencoders (2016), equation 8.
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def unit_activity(means: Tensor) -> Tensor:
    """Var_x E[z_d | x] for each dimension, from posterior means (N, D), shape (D,): about 0 where the code ignores the image."""
    return means.var(0, correction=0)


def active_units(means: Tensor, threshold: float = 0.01) -> int:
    """How many dimensions of posterior means (N, D) have an activity above the threshold.

    Source: Burda et al., Importance Weighted Autoencoders (2016), section 5.2.
    """
    return int((unit_activity(means) > threshold).sum())


@torch.no_grad()
def mutual_information(posterior: DiagonalGaussian, generator: torch.Generator | None = None, samples: int = 1) -> float:
    """I(x; z) = E_x KL(q(z | x) ‖ q(z)) in nats, with q(z) = 1/N Σ_n q(z | x_n) over the N rows of `posterior` (N, D).

    Estimated from `samples` draws of each row. It cannot exceed log N, so that a code that tells all images apart is
    measured by log N and not by what it says. It costs N² D operations a sample; more than 2,000 rows take seconds.
    Source: Hoffman & Johnson, ELBO surgery (2016).
    """
    rows, dims = posterior.mean.shape
    size = max(1, 1_000_000 // (rows * dims))
    total = 0.0
    for _ in range(samples):
        for start, z in zip(range(0, rows, size), posterior.sample(generator).split(size)):
            each = posterior.log_prob(z[:, None]).double().sum(2)  # log q(z_i | x_n), rows i, columns n
            total += (each.diagonal(start) - each.logsumexp(1)).sum().item()
    return math.log(rows) + total / (rows * samples)
