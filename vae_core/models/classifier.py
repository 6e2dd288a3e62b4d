"""An autoencoder with a classifier on its code: what it learns without labels makes a few labels suffice."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config import LossConfig
from ..datasets.registry import ImageSet, as_floats
from .autoencoder import Autoencoder, Batch
from .objectives import Objective, Terms


class Classifier(Autoencoder):
    """x → z = f(x) → p(x | z) and p(y | z) = softmax(A z + b). Source: Hinton & Salakhutdinov (2006)."""

    needs_classes = True
    has_classifier = True
    allows_density = False

    def build_networks(self) -> None:
        """Create encoder and decoder, and the `head` that predicts the class."""
        super().build_networks()
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(self.config.latent_dim, self.classes))

    def groups(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → p(class | x), shape (B, K)."""
        return self.head(self.point(x)).softmax(1)


def supervised(labelled: ImageSet) -> Objective:
    """loss = −log p(x | f(x)) + w · (−log p(y | f(x))), the first over all images, the second over labelled ones.

    Each image of a batch is accompanied by a random labelled one; w is `head_weight`.
    """

    def semi_supervised(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        assert isinstance(model, Classifier)
        output, device = model(batch.x, batch.y, generator), batch.x.device
        error = -output.x_hat.log_prob(batch.x)
        indices = torch.randint(len(labelled), (len(batch.x),), generator=generator)
        logits = model.head(model.point(as_floats(labelled.pixels[indices], device)))
        labels = labelled.labels[indices].to(device)
        penalty = loss.head_weight * F.cross_entropy(logits, labels, reduction="none")
        return Terms(error, output.kl, error + penalty, {"classification": penalty})

    return semi_supervised
