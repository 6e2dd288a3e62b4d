"""An autoencoder with a supervised head: a code learned without labels makes a few labels go far."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config import LossConfig
from ..datasets.registry import Images, as_floats
from .autoencoder import Autoencoder, Batch
from .objectives import Objective, Terms


class Classifier(Autoencoder):
    """x → z = f(x) → p(x | z) and p(y | z) = softmax(A z + b). Source: Hinton & Salakhutdinov (2006)."""

    needs_classes = True
    has_classifier = True
    allows_density = False

    def build_networks(self) -> None:
        super().build_networks()
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(self.config.latent_dim, self.classes))

    def groups(self, x: Tensor) -> Tensor:
        return self.head(self.embed(x).mean).softmax(1)


def supervised(labelled: Images) -> Objective:
    """loss = −log p(x | f(x)) + w · (−log p(y | f(x))): the first over all images, the second over a few labelled ones."""

    def semi_supervised(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        assert isinstance(model, Classifier)
        output = model(batch.x, batch.y, generator)
        error = -output.x_hat.log_prob(batch.x)
        chosen = torch.randint(len(labelled), (len(batch.x),), generator=generator)
        guess = model.head(model.encode(as_floats(labelled.pixels[chosen], batch.x.device)))
        penalty = loss.head_weight * F.cross_entropy(
            guess, labelled.labels[chosen].to(batch.x.device), reduction="none"
        )
        return Terms(error, output.kl, error + penalty, {"classification": penalty})

    return semi_supervised
