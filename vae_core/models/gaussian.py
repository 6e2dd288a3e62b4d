"""The diagonal Gaussian that a VAE's encoder returns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..runtime import rng


@dataclass(frozen=True)
class DiagonalGaussian:
    """N(μ, diag σ²) for each row of a batch, with σ² = exp(log_var). Both tensors have the shape (B, D).

    Source: Kingma & Welling, Auto-Encoding Variational Bayes (2014), section 3 and appendix B.
    """

    mean: Tensor
    log_var: Tensor

    @property
    def std(self) -> Tensor:
        """σ, shape (B, D)."""
        return (0.5 * self.log_var).exp()

    def at(self, index: int) -> DiagonalGaussian:
        """The distribution of one row, with tensors of shape (D,)."""
        return DiagonalGaussian(self.mean[index], self.log_var[index])

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """z = μ + σ ⊙ ε with ε ~ N(0, I), shape (B, D): the reparameterization that lets gradients reach μ and σ."""
        return torch.addcmul(self.mean, self.std, rng.normal(self.mean, generator))

    def log_prob(self, z: Tensor) -> Tensor:
        """log N(z; μ, σ²) in nats for each dimension, shape (B, D); the sum over D is the joint log-density."""
        return -0.5 * (math.log(2 * math.pi) + self.log_var + (z - self.mean) ** 2 * (-self.log_var).exp())

    def kl_to(self, other: DiagonalGaussian) -> Tensor:
        """KL(self ‖ other) = ½ [log σ₂²/σ₁² + (σ₁² + (μ₁ − μ₂)²)/σ₂² − 1] in nats for each dimension, shape (B, D)."""
        ratio = self.log_var - other.log_var
        return 0.5 * ((self.mean - other.mean) ** 2 * (-other.log_var).exp() + ratio.exp() - 1 - ratio)

    def kl_to_standard(self) -> Tensor:
        """KL(self ‖ N(0, I)) = ½ (μ² + σ² − 1 − log σ²) in nats for each dimension, shape (B, D)."""
        return 0.5 * (self.mean**2 + self.log_var.exp() - 1 - self.log_var)
