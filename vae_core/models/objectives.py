"""Objectives: functions of a model and a batch whose terms are per image and in nats; only the caller averages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..config import LossConfig
from .autoencoder import Autoencoder, Batch
from .corruptions import CORRUPTIONS
from .gaussian import DiagonalGaussian


@dataclass(frozen=True)
class Terms:
    """−log p(x | z) as `reconstruction` (B,), KL(q ‖ prior) as `kl` (B, K), and the minimized `loss` (B,).

    Without a prior `kl` has the shape (B, 0). `extra` has the terms that an objective adds by name, each (B,) and with
    its weight in the loss.
    """

    reconstruction: Tensor
    kl: Tensor
    loss: Tensor
    extra: dict[str, Tensor] = field(default_factory=dict)

    def means(self) -> dict[str, float]:
        """Each term averaged over the batch; `total` is the negative ELBO, whatever the loss is."""
        terms = [self.reconstruction, self.kl.sum(1), self.loss, *self.extra.values()]
        means = torch.stack([term.mean() for term in terms])  # read at once: each read waits for a GPU
        reconstruction, kl, loss, *extra = means.tolist()
        return {"reconstruction": reconstruction, "kl": kl, "total": reconstruction + kl, "loss": loss} | dict(
            zip(self.extra, extra, strict=True)
        )


Objective = Callable[[Autoencoder, Batch, LossConfig, torch.Generator | None], Terms]


def reconstruction_only(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z). With a VAE this is an autoencoder with a noisy code, whose σ may shrink to 0."""
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    return Terms(error, output.kl, error)


def negative_elbo(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −w log p(x | z) + β KL(q(z | x) ‖ prior), one sample of z: at w = 1 and β = 1 the negative ELBO.

    w is the `reconstruction_weight`: at 0 only the KL remains, as for β → ∞. Free bits λ: a dimension whose mean KL is
    below λ counts λ, and no gradient lowers it further. Contrast: see `contrast`. Sources: Kingma & Welling (2014);
    Higgins et al., β-VAE (2017); Kingma et al., free bits (2016).
    """
    output = model(batch.x, batch.y, generator)
    error, kl = -output.x_hat.log_prob(batch.x), output.kl
    counted = torch.where(kl.mean(0) > loss.free_bits, kl, loss.free_bits) if loss.free_bits else kl
    total = loss.reconstruction_weight * error + loss.beta * counted.sum(1)
    if not loss.contrast:
        return Terms(error, kl, total)
    penalty = contrast(model, batch, output.code, loss.contrast, generator)
    return Terms(error, kl, total + penalty, {"contrast": penalty})


def capacity(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + γ |KL − C|, with KL the batch's mean and C rising from 0 in training.

    Source: Burgess et al., Understanding disentangling in β-VAE (2018).
    """
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    gap = loss.gamma * (output.kl.sum(1).mean() - loss.capacity).abs().expand(len(error))
    return Terms(error, output.kl, error + gap, {"capacity_gap": gap})


def sparse(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | h) + λ Σⱼ |hⱼ|, or + λ Σⱼ KL(ρ ‖ ρ̂ⱼ) with ρ̂ⱼ the batch's mean of hⱼ ∈ (0, 1).

    Source: Ng, Sparse autoencoder (2011).
    """
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    penalty = loss.penalty * SPARSITY[loss.sparsity](output.z, loss.rho)
    return Terms(error, output.kl, error + penalty, {"sparsity": penalty})


def activation_kl(h: Tensor, rho: float) -> Tensor:
    """Σⱼ KL(Bernoulli(ρ) ‖ Bernoulli(ρ̂ⱼ)) for activations h (B, D) in (0, 1), the same for every row, shape (B,)."""
    target, mean = torch.tensor(rho), h.mean(0).clamp(1e-6, 1 - 1e-6)
    kl = target * (target / mean).log() + (1 - target) * ((1 - target) / (1 - mean)).log()
    return kl.sum().expand(len(h))


SPARSITY: dict[str, Callable[[Tensor, float], Tensor]] = {  # of activations (B, D) and ρ, shape (B,)
    "l1": lambda h, rho: h.abs().sum(1),
    "kl": activation_kl,
}


def denoising(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + β KL(q(z | x̃) ‖ prior): the encoder gets a corrupted x̃, the decoder must give the clean x.

    Without a prior it is −log p(x | f(x̃)). With one and β = 1 it is the negative ELBO of q(z | x), the mean of q(z |
    x̃). Source: Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders (2008); Im et al.,
    Denoising Criterion for Variational Auto-Encoding Framework (2017).
    """
    corrupted = CORRUPTIONS[loss.corruption](batch.x, loss.strength, generator)
    output = model(corrupted, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    return Terms(error, output.kl, error + loss.beta * output.kl.sum(1))


def contractive(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | f(x)) + λ ‖∂f/∂x‖²_F. Source: Rifai et al., Contractive Auto-Encoders (2011)."""
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    penalty = loss.penalty * squared_jacobian(model, batch.x)
    return Terms(error, output.kl, error + penalty, {"contraction": penalty})


def squared_jacobian(model: Autoencoder, x: Tensor) -> Tensor:
    """‖∂f/∂x‖²_F of the encoder at images x (B, C, H, W), shape (B,), with one batched backward pass.

    Under batch normalization an image's code depends on the other images; these derivatives are added in.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        code = model.point(x)
        rows = torch.eye(code.shape[1], device=x.device)[:, None].expand(-1, len(x), -1)
        (jacobian,) = torch.autograd.grad(code, x, rows, create_graph=model.training, is_grads_batched=True)
        return jacobian.square().flatten(2).sum((0, 2))


def contrast(
    model: Autoencoder, batch: Batch, code: DiagonalGaussian, weight: float, generator: torch.Generator | None
) -> Tensor:
    """weight · InfoNCE, (B,): an image's posterior mean must identify its shifted and noisy copy among all copies.

    −log [exp s(i, i) / Σⱼ exp s(i, j)] with s(i, j) = −½ ‖μ(xᵢ) − μ(x′ⱼ)‖², a bound on the information in the codes.
    Source: Lygerakis & Rueckert, CR-VAE (2023); van den Oord et al. (2018).
    """
    rows, columns = torch.randint(-2, 3, (2,), generator=generator).tolist()
    copies = CORRUPTIONS["gaussian"](batch.x.roll((rows, columns), (2, 3)), 0.1, generator)
    scores = -0.5 * torch.cdist(code.mean, model.embed(copies, batch.y).mean).square()
    return -weight * scores.log_softmax(1).diagonal()
