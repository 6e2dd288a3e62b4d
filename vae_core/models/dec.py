"""Deep embedded clustering: the codes of a pretrained autoencoder are pulled to their nearest centers.

Source: Xie, Girshick & Farhadi, Unsupervised Deep Embedding for Clustering Analysis (2016).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config import LossConfig
from .autoencoder import Autoencoder, Batch
from .corruptions import CORRUPTIONS
from .mixture import k_means
from .objectives import Terms


class Clustering(Autoencoder):
    """q_ij ∝ (1 + ‖z_i − m_j‖²)⁻¹ with centers m_j (K, D): Student's t with one degree of freedom."""

    finds_clusters = True
    allows_density = False

    frequencies: Tensor

    def build_networks(self) -> None:
        """Create encoder and decoder, the cluster centers, and the running frequencies of the clusters."""
        super().build_networks()
        count = self.config.components
        self.centers = nn.Parameter(torch.randn(count, self.config.latent_dim))
        self.register_buffer("frequencies", torch.full((count,), 1 / count))

    def log_assignments(self, z: Tensor) -> Tensor:
        """log q_ij for codes (B, D), shape (B, K)."""
        return (-torch.log1p((z[:, None] - self.centers).square().sum(2))).log_softmax(1)

    def groups(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → q_ij, shape (B, K)."""
        return self.log_assignments(self.point(x)).exp()

    @torch.no_grad()
    def fit_centers(self, codes: Tensor, seed: int) -> None:
        """Set the centers by k-means on the codes (N, D). Raises SettingError for fewer codes than clusters."""
        self.centers.copy_(k_means(codes, self.config.components, seed)[1])


def target_distribution(q: Tensor, frequencies: Tensor) -> Tensor:
    """p_ij ∝ q_ij² / f_j: sharper than q (B, K), and fair to rare clusters by their frequencies f (K,).

    Source: Xie et al. (2016), equation 3.
    """
    weight = q.square() / frequencies
    return weight / weight.sum(1, keepdim=True)


def clustering(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = KL(P ‖ Q) for encoder and centers, and −log p(x | z) for the decoder alone, so that it follows the codes.

    P comes from the images themselves and Q from corrupted ones, so that small changes leave an image in its cluster;
    at strength 0 both are the same. The frequencies are a running mean over about fifty batches. Source: Xie et al.
    (2016), equation 2; corrupted images: Guo et al., DEC with Data Augmentation (2018).
    """
    assert isinstance(model, Clustering)
    corrupted = CORRUPTIONS[loss.corruption](batch.x, loss.strength, generator)
    z = model.point(corrupted)
    log_q = model.log_assignments(z)
    with torch.no_grad():
        q = model.groups(batch.x)
    if model.training:
        model.frequencies.lerp_(q.mean(0), 0.02)
    p = target_distribution(q, model.frequencies)
    pull = (p * (p.clamp(min=1e-12).log() - log_q)).sum(1)
    error = -model.decode(z.detach()).log_prob(batch.x)
    return Terms(error, error.new_zeros(len(error), 0), error + pull, {"clustering": pull})
