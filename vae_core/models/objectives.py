"""What is minimised. Every term is per image and in nats; only the caller averages. A variant is a function and an entry."""

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
    """−log p(x | z) as `reconstruction` (B,), KL(q ‖ prior) as `kl` (B, K), and `loss` (B,), what training minimises.

    An autoencoder without a prior has a `kl` of shape (B, 0). `extra` names what a variant adds, each (B,), weighted as
    it counts in the loss.
    """

    reconstruction: Tensor
    kl: Tensor
    loss: Tensor
    extra: dict[str, Tensor] = field(default_factory=dict)

    def means(self) -> dict[str, float]:
        """Each term averaged over the batch; `total` is the negative ELBO, whatever was trained with."""
        each = [self.reconstruction, self.kl.sum(1), self.loss, *self.extra.values()]
        reconstruction, kl, loss, *extra = torch.stack(
            [term.mean() for term in each]
        ).tolist()  # a GPU is waited for once
        return {"reconstruction": reconstruction, "kl": kl, "total": reconstruction + kl, "loss": loss} | dict(
            zip(self.extra, extra, strict=True)
        )


Objective = Callable[[Autoencoder, Batch, LossConfig, torch.Generator | None], Terms]


def reconstruction_only(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z). With a VAE it is the noisy-code autoencoder: nothing keeps σ from shrinking to 0."""
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    return Terms(error, output.kl, error)


def negative_elbo(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −w log p(x | z) + β KL(q(z | x) ‖ prior), one sample of z: at w = 1 and β = 1 the negative ELBO.

    w is the `reconstruction_weight`: at 0 nothing but the KL is left, as for β → ∞.
    Free bits λ: a dimension whose mean KL is below λ counts λ and is pulled no further. Contrast: see `contrast`.
    Sources: Kingma & Welling (2014); Higgins et al., β-VAE (2017); Kingma et al., free bits (2016).
    """
    output = model(batch.x, batch.y, generator)
    error, kl = -output.x_hat.log_prob(batch.x), output.kl
    counted = torch.where(kl.mean(0) > loss.free_bits, kl, loss.free_bits) if loss.free_bits else kl
    extra = {"contrast": contrast(model, batch, output.code, loss.contrast, generator)} if loss.contrast else {}
    return Terms(
        error, kl, loss.reconstruction_weight * error + loss.beta * counted.sum(1) + sum(extra.values()), extra
    )


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
    """Σⱼ KL(Bernoulli(ρ) ‖ Bernoulli(ρ̂ⱼ)) for activations h (B, D) in (0, 1), the same for each row, shape (B,)."""
    rho, mean = torch.tensor(rho), h.mean(0).clamp(1e-6, 1 - 1e-6)
    kl = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
    return kl.sum().expand(len(h))


SPARSITY: dict[str, Callable[[Tensor, float], Tensor]] = {"l1": lambda h, rho: h.abs().sum(1), "kl": activation_kl}


def denoising(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + β KL(q(z | x̃) ‖ prior): the encoder sees a corrupted x̃, the clean x is asked for.

    Without a prior it is −log p(x | f(x̃)). With one and β = 1 it is the negative ELBO of q(z | x), the mean of q(z | x̃).
    Source: Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders (2008); Im et al.,
    Denoising Criterion for Variational Auto-Encoding Framework (2017).
    """
    spoilt = CORRUPTIONS[loss.corruption](batch.x, loss.strength, generator)
    output = model(spoilt, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    return Terms(error, output.kl, error + loss.beta * output.kl.sum(1))


def contractive(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | f(x)) + λ ‖∂f/∂x‖²_F. Source: Rifai et al., Contractive Auto-Encoders (2011)."""
    output = model(batch.x, batch.y, generator)
    error = -output.x_hat.log_prob(batch.x)
    penalty = loss.penalty * squared_jacobian(model, batch.x)
    return Terms(error, output.kl, error + penalty, {"contraction": penalty})


def squared_jacobian(model: Autoencoder, x: Tensor) -> Tensor:
    """‖∂f/∂x‖²_F of the encoder at each image, shape (B,), one backward pass for each of the code's dimensions at once.

    Batch normalisation counts as if it were fixed: its dependence of one image on the others is summed in.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        code = model.encode(x)
        rows = torch.eye(code.shape[1], device=x.device)[:, None].expand(-1, len(x), -1)
        (jacobian,) = torch.autograd.grad(code, x, rows, create_graph=model.training, is_grads_batched=True)
        return jacobian.square().flatten(2).sum((0, 2))


def contrast(
    model: Autoencoder, batch: Batch, code: DiagonalGaussian, weight: float, generator: torch.Generator | None
) -> Tensor:
    """weight · InfoNCE: each image's shifted and noisy twin must be found among the twins by its posterior mean, (B,).

    −log [exp s(i, i) / Σⱼ exp s(i, j)] with s(i, j) = −½ ‖μ(xᵢ) − μ(x′ⱼ)‖², a bound on the information that codes carry.
    Source: Lygerakis & Rueckert, CR-VAE (2023); van den Oord et al. (2018).
    """
    rows, columns = torch.randint(-2, 3, (2,), generator=generator).tolist()
    twins = CORRUPTIONS["gaussian"](batch.x.roll((rows, columns), (2, 3)), 0.1, generator)
    scores = -0.5 * torch.cdist(code.mean, model.embed(twins, batch.y).mean).square()
    return -weight * scores.log_softmax(1).diagonal()
