"""Where a training begins: at the mean image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import RunConfig, relevant
from .images import Images
from .models import Autoencoder

FAINTEST = 1 / 255  # a pixel that is black in all images would have a logit of −∞


@torch.no_grad()
def begin(model: Autoencoder, images: Images) -> None:
    """Let the decoder say the mean image x̄ whatever it is given, if the settings want that.

    Its last layer's weights become 0 and its bias x̄, logit x̄ for Bernoulli pixels: what all images have in common need not be
    learned. Source of the zeros: Zhang, Dauphin & Ma, Fixup Initialization (2019). A decoder that does not end in a linear
    layer begins as it was drawn.
    """
    config, last = model.config, model.decoder[-2] if len(model.decoder) > 1 else None
    wanted = config.start == "mean" and "start" in relevant(RunConfig(model=config).flat())
    if not wanted or not isinstance(last, nn.Linear):
        return
    mean = mean_image(images).flatten()
    last.weight.zero_()
    last.bias.copy_(mean.clamp(FAINTEST, 1 - FAINTEST).logit() if config.likelihood == "bernoulli" else mean)


def mean_image(images: Images) -> Tensor:
    """The mean of all images, (C, H, W) in [0, 1].

    A thousand at a time: float32 holds such a sum of bytes exactly, and thirty trainings that begin at once need little memory.
    """
    sums = torch.stack([part.float().sum(0) for part in images.pixels.split(1000)])
    return (sums.double().sum(0) / (255 * len(images))).float()
