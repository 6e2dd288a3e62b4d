"""Where a training begins: at the mean image."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..config import ModelConfig, RunConfig, relevant
from ..datasets.images import Images
from ..models.autoencoder import Autoencoder
from ..models.networks import linear

MIN_PIXEL_MEAN = 1 / 255  # a pixel that is black in all images would have a logit of −∞


def starts_at_mean(config: ModelConfig) -> bool:
    """Whether the settings want it, and the decoder ends in a linear layer that can."""
    return config.start == "mean" and config.decoder == "mirror" and "start" in relevant(RunConfig(model=config).flat())


@torch.no_grad()
def initialize_at_mean(model: Autoencoder, images: Images) -> None:
    """Let the decoder say the mean image x̄ whatever it is given, if `starts_at_mean`.

    Its last layer's weights become 0 and its bias x̄, logit x̄ for Bernoulli pixels: what all images have in common
    need not be learned. Source of the zeros: Zhang, Dauphin & Ma, Fixup Initialization (2019).
    """
    if not starts_at_mean(model.config):
        return
    last, mean = linear(model.decoder[-2]), mean_image(images).flatten()
    last.weight.zero_()
    last.bias.copy_(mean.logit(MIN_PIXEL_MEAN) if model.config.likelihood == "bernoulli" else mean)


def mean_image(images: Images) -> Tensor:
    """The mean of all images, (C, H, W) in [0, 1], rounded once.

    By numpy, which needs no memory for it: torch makes floats of the images first, and thirty trainings that begin at
    once would wait for 27 MB each.
    """
    return torch.from_numpy(images.pixels.numpy().mean(0, dtype=np.float64) / 255).float()
