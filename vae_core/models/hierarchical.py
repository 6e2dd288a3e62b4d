"""A VAE with two levels of latent variables. Source: Ladder VAE, Sønderby et al. (2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .autoencoder import VAE, Output
from .gaussian import DiagonalGaussian
from .mixture import Mixture, diagonal_mixture
from .networks import ACTIVATIONS

HIDDEN_WIDTH, PRIOR_COMPONENTS = 128, 24


class Hierarchical(VAE):
    """p(z₂) = N(0, I), p(z₁ | z₂) = N(μ_p(z₂), σ_p²(z₂)), p(x | z₁); q(z₂ | x), and q(z₁ | x, z₂) combines both.

    The bottom-up estimate N(μ̂(x), σ̂²(x)) and the prior p(z₁ | z₂) are multiplied: precisions add, means are weighted
    by them. KL = KL(q(z₁ | x, z₂) ‖ p(z₁ | z₂)) + KL(q(z₂ | x) ‖ N(0, I)): D₁ columns and then D₂. The map shows z₁.
    The encoder's output is batch-normalized, as in the source: without it the estimate of a deep encoder is lost.
    """

    has_standard_prior = False
    has_upper_level = True
    scales_means = False

    def build_networks(self) -> None:
        """Create encoder and decoder, and the networks up to z₂ and down from it."""
        super().build_networks()
        low, top, activation = self.config.latent_dim, self.config.top_dim, ACTIVATIONS[self.config.activation]
        self.normalised = nn.BatchNorm1d(2 * low, eps=1e-8)  # a deep encoder's variance can be 1e-7
        self.upwards = nn.Sequential(nn.Linear(2 * low, HIDDEN_WIDTH), activation(), nn.Linear(HIDDEN_WIDTH, 2 * top))
        self.downwards = nn.Sequential(nn.Linear(top, HIDDEN_WIDTH), activation(), nn.Linear(HIDDEN_WIDTH, 2 * low))

    @property
    def noise_dim(self) -> int:
        """D₁ + D₂."""
        return self.config.latent_dim + self.config.top_dim

    def encode(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        """Images (B, C, H, W) in [0, 1] → q(z₁ | x, z₂) at the mean of q(z₂ | x), with tensors (B, D₁)."""
        estimate, top = self.infer(x)
        return self.combine(estimate, self.below(top.mean))

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        """Draw z₂ and then z₁ with `generator`, and decode z₁; `kl` (B, D₁ + D₂) in nats."""
        estimate, top = self.infer(x)
        expected = self.below(top.sample(generator))
        code = self.combine(estimate, expected)
        z = code.sample(generator)
        return Output(self.decode(z), code, z, torch.cat([code.kl_to(expected), top.kl_to_standard()], 1))

    def below(self, z2: Tensor) -> DiagonalGaussian:
        """p(z₁ | z₂) for z₂ (B, D₂), with tensors (B, D₁)."""
        return _gaussian(self.downwards(z2))

    @torch.no_grad()
    def above(self, x: Tensor) -> DiagonalGaussian:
        """q(z₂ | x) of images (B, C, H, W) in [0, 1], with tensors (B, D₂)."""
        return self.infer(x)[1]

    def draw(self, noise: Tensor) -> Tensor:
        """Noise (N, D₁ + D₂) from N(0, I) → z₁ (N, D₁), drawn from the top down, on the CPU."""
        low, top = noise.split([self.config.latent_dim, self.config.top_dim], 1)
        expected = self.below(top.to(self.device))
        return expected.mean.cpu() + expected.std.cpu() * low

    @torch.no_grad()
    def prior(self) -> Mixture:
        """p(z₁) = E p(z₁ | z₂), approximated by an equal mixture over 24 fixed draws of z₂. `draw` samples exactly."""
        top = torch.randn(PRIOR_COMPONENTS, self.config.top_dim, generator=torch.Generator().manual_seed(0))
        expected = self.below(top.to(self.device))
        return diagonal_mixture(
            torch.full((PRIOR_COMPONENTS,), 1 / PRIOR_COMPONENTS), expected.mean.cpu(), expected.log_var.cpu()
        )

    def infer(self, x: Tensor) -> tuple[DiagonalGaussian, DiagonalGaussian]:
        """The bottom-up estimate of z₁, with tensors (B, D₁), and q(z₂ | x), with tensors (B, D₂)."""
        features = self.normalised(self.features(x))
        return _gaussian(features), _gaussian(self.upwards(features))

    @staticmethod
    def combine(estimate: DiagonalGaussian, expected: DiagonalGaussian) -> DiagonalGaussian:
        """The normalised product of two Gaussians with tensors (B, D₁), dimension by dimension."""
        log_precision = torch.logaddexp(-estimate.log_var, -expected.log_var)
        mean = (
            estimate.mean * (-estimate.log_var - log_precision).exp()
            + expected.mean * (-expected.log_var - log_precision).exp()
        )
        return DiagonalGaussian(mean, -log_precision)


def _gaussian(numbers: Tensor) -> DiagonalGaussian:
    return DiagonalGaussian(*numbers.float().chunk(2, dim=1))
