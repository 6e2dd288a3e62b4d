"""What is minimised. Every term is per image and in nats; only the caller averages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import torch
from torch import Tensor

from .gaussian import DiagonalGaussian
from .models import Autoencoder


@dataclass(frozen=True)
class Terms:
    """−log p(x | z) as `reconstruction` (B,), KL(q ‖ prior) as `kl` (B, D), and `loss` (B,), what training minimises.

    An autoencoder without a prior has a `kl` of shape (B, 0).
    """

    reconstruction: Tensor
    kl: Tensor
    loss: Tensor

    def means(self) -> dict[str, float]:
        """Each term averaged over the batch; `total` is the negative ELBO, whatever beta was trained with."""
        reconstruction, kl = self.reconstruction.mean().item(), self.kl.sum(1).mean().item()
        return {"reconstruction": reconstruction, "kl": kl, "total": reconstruction + kl, "loss": self.loss.mean().item()}


Objective = Callable[[Autoencoder, Tensor, float, torch.Generator | None], Terms]


def reconstruction_only(model: Autoencoder, x: Tensor, beta: float, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | f(x)). `beta` has nothing to weigh."""
    error = -model(x, generator).x_hat.log_prob(x)
    return Terms(error, error.new_zeros(len(x), 0), error)


def negative_elbo(model: Autoencoder, x: Tensor, beta: float, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + β KL(q(z | x) ‖ N(0, I)), one sample of z: at β = 1 the negative ELBO.

    Sources: Kingma & Welling (2014); Higgins et al., β-VAE (2017).
    """
    output = model(x, generator)
    assert isinstance(output.code, DiagonalGaussian)
    error, kl = -output.x_hat.log_prob(x), output.code.kl_to_standard()
    return Terms(error, kl, error + beta * kl.sum(1))


OBJECTIVES: dict[str, Objective] = {"ae": reconstruction_only, "vae": negative_elbo}
