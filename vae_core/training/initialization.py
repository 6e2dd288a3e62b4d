"""Initialization of a decoder at the mean image."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..config import ModelConfig, RunConfig, relevant
from ..datasets.images import ImageSet
from ..models.autoencoder import Autoencoder
from ..models.networks import linear

MIN_PIXEL_MEAN = 1 / 255  # the logit of a pixel that is black in all images would be −∞


def starts_at_mean(config: ModelConfig) -> bool:
    """Whether `initialize_at_mean` applies: the settings ask for it, and the decoder ends in a linear layer."""
    return config.start == "mean" and config.decoder == "mirror" and "start" in relevant(RunConfig(model=config).flat())


@torch.no_grad()
def initialize_at_mean(model: Autoencoder, images: ImageSet) -> None:
    """If `starts_at_mean`, make the decoder return the mean image x̄ for every code.

    The last layer's weights become 0 and its bias x̄, or logit x̄ for Bernoulli pixels: the network then only has to
    learn differences from the mean. Source of the zeros: Zhang, Dauphin & Ma, Fixup Initialization (2019).
    """
    if not starts_at_mean(model.config):
        return
    last, mean = linear(model.decoder[-2]), mean_image(images).flatten()
    last.weight.zero_()
    last.bias.copy_(mean.logit(MIN_PIXEL_MEAN) if model.config.likelihood == "bernoulli" else mean)


def mean_image(images: ImageSet) -> Tensor:
    """The mean of all images, (C, H, W) in [0, 1], rounded once.

    numpy sums bytes without a float copy of the images; that of torch would cost every starting training its memory.
    """
    return torch.from_numpy(images.pixels.numpy().mean(0, dtype=np.float64) / 255).float()
