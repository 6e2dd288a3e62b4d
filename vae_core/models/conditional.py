"""Models with the class as a second input, so that the code only has to describe the style."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .autoencoder import VAE, Autoencoder
from .likelihoods import Likelihood


class Conditional(Autoencoder):
    """x, y → z = f(x, y) → p(x | z, y), with the class y as a one-hot vector joined to image and code.

    Source: Sohn et al., Learning Structured Output Representation using Deep Conditional Generative Models (2015).
    """

    is_conditional = True
    needs_classes = True
    allows_density = False

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) in [0, 1] and classes (B,), by default the likeliest → the encoder's output."""
        return super().features(self._join(x, self.likeliest_class(x) if y is None else y))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Likelihood:
        """Codes (B, D) and classes (B,) → the distribution over images; without classes that of class 0."""
        classes = z.new_zeros(len(z), dtype=torch.int64) if y is None else y
        return super().decode(torch.cat([z, F.one_hot(classes, self.classes).to(z.dtype)], 1))

    @torch.no_grad()
    def likeliest_class(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1] → the class y with the largest log p(x | f(x, y), y), shape (B,)."""
        candidates = [torch.full((len(x),), label, device=x.device) for label in range(self.classes)]
        return torch.stack([self.decode(self.embed(x, y).mean, y).log_prob(x) for y in candidates]).argmax(0)

    def _join(self, x: Tensor, y: Tensor) -> Tensor:
        """Append the class to the pixels for an MLP, or as planes of 0 and 1 for a convolutional network."""
        label = F.one_hot(y, self.classes).to(x.dtype)
        if self.config.network == "mlp":
            return torch.cat([x.flatten(1), label], 1)
        return torch.cat([x, label[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)


class ConditionalVAE(Conditional, VAE):
    """q(z | x, y) and p(x | z, y) with the prior N(0, I) for every class: one z is one style in all classes."""
