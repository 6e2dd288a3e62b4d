"""What a decoder says of an image: a distribution over pixels, with its constant, so that log_prob is in nats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

import torch.nn.functional as F
from torch import Tensor

from .config import ModelConfig


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
class Gaussian:
    """Independent pixels x ~ N(mean, sigma²) with one fixed sigma: squared error, scaled and with its constant."""

    mean: Tensor
    sigma: float

    def log_prob(self, x: Tensor) -> Tensor:
        """−Σ [(x − mean)²/2σ² + log σ + ½ log 2π] over all pixels of each image, in nats, shape (B,)."""
        constant = math.log(self.sigma) + 0.5 * math.log(2 * math.pi)
        return -((x - self.mean) ** 2 / (2 * self.sigma**2) + constant).flatten(1).sum(1)


Likelihood = Bernoulli | Gaussian
LIKELIHOODS: dict[str, Callable[[Tensor, ModelConfig], Likelihood]] = {
    "bernoulli": lambda output, config: Bernoulli(output),
    "gaussian": lambda output, config: Gaussian(output, config.sigma),
}
