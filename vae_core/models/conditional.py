"""Models that are told an image's class: the code is left with the style, and the class can be chosen when decoding."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .autoencoder import VAE, Autoencoder
from .gaussian import DiagonalGaussian
from .likelihoods import Likelihood


class Conditional(Autoencoder):
    """x, y → z = f(x, y) → p(x | z, y), with the class y as a one-hot vector joined to image and code.

    Source: Sohn et al., Learning Structured Output Representation using Deep Conditional Generative Models (2015).
    """

    is_conditional = True
    needs_classes = True
    allows_density = False

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor | DiagonalGaussian:
        """Images and classes (B,) → the code. Without classes each image gets the one that explains it best."""
        return super().encode(self._join(x, self.likeliest_class(x) if y is None else y))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Likelihood:
        """Codes and classes (B,) → the distribution over images; without classes that of class 0."""
        known = z.new_zeros(len(z), dtype=torch.int64) if y is None else y
        return super().decode(torch.cat([z, F.one_hot(known, self.classes).to(z.dtype)], 1))

    @torch.no_grad()
    def likeliest_class(self, x: Tensor) -> Tensor:
        """The class y with the largest log p(x | f(x, y), y), shape (B,)."""
        tries = [torch.full((len(x),), label, device=x.device) for label in range(self.classes)]
        return torch.stack([self.decode(self.embed(x, y).mean, y).log_prob(x) for y in tries]).argmax(0)

    def _join(self, x: Tensor, y: Tensor) -> Tensor:
        """The class behind the pixels for a fully connected network, as planes of 0 and 1 for a convolutional one."""
        label = F.one_hot(y, self.classes).to(x.dtype)
        if self.config.network == "mlp":
            return torch.cat([x.flatten(1), label], 1)
        return torch.cat([x, label[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)


class ConditionalVAE(Conditional, VAE):
    """q(z | x, y) and p(x | z, y) with the prior N(0, I) for every class: the same z is the same style in all classes."""

    def _posterior(self, x: Tensor, y: Tensor | None) -> DiagonalGaussian:
        return super()._posterior(self._join(x, self.likeliest_class(x) if y is None else y), y)

    def encode(self, x: Tensor, y: Tensor | None = None) -> DiagonalGaussian:
        return VAE.encode(self, x, y)
