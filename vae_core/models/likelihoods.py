"""Likelihoods p(x | z): distributions over pixels with their constants, so that log_prob is in nats."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Bernoulli:
    """Independent pixels x ∈ {0, 1} with p = sigmoid(logits). A grey value in [0, 1] counts as a soft target."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The picture to show, shape of the logits (B, C, H, W)."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """Σ x log p + (1 − x) log(1 − p) over all pixels of each image, in nats, shape (B,)."""
        return -F.binary_cross_entropy_with_logits(self.logits, x, reduction="none").flatten(1).sum(1)


@dataclass(frozen=True)
class ContinuousBernoulli:
    """Independent pixels x ∈ [0, 1] with the density C(λ) λˣ (1 − λ)¹⁻ˣ, λ = sigmoid(logits).

    Source: Loaiza-Ganem & Cunningham, The continuous Bernoulli (2019). Near a logit of zero, where the closed forms
    are 0/0, their Taylor series are used.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """E x = 1/(1 − e⁻ᵃ) − 1/a for the logit a; ½ + a/12 − a³/720 near zero."""
        a, small = self._apart_from_zero()
        return torch.where(small, 0.5 + self.logits / 12 - self.logits**3 / 720, 1 / (1 - (-a).exp()) - 1 / a)

    @property
    def log_constant(self) -> Tensor:
        """log C = log(a / tanh(a/2)) for the logit a; log 2 + a²/12 − 7a⁴/1440 near zero."""
        a, small = self._apart_from_zero()
        series = math.log(2) + self.logits**2 / 12 - 7 * self.logits**4 / 1440
        return torch.where(small, series, (a / torch.tanh(a / 2)).log())

    def log_prob(self, x: Tensor) -> Tensor:
        """Σ log C + x log λ + (1 − x) log(1 − λ) over all pixels of each image, in nats, shape (B,)."""
        return Bernoulli(self.logits).log_prob(x) + self.log_constant.flatten(1).sum(1)

    def _apart_from_zero(self) -> tuple[Tensor, Tensor]:
        """The logits with those near zero replaced by 1, so that value and gradient are not 0/0, and their mask."""
        small = self.logits.abs() < 0.05
        return torch.where(small, torch.ones_like(self.logits), self.logits), small


@dataclass(frozen=True)
class Gaussian:
    """Independent pixels x ~ N(mean, sigma²) with one sigma for all: squared error, scaled and with its constant."""

    mean: Tensor
    sigma: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """−Σ [(x − mean)²/2σ² + log σ + ½ log 2π] over all pixels of each image, in nats, shape (B,)."""
        constant = self.sigma.log() + 0.5 * math.log(2 * math.pi)
        return -((x - self.mean) ** 2 / (2 * self.sigma**2) + constant).flatten(1).sum(1)


Likelihood = Bernoulli | ContinuousBernoulli | Gaussian
LIKELIHOODS: dict[str, Callable[[Tensor, Tensor], Likelihood]] = {  # of the decoder's output and σ
    "bernoulli": lambda output, sigma: Bernoulli(output),
    "gaussian": Gaussian,
    "gaussian-learned": Gaussian,
    "continuous-bernoulli": lambda output, sigma: ContinuousBernoulli(output),
}
