"""The upper level of a hierarchical VAE as a map: z₂ of the held-out images, and the mean of z₁ at a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from ..datasets.registry import as_floats, held_out_images
from ..export.browser import network_parts
from ..i18n.message import Message, UserError
from ..latent.codes import CHUNK_IMAGES
from ..latent.projection import Plane, fit_plane
from ..models.hierarchical import Hierarchical
from ..models.mixture import standard_normal
from ..runs.run import Run
from ..runtime.container import pack
from .latent_map import project_prior


@dataclass(frozen=True)
class UpperLevel:
    """The means (N, D₂) of q(z₂ | x) of the held-out images, and the `plane` onto which they are projected."""

    model: Hierarchical
    means: Tensor
    plane: Plane

    def to_bytes(self) -> bytes:
        """A container with `points` (N, 2) float32 and the network `down` in the format of export/browser.py."""
        network, weights = network_parts(self.down(), 2, self.model.config.latent_dim)
        prior = project_prior(standard_normal(self.means.shape[1]), self.plane)
        points = self.plane.project(self.means).float().numpy()
        return pack(network | {"prior": prior}, weights | {"points": points})

    @torch.no_grad()
    def down(self) -> nn.Sequential:
        """The network from points of the map (B, 2) to the mean of p(z₁ | z₂) there (B, D₁)."""
        low, (*inner, last) = self.model.config.latent_dim, self.model.downwards
        assert isinstance(last, nn.Linear)
        lift, half = nn.Linear(2, self.means.shape[1]), nn.Linear(last.in_features, low)
        for layer, weight, bias in (
            (lift, self.plane.basis, self.plane.origin),
            (half, last.weight[:low], last.bias[:low]),
        ):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        return nn.Sequential(lift, *inner, half)


class SingleLevelError(UserError):
    """The model has no upper level."""


@lru_cache(maxsize=16)
def upper_level(run: Run) -> UpperLevel:
    """The upper level of a run, cached. Raises SingleLevelError."""
    if not isinstance(run.model, Hierarchical):
        raise SingleLevelError(Message("error.single_level", {"name": run.name}))
    run.model.eval()
    pixels = held_out_images(run.config.data.dataset).pixels
    means = torch.cat([run.model.above(as_floats(chunk)).mean for chunk in pixels.split(CHUNK_IMAGES)])
    return UpperLevel(run.model, means, fit_plane(means))
