"""A VAE whose prior is a learned mixture of Gaussians: generation and clustering in one. VaDE, Jiang et al. (2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config import LossConfig
from .autoencoder import VAE, Autoencoder, Batch, Output
from .corruptions import CORRUPTIONS
from .gaussian import DiagonalGaussian
from .mixture import MIN_VARIANCE, Mixture, diagonal_mixture, fit_mixture
from .networks import linear
from .objectives import Terms

INITIAL_VARIANCE_RATIO = 0.1  # a posterior's variance over that of a cluster, after the prior has been fitted


class MixtureVAE(VAE):
    """p(c) = π_c, p(z | c) = N(m_c, diag s_c²), p(x | z); q(z | x) Gaussian and q(c | x) = γ.

    KL(q(z, c | x) ‖ p(z, c)) = Σ_c γ_c KL_c + KL(γ ‖ π) with KL_c = KL(q(z | x) ‖ p(z | c)): D columns and one more.
    γ_c ∝ π_c exp(−KL_c) minimizes it, at −log Σ_c π_c exp(−KL_c). The paper replaces γ by one draw of p(c | z), which
    is noisier and no tighter; both are p(c | μ) where σ is small.
    """

    has_standard_prior = False
    finds_clusters = True
    scales_means = False

    def build_networks(self) -> None:
        """Create encoder and decoder, and the logits, means and log-variances of the prior's components."""
        super().build_networks()
        count, dims = self.config.components, self.config.latent_dim
        self.logits = nn.Parameter(torch.zeros(count))
        self.means = nn.Parameter(torch.randn(count, dims))
        self.log_vars = nn.Parameter(torch.zeros(count, dims))

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        """Encode images, draw one z of each posterior with `generator`, and decode it; `kl` (B, D + 1) in nats."""
        code = self.encode(x)
        z = code.sample(generator)
        return Output(self.decode(z), code, z, self.kl_to_prior(code))

    def kl_to_prior(self, code: DiagonalGaussian) -> Tensor:
        """KL(q(z, c | x) ‖ p(z, c)) in nats of posteriors (B, D), shape (B, D + 1); the cluster's is last."""
        each = DiagonalGaussian(code.mean[:, None], code.log_var[:, None]).kl_to(
            DiagonalGaussian(self.means, self.log_vars)
        )
        log_prior = self.logits.log_softmax(0)
        log_share = (log_prior - each.sum(2)).log_softmax(1)
        share = log_share.exp()
        cluster = (share * (log_share - log_prior)).sum(1, keepdim=True)
        return torch.cat([(share[:, :, None] * each).sum(1), cluster], 1)

    def log_responsibilities(self, z: Tensor) -> Tensor:
        """log p(c | z) for codes (B, D), shape (B, components)."""
        joint = DiagonalGaussian(self.means, self.log_vars).log_prob(z[:, None]).sum(2) + self.logits.log_softmax(0)
        return joint.log_softmax(1)

    def groups(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → p(c | z = μ(x)), shape (B, components)."""
        return self.log_responsibilities(self.point(x)).exp()

    def prior(self) -> Mixture:
        """The learned mixture, on the CPU."""
        return diagonal_mixture(
            self.logits.detach().softmax(0).cpu(), self.means.detach().cpu(), self.log_vars.detach().cpu()
        )

    @torch.no_grad()
    def load_autoencoder(self, other: Autoencoder) -> None:
        """Copy the networks of an autoencoder of the same widths; its code becomes the posterior mean."""
        self.decoder.load_state_dict(other.decoder.state_dict())
        source = other.encoder.state_dict()
        for name, target in self.encoder.state_dict().items():
            target[: len(source[name])].copy_(source[name])

    @torch.no_grad()
    def fit_prior(self, codes: Tensor, seed: int) -> None:
        """Fit the prior to codes (N, D) of the pretrained encoder, and make the posteriors much narrower.

        The fitted clusters first have full covariances: those of an autoencoder are correlated, and diagonal ones would
        cut across them. If the decoder starts with a linear layer, the code space then gets coordinates in which they
        are round on average, W Σ_c π_c Σ_c Wᵀ ∝ I. Encoder and decoder absorb this change, and no reconstruction
        changes. The pretraining does not reach the encoder's log-variances, and noise as wide as the clusters would
        undo it.

        Raises SettingError for fewer codes than clusters.
        """
        fitted = fit_mixture(codes, self.config.components, seed)
        share = fitted.responsibilities(codes)
        if isinstance(self.decoder[0], nn.Linear):
            codes = self._whiten(codes, (fitted.weights[:, None, None] * fitted.covariances).sum(0).to(codes))
        counts = share.sum(0)
        means = share.T @ codes / counts[:, None]
        variances = (share.T @ codes.square() / counts[:, None] - means.square()).clamp(min=MIN_VARIANCE)
        self.logits.copy_(counts.log().log_softmax(0))
        self.means.copy_(means)
        self.log_vars.copy_(variances.log())
        last, dims = linear(self.encoder[-1]), self.config.latent_dim
        last.weight[dims:].zero_()
        last.bias[dims:].copy_((INITIAL_VARIANCE_RATIO * (counts @ variances / len(codes))).log())

    def _whiten(self, codes: Tensor, within: Tensor) -> Tensor:
        """Choose coordinates in which the covariance `within` (D, D) is ∝ I; return the codes (N, D) in them."""
        change = torch.linalg.cholesky(within).inverse()
        change *= codes.std() / (codes @ change.T).std()
        first, last, dims = linear(self.decoder[0]), linear(self.encoder[-1]), self.config.latent_dim
        forth, back = change.to(self.device), change.inverse().to(self.device)
        last.weight[:dims], last.bias[:dims] = forth @ last.weight[:dims], forth @ last.bias[:dims]
        first.weight[:, :dims] = first.weight[:, :dims] @ back
        return codes @ change.T


def mean_denoising(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | μ(x̃)): the pretraining of a VAE as a denoising autoencoder, without noise in the code."""
    means = model.point(CORRUPTIONS[loss.corruption](batch.x, loss.strength, generator))
    error = -model.decode(means).log_prob(batch.x)
    return Terms(error, error.new_zeros(len(error), 0), error)
