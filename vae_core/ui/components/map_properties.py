"""What the page needs, besides codes and labels, to draw the map of a training."""

from __future__ import annotations

from ...config import RunConfig
from ...datasets.registry import dataset, image_key


def map_properties(config: RunConfig) -> dict[str, object]:
    """Return the data set's address, image shape, class and factor names, and the model's prior and dimensions."""
    images = dataset(config.data.dataset)
    return {
        "dataset": image_key(config.data.dataset),
        "shape": images.shape,
        "classes": images.classes,
        "factorNames": images.factors,
        "standardPrior": config.model.capabilities.has_standard_prior,
        "latentDim": config.model.latent_dim,
    }
