"""The diagonal Gaussian that a VAE's encoder returns, and mixtures of Gaussians over the latent space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from . import draws


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
        """z = μ + σ ⊙ ε with ε ~ N(0, I), shape (B, D): the reparameterisation that lets gradients reach μ and σ."""
        return torch.addcmul(self.mean, self.std, draws.normal(self.mean, generator))

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


@dataclass(frozen=True, eq=False)
class Mixture:
    """p(z) = Σ_c π_c N(z; m_c, Σ_c) with `weights` π (K,) that sum to 1, `means` (K, D), `covariances` (K, D, D).

    Computed in float64, since a dimension that a model does not use makes Σ_c nearly singular; answered in z's own type.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats for points (N, D), shape (N,)."""
        return self._joint(z).logsumexp(1).to(z.dtype)

    def responsibilities(self, z: Tensor) -> Tensor:
        """p(c | z) = π_c N(z; m_c, Σ_c) / p(z) for points (N, D), shape (N, K); each row sums to 1."""
        return self._joint(z).softmax(1).to(z.dtype)

    def to(self, device: torch.device) -> Mixture:
        """The same where codes are on a GPU."""
        return Mixture(self.weights.to(device), self.means.to(device), self.covariances.to(device))

    def draw(self, noise: Tensor, seed: int = 0) -> Tensor:
        """z = m_c + L_c ε with Σ_c = L_c L_cᵀ, from noise ε ~ N(0, I) of shape (N, D): N draws from p, shape (N, D).

        A row's component c comes from a generator of its own with that seed: the noise alone says where in c the row is.
        """
        generator = torch.Generator().manual_seed(seed)
        chosen = torch.multinomial(self.weights.double(), len(noise), replacement=True, generator=generator)
        z = torch.empty_like(noise)
        for c, factor in enumerate(self._factors()):
            z[chosen == c] = (self.means[c] + noise[chosen == c].double() @ factor.T).to(noise.dtype)
        return z

    def _factors(self) -> Tensor:
        return torch.linalg.cholesky(self.covariances.double())

    def _joint(self, z: Tensor) -> Tensor:
        """log π_c + log N(z; m_c, Σ_c), shape (N, K): with Σ = L Lᵀ it is log π − ½ ‖L⁻¹ (z − m)‖² − log |L| − ½ D log 2π."""
        factors = self._factors()
        scaled = torch.linalg.solve_triangular(factors, (z.double() - self.means[:, None]).mT, upper=False)
        volume = factors.diagonal(dim1=1, dim2=2).log().sum(1) + 0.5 * z.shape[1] * math.log(2 * math.pi)
        return (self.weights.double().log() - volume)[None] - 0.5 * scaled.square().sum(1).T


def standard_normal(latent_dim: int) -> Mixture:
    """N(0, I) as a mixture of one component: `draw` gives the noise back as it is."""
    return Mixture(torch.ones(1), torch.zeros(1, latent_dim), torch.eye(latent_dim)[None])


def diagonal_mixture(weights: Tensor, means: Tensor, log_vars: Tensor) -> Mixture:
    """Σ_c π_c N(z; m_c, diag σ_c²) with σ² = exp(log_vars): shapes (K,), (K, D) and (K, D)."""
    return Mixture(weights, means, torch.diag_embed(log_vars.exp()))
