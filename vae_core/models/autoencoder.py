"""The interface of every model, images → code → images, and the plain and the variational autoencoder."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..config import ModelConfig, Shape
from .gaussian import DiagonalGaussian
from .likelihoods import LIKELIHOODS, Likelihood
from .mixture import Mixture, standard_normal
from .networks import DECODERS, ENCODERS

DENSITY_COMPONENTS = {"gaussian": 1, "mixture": 10}  # components of a density that is fitted to the codes
MIN_SIGMA = 0.01  # bound of a learned σ: on constant pixels the likelihood has no maximum


@dataclass(frozen=True)
class Batch:
    """Images `x` (B, C, H, W) in [0, 1] and their classes `y` (B,), which only conditional models read."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Output:
    """One forward pass: the encoder's `code`, the decoded `z` (B, D), and the distribution `x_hat` over images.

    `kl` (B, K) is KL(q(z | x) ‖ prior) in nats, a column for each dimension; K = 0 where there is no prior.
    """

    x_hat: Likelihood
    code: Tensor | DiagonalGaussian
    z: Tensor
    kl: Tensor


@runtime_checkable
class Grouping(Protocol):
    """A model that assigns images to clusters or classes."""

    def groups(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → p(group | x), shape (B, K)."""


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

    density_weights: Tensor
    density_means: Tensor
    density_covariances: Tensor

    def __init__(self, config: ModelConfig, shape: Shape, classes: int = 0) -> None:
        super().__init__()
        self.config, self.shape, self.classes = config, shape, classes
        self.untrained = True  # whether a training may still choose the initial weights
        self.build_networks()
        if config.likelihood == "gaussian-learned":
            self.log_sigma = nn.Parameter(torch.tensor(log(config.sigma)))
        if config.density != "none":
            self._register_density(DENSITY_COMPONENTS[config.density])

    def build_networks(self) -> None:
        """Create `encoder` and `decoder`, and further parameters of subclasses, in the order of drawn weights."""
        config, outputs = self.config, self.config.latent_dim * (2 if self.is_probabilistic else 1)
        self.encoder = ENCODERS[config.network](config, self.shape, outputs, self.conditions)
        self.decoder = DECODERS[config.network, config.decoder](config, self.shape, self.conditions)

    @property
    def conditions(self) -> int:
        """How many numbers of a one-hot class are joined to image and code."""
        return self.classes if self.is_conditional else 0

    @property
    def likelihood(self) -> str:
        """The name of p(x | z) in LIKELIHOODS."""
        return self.config.likelihood

    @property
    def device(self) -> torch.device:
        """The device of the weights, where inputs must be."""
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

    @property
    def sigma(self) -> Tensor:
        """σ of a Gaussian likelihood, a number."""
        if hasattr(self, "log_sigma"):
            return self.log_sigma.exp().clamp(min=MIN_SIGMA)
        return torch.tensor(self.config.sigma)

    @property
    def noise_dim(self) -> int:
        """How many standard normal numbers `draw` turns into one code."""
        return self.config.latent_dim

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [0, 1], and classes (B,) of a conditional model → the encoder's output."""
        return self.encoder(x).float()

    def point(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images and classes as in `features` → codes (B, D): f(x), or the mean of a posterior."""
        return self.features(x, y)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor | DiagonalGaussian:
        """Images and classes as in `features` → the code: points (B, D), or posteriors of a probabilistic model."""
        return self.point(x, y)

    def embed(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        """Images and classes as in `features` → codes as distributions: N(point, 0), or the posteriors."""
        code = self.encode(x, y)
        if isinstance(code, DiagonalGaussian):
            return code
        return DiagonalGaussian(code, torch.full_like(code, -torch.inf))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Likelihood:
        """Codes (B, D), with classes (B,) for a conditional model → the distribution over images (B, C, H, W)."""
        return self.likelihood_of(self.decoder(z))

    def likelihood_of(self, output: Tensor) -> Likelihood:
        """The decoder's output (B, C, H, W) → the distribution over images."""
        return LIKELIHOODS[self.likelihood](output.float(), self.sigma)

    def likeliest_class(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → the class that explains each best, (B,); 0 for an unconditional model."""
        return torch.zeros(len(x), dtype=torch.int64, device=x.device)

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode and decode images (B, C, H, W) in [0, 1]; `generator` draws the noise of a sampled code."""
        z = self.point(x, y)
        return Output(self.decode(z, y), z, z, z.new_zeros(len(z), 0))

    def prior(self) -> Mixture | None:
        """The distribution of sampled codes, on the CPU: the density fitted to the codes, None without one."""
        if self.config.density == "none":
            return None
        return Mixture(self.density_weights.cpu(), self.density_means.cpu(), self.density_covariances.cpu())

    def draw(self, noise: Tensor) -> Tensor:
        """Noise (N, noise_dim) from N(0, I) → codes (N, D) from the prior, without one the noise; on the CPU."""
        prior = self.prior()
        return prior.draw(noise) if prior else noise

    def set_density(self, density: Mixture) -> None:
        """Store a density that was fitted to the codes: it becomes the `prior`."""
        self.density_weights.copy_(density.weights)
        self.density_means.copy_(density.means)
        self.density_covariances.copy_(density.covariances)

    def _register_density(self, components: int) -> None:
        dims = self.config.latent_dim
        self.register_buffer("density_weights", torch.full((components,), 1 / components))
        self.register_buffer("density_means", torch.zeros(components, dims))
        self.register_buffer("density_covariances", torch.eye(dims).repeat(components, 1, 1))


class Sparse(Autoencoder):
    """An autoencoder whose code is an activation h = sigmoid(f(x)) in (0, 1), which a penalty can hold near 0."""

    def point(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → activations (B, D) in (0, 1)."""
        return self.features(x, y).sigmoid()


class VAE(Autoencoder):
    """x → q(z | x) = N(μ(x), diag σ²(x)) → z = μ + σ ⊙ ε → p(x | z), with the prior N(0, I).

    Source: Kingma & Welling, Auto-Encoding Variational Bayes (2014).

    With `mean_scale` s > 0 the decoder gets N(m + f ⊙ (μ − m), σ²) with f = max(1, s / std μ) and m the mean of μ, so
    that every dimension stays visible to it, while training counts the KL of the unscaled posterior: Scale-VAE (Song et
    al., 2024). There m = 0, but a factor of 1,000 on a mean of 0.1 is a KL of 5,000. Outside training the KL is that of
    the scaled posterior, so that the ELBO is a bound.
    """

    is_probabilistic = True
    has_standard_prior = True
    allows_density = False
    scales_means = True

    mean_std: Tensor
    mean_center: Tensor

    def build_networks(self) -> None:
        """Create encoder and decoder, and for scaled means the running statistics of μ."""
        super().build_networks()
        if self.config.mean_scale:
            self.register_buffer("mean_std", torch.ones(self.config.latent_dim))
            self.register_buffer("mean_center", torch.zeros(self.config.latent_dim))

    def point(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images and classes as in `features` → the posterior means (B, D)."""
        return self.encode(x, y).mean

    def encode(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        """Images and classes as in `features` → the posteriors, mean and log-variance of shape (B, D) each."""
        return self.scale_means(self.unscaled_posterior(x, y))

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode images, draw one z of each posterior with `generator`, and decode it; `kl` (B, D) in nats."""
        unscaled = self.unscaled_posterior(x, y)
        if self.training and self.config.mean_scale:
            self.mean_std.lerp_(unscaled.mean.detach().std(0), 0.05)
            self.mean_center.lerp_(unscaled.mean.detach().mean(0), 0.05)
        code = self.scale_means(unscaled)
        z = code.sample(generator)
        return Output(self.decode(z, y), code, z, (unscaled if self.training else code).kl_to_standard())

    def prior(self) -> Mixture:
        """N(0, I), on the CPU."""
        return standard_normal(self.config.latent_dim)

    def unscaled_posterior(self, x: Tensor, y: Tensor | None) -> DiagonalGaussian:
        """q(z | x) as the encoder states it, before `scale_means`, with tensors (B, D)."""
        return DiagonalGaussian(*self.features(x, y).chunk(2, dim=1))

    def scale_means(self, code: DiagonalGaussian) -> DiagonalGaussian:
        """Scale the means (B, D) about their center by the factor f of the class; without `mean_scale`, f = 1."""
        if not self.config.mean_scale:
            return code
        factor = (self.config.mean_scale / self.mean_std).clamp(1, 1000)
        return DiagonalGaussian(torch.lerp(self.mean_center, code.mean, factor), code.log_var)
