"""The phases of a training: an objective, its epochs, and what precedes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn

from ..config import LossConfig, TrainConfig
from ..datasets.registry import ImageSet
from ..latent.codes import encode
from ..models.autoencoder import DENSITY_COMPONENTS, Autoencoder, Batch
from ..models.mixture import fit_gaussian, fit_mixture
from ..models.objectives import Objective, Terms, reconstruction_only


@dataclass(frozen=True)
class Phase:
    """Call `before`, then minimize `objective` over `parameters` (all if None) for `epochs`.

    The peak learning rate is `rate` times that of the settings.
    """

    name: str
    objective: Objective
    epochs: int
    before: Callable[[], None] | None = None
    parameters: Iterable[nn.Parameter] | None = None
    rate: float = 1.0


def layerwise_phases(model: Autoencoder, config: TrainConfig) -> list[Phase]:
    """Greedy pretraining from the outside in: each phase trains one pair of layers and fixes those around it.

    The k-th phase reconstructs images through the first k layers of the encoder and the last k of the decoder.
    Source: Hinton & Salakhutdinov (2006); Bengio et al., Greedy Layer-Wise Training of Deep Networks (2007).
    """
    depth = len(model.config.hidden) if config.layerwise_epochs else 0
    return [
        Phase(f"layer {k}", through_outer_layers(k), config.layerwise_epochs, parameters=_pair(model, k))
        for k in range(1, depth + 1)
    ]


def through_outer_layers(k: int) -> Objective:
    """loss = −log p(x | the last k layers of the decoder after the first k of the encoder)."""

    def through_layers(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
        hidden = model.encoder[: 2 + 2 * k](batch.x)  # dropout, flatten, then pairs of layer and activation
        error = -model.likelihood_of(model.decoder[-2 * k :](hidden)).log_prob(batch.x)
        return Terms(error, error.new_zeros(len(error), 0), error)

    return through_layers


def density_phases(model: Autoencoder, images: ImageSet, config: TrainConfig) -> list[Phase]:
    """Fit one Gaussian or a mixture of ten to the codes of the trained model, if its settings ask for it.

    Source: Ghosh et al., From Variational to Deterministic Autoencoders (2020).
    """
    fits = {
        "gaussian": fit_gaussian,
        "mixture": lambda codes: fit_mixture(codes, DENSITY_COMPONENTS["mixture"], config.seed),
    }
    fit = fits.get(model.config.density)
    return (
        [
            Phase(
                "density",
                reconstruction_only,
                0,
                before=lambda: model.set_density(fit(encode(model, images.pixels, images.labels).mean)),
            )
        ]
        if fit
        else []
    )


def _pair(model: Autoencoder, k: int) -> list[nn.Parameter]:
    """The parameters of the k-th layer of the encoder and the k-th last of the decoder."""
    return [*model.encoder[2 * k].parameters(), *model.decoder[-2 * k].parameters()]
