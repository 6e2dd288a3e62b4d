"""A VAE whose prior is a mixture of Gaussians that it learns: generation and clustering in one. VaDE, Jiang et al. (2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config import LossConfig
from .autoencoder import VAE, Autoencoder, Batch, Output
from .corruptions import CORRUPTIONS
from .gaussian import DiagonalGaussian
from .mixture import MIN_VARIANCE, Mixture, diagonal_mixture, fit_mixture
from .objectives import Terms

FIRST_SHARE = 0.1  # a posterior's variance over that of a cluster, when training begins with a fitted prior


class MixtureVAE(VAE):
    """p(c) = π_c, p(z | c) = N(m_c, diag s_c²), p(x | z); q(z | x) Gaussian and q(c | x) = γ.

    KL(q(z, c | x) ‖ p(z, c)) = Σ_c γ_c KL_c + KL(γ ‖ π) with KL_c = KL(q(z | x) ‖ p(z | c)): D columns and one more.
    γ_c ∝ π_c exp(−KL_c) makes it least, −log Σ_c π_c exp(−KL_c). The paper has one draw of p(c | z) in the place of γ,
    which is noisier and no better a bound; both are p(c | μ) where σ is small.
    """

    has_standard_prior = False
    finds_clusters = True
    scales_means = False

    def build_networks(self) -> None:
        super().build_networks()
        count, dims = self.config.components, self.config.latent_dim
        self.logits = nn.Parameter(torch.zeros(count))
        self.means = nn.Parameter(torch.randn(count, dims))
        self.log_vars = nn.Parameter(torch.zeros(count, dims))

    def forward(self, x: Tensor, y: Tensor | None = None, generator: torch.Generator | None = None) -> Output:
        code = self.encode(x)
        z = code.sample(generator)
        return Output(self.decode(z), code, z, self.kl_to_prior(code))

    def kl_to_prior(self, code: DiagonalGaussian) -> Tensor:
        """KL(q(z, c | x) ‖ p(z, c)) in nats for posteriors (B, D), shape (B, D + 1): each dimension's, and the cluster's."""
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
        return self.log_responsibilities(self.embed(x).mean).exp()

    def prior(self) -> Mixture:
        return diagonal_mixture(
            self.logits.detach().softmax(0).cpu(), self.means.detach().cpu(), self.log_vars.detach().cpu()
        )

    @torch.no_grad()
    def load_autoencoder(self, other: Autoencoder) -> None:
        """Begin with the networks of an autoencoder of the same widths: its code becomes the posterior's mean."""
        self.decoder.load_state_dict(other.decoder.state_dict())
        theirs = other.encoder.state_dict()
        for name, own in self.encoder.state_dict().items():
            own[: len(theirs[name])].copy_(theirs[name])

    @torch.no_grad()
    def fit_prior(self, codes: Tensor, seed: int) -> None:
        """Begin with clusters fitted to the codes (N, D) of a pretrained autoencoder, and with posteriors much narrower.

        The clusters have full covariances first: an autoencoder's are slanted, and diagonal ones would cut them across. Where
        the networks allow it the code space is then changed so that they stand straight on the average, W Σ_c π_c Σ_c Wᵀ ∝ I;
        encoder and decoder take the change over, and no image changes. Nothing has trained the encoder's log-variances before:
        a noise as wide as the clusters would undo the pretraining.
        """
        fitted = fit_mixture(codes, self.config.components, seed)
        share = fitted.responsibilities(codes)
        if isinstance(self.decoder[0], nn.Linear):
            codes = self._straighten(codes, (fitted.weights[:, None, None] * fitted.covariances).sum(0).to(codes))
        counts = share.sum(0)
        means = share.T @ codes / counts[:, None]
        variances = (share.T @ codes.square() / counts[:, None] - means.square()).clamp(min=MIN_VARIANCE)
        self.logits.copy_(counts.log().log_softmax(0))
        self.means.copy_(means)
        self.log_vars.copy_(variances.log())
        last, dims = self.encoder[-1], self.config.latent_dim
        last.weight[dims:].zero_()
        last.bias[dims:].copy_((FIRST_SHARE * (counts @ variances / len(codes))).log())

    def _straighten(self, codes: Tensor, within: Tensor) -> Tensor:
        """Give the code space the coordinates in which the covariance `within` (D, D) is round, and codes (N, D) the same spread as before."""
        change = torch.linalg.cholesky(within).inverse()
        change *= codes.std() / (codes @ change.T).std()
        first, last, dims = self.decoder[0], self.encoder[-1], self.config.latent_dim
        there, back = change.to(self.device), change.inverse().to(self.device)
        last.weight[:dims], last.bias[:dims] = there @ last.weight[:dims], there @ last.bias[:dims]
        first.weight[:, :dims] = first.weight[:, :dims] @ back
        return codes @ change.T


def mean_denoising(model: VAE, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | μ(x̃)): the pretraining, as if the model were a denoising autoencoder."""
    code = model.encode(CORRUPTIONS[loss.corruption](batch.x, loss.strength, generator))
    error = -model.decode(code.mean).log_prob(batch.x)
    return Terms(error, error.new_zeros(len(error), 0), error)
