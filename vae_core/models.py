"""An autoencoder and its variational form. Both return what they mean: a code, and a distribution over images."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .config import ModelConfig, Shape
from .gaussian import DiagonalGaussian
from .likelihoods import LIKELIHOODS, Likelihood
from .networks import NETWORKS


@dataclass(frozen=True)
class Output:
    """One pass. `code` is what the encoder said, `z` (B, D) what was decoded, `x_hat` the distribution decoded from it."""

    x_hat: Likelihood
    code: Tensor | DiagonalGaussian
    z: Tensor


class Autoencoder(nn.Module):
    """x → z = f(x) → p(x | z). `shape` is an image's (C, H, W)."""

    outputs_per_dim = 1

    def __init__(self, config: ModelConfig, shape: Shape) -> None:
        super().__init__()
        make_encoder, make_decoder = NETWORKS[config.network]
        self.config, self.shape = config, shape
        self.encoder = make_encoder(config, shape, config.latent_dim * self.outputs_per_dim)
        self.decoder = make_decoder(config, shape)

    def encode(self, x: Tensor) -> Tensor | DiagonalGaussian:
        """Images (B, C, H, W) in [0, 1] → the code, here a point (B, D)."""
        return self.encoder(x).float()

    def embed(self, x: Tensor) -> DiagonalGaussian:
        """Where the images stand on the map: N(point, 0) for an autoencoder, the posterior for a VAE."""
        code = self.encode(x)
        if isinstance(code, DiagonalGaussian):
            return code
        return DiagonalGaussian(code, torch.full_like(code, -torch.inf))

    def decode(self, z: Tensor) -> Likelihood:
        """Codes (B, D) → the distribution over images (B, C, H, W)."""
        return LIKELIHOODS[self.config.likelihood](self.decoder(z).float(), self.config)

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Output:
        code = self.encode(x)
        z = code.sample(generator) if isinstance(code, DiagonalGaussian) else code
        return Output(self.decode(z), code, z)


class VAE(Autoencoder):
    """x → q(z | x) = N(μ(x), diag σ²(x)) → z = μ + σ ⊙ ε → p(x | z), with the prior N(0, I).

    Source: Kingma & Welling, Auto-Encoding Variational Bayes (2014).
    """

    outputs_per_dim = 2

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """Images (B, C, H, W) in [0, 1] → the posterior, mean and log-variance of shape (B, D) each."""
        return DiagonalGaussian(*self.encoder(x).float().chunk(2, dim=1))


MODELS: dict[str, type[Autoencoder]] = {"ae": Autoencoder, "vae": VAE}


def build(config: ModelConfig, shape: Shape, seed: int = 0) -> Autoencoder:
    """A fresh model. The same seed gives the same weights, and torch's global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MODELS[config.kind](config, shape)
