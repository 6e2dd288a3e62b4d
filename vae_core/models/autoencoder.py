"""What every model is: images in, a code, a distribution over images out; and the plain and variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..config import ModelConfig, Shape
from .gaussian import DiagonalGaussian
from .likelihoods import LIKELIHOODS, Likelihood
from .mixture import Mixture, standard_normal
from .networks import DECODERS, ENCODERS

DENSITY_COMPONENTS = {"gaussian": 1, "mixture": 10}  # components of what may be fitted to the codes afterwards
MIN_SIGMA = 0.01  # a learned σ stays above it: on flat pixels the likelihood has no bound


@dataclass(frozen=True)
class Batch:
    """Images `x` (B, C, H, W) in [0, 1] and their classes `y` (B,), which only some models look at."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Output:
    """One pass. `code` is what the encoder said, `z` (B, D) what was decoded, `x_hat` the distribution decoded from it.

    `kl` (B, K) is KL(q(z | x) ‖ prior) in nats, a column for each dimension; K = 0 where there is no prior.
    """

    x_hat: Likelihood
    code: Tensor | DiagonalGaussian
    z: Tensor
    kl: Tensor


class Autoencoder(nn.Module):
    """x → z = f(x) → p(x | z). `shape` is an image's (C, H, W), `classes` how many classes the data set has."""

    # What this class can do: see Capabilities.
    is_network: ClassVar[bool] = True
    is_probabilistic: ClassVar[bool] = False
    has_standard_prior: ClassVar[bool] = False
    is_conditional: ClassVar[bool] = False
    needs_classes: ClassVar[bool] = False
    finds_clusters: ClassVar[bool] = False
    has_classifier: ClassVar[bool] = False
    has_upper_level: ClassVar[bool] = False
    allows_density: ClassVar[bool] = True
    scales_means: ClassVar[bool] = False

    def __init__(self, config: ModelConfig, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        self.config, self.shape, self.classes = config, shape, classes
        self.untrained = True  # whether a training may still choose where it begins
        self.build_networks()
        if config.likelihood == "gaussian-learned":
            self.log_sigma = nn.Parameter(torch.tensor(log(config.sigma)))
        if config.density != "none":
            self._allow_density(DENSITY_COMPONENTS[config.density])

    def build_networks(self) -> None:
        config = self.config
        self.encoder = ENCODERS[config.network](
            config, self.shape, config.latent_dim * (2 if self.is_probabilistic else 1), self.conditions
        )
        self.decoder = DECODERS[config.network, config.decoder](config, self.shape, self.conditions)

    @property
    def conditions(self) -> int:
        """How many classes are joined to image and code."""
        return self.classes if self.is_conditional else 0

    @property
    def likelihood(self) -> str:
        """The name of p(x | z) in LIKELIHOODS."""
        return self.config.likelihood

    @property
    def device(self) -> torch.device:
        """Where the network computes, and what it is given must be."""
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

    @property
    def sigma(self) -> Tensor:
        """σ of a Gaussian likelihood, a number."""
        return (
            self.log_sigma.exp().clamp(min=MIN_SIGMA) if hasattr(self, "log_sigma") else torch.tensor(self.config.sigma)
        )

    @property
    def noise_dim(self) -> int:
        """How many standard normal numbers make one sample."""
        return self.config.latent_dim

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor | DiagonalGaussian:
        """Images (B, C, H, W) in [0, 1] → the code, here a point (B, D)."""
        return self.encoder(x).float()

    def embed(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        """Where the images stand on the map: N(point, 0) for an autoencoder, the posterior for a VAE."""
        code = self.encode(x, y)
        if isinstance(code, DiagonalGaussian):
            return code
        return DiagonalGaussian(code, torch.full_like(code, -torch.inf))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Likelihood:
        """Codes (B, D) → the distribution over images (B, C, H, W)."""
        return self.likelihood_of(self.decoder(z))

    def likelihood_of(self, output: Tensor) -> Likelihood:
        """The decoder's output (B, C, H, W) → the distribution over images."""
        return LIKELIHOODS[self.likelihood](output.float(), self.sigma)

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        code = self.encode(x, y)
        return Output(self.decode(code, y), code, code, code.new_zeros(len(code), 0))

    def prior(self) -> Mixture | None:
        """What samples are drawn from: nothing, until a density has been fitted to an autoencoder's codes. Always on the processor."""
        return (
            Mixture(self.density_weights.cpu(), self.density_means.cpu(), self.density_covariances.cpu())
            if self.config.density != "none"
            else None
        )

    def draw(self, noise: Tensor) -> Tensor:
        """Noise (N, noise_dim) from N(0, I) → codes (N, D) from the prior, without one the noise itself; both on the processor."""
        prior = self.prior()
        return prior.draw(noise) if prior else noise

    def set_density(self, density: Mixture) -> None:
        """Keep a density that was fitted to the codes, see `prior`."""
        self.density_weights.copy_(density.weights)
        self.density_means.copy_(density.means)
        self.density_covariances.copy_(density.covariances)

    def _allow_density(self, components: int) -> None:
        dims = self.config.latent_dim
        self.register_buffer("density_weights", torch.full((components,), 1 / components))
        self.register_buffer("density_means", torch.zeros(components, dims))
        self.register_buffer("density_covariances", torch.eye(dims).repeat(components, 1, 1))


class Sparse(Autoencoder):
    """An autoencoder whose code is an activation h = sigmoid(f(x)) in (0, 1), which a penalty can keep near 0."""

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return super().encode(x, y).sigmoid()


class VAE(Autoencoder):
    """x → q(z | x) = N(μ(x), diag σ²(x)) → z = μ + σ ⊙ ε → p(x | z), with the prior N(0, I).

    Source: Kingma & Welling, Auto-Encoding Variational Bayes (2014).

    With `mean_scale` s > 0 the decoder is given N(m + f ⊙ (μ − m), σ²) with f = max(1, s / std μ) and m the mean of μ, so
    that every dimension stays legible, while training counts the KL of the unscaled posterior: Scale-VAE (Song et al.
    2024), which has m = 0; but a factor of 1,000 on a mean of 0.1 is a KL of 5,000. What is measured afterwards is the KL
    of the posterior that is decoded, so that the ELBO is one.
    """

    is_probabilistic = True
    has_standard_prior = True
    allows_density = False
    scales_means = True

    def build_networks(self) -> None:
        super().build_networks()
        if self.config.mean_scale:
            self.register_buffer("mean_std", torch.ones(self.config.latent_dim))
            self.register_buffer("mean_center", torch.zeros(self.config.latent_dim))

    def encode(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        """Images (B, C, H, W) in [0, 1] → the posterior, mean and log-variance of shape (B, D) each."""
        return self._scaled(self._posterior(x, y))

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        unscaled = self._posterior(x, y)
        if self.training and self.config.mean_scale:
            self.mean_std.lerp_(unscaled.mean.detach().std(0), 0.05)
            self.mean_center.lerp_(unscaled.mean.detach().mean(0), 0.05)
        code = self._scaled(unscaled)
        z = code.sample(generator)
        return Output(self.decode(z, y), code, z, (unscaled if self.training else code).kl_to_standard())

    def prior(self) -> Mixture:
        return standard_normal(self.config.latent_dim)

    def _posterior(self, x: Tensor, y: Tensor | None) -> DiagonalGaussian:
        return DiagonalGaussian(*self.encoder(x).float().chunk(2, dim=1))

    def _scaled(self, code: DiagonalGaussian) -> DiagonalGaussian:
        if not self.config.mean_scale:
            return code
        factor = (self.config.mean_scale / self.mean_std).clamp(1, 1000)
        return DiagonalGaussian(torch.lerp(self.mean_center, code.mean, factor), code.log_var)
