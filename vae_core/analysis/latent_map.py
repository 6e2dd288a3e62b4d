"""The latent map of a trained model: the codes of the held-out images, projected onto a plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ..datasets.registry import dataset, held_out_images, image_key
from ..evaluation.metrics import collapse_status
from ..latent.codes import encode
from ..latent.geodesic import NeighbourGraph, neighbour_graph
from ..latent.projection import Plane, fit_plane
from ..models.gaussian import DiagonalGaussian
from ..models.hierarchical import Hierarchical
from ..models.mixture import Mixture
from ..runs.run import Run
from ..runtime.container import pack


@dataclass(frozen=True)
class LatentMap:
    """The posterior `codes` (N, D) and `labels` (N,) of the held-out images, and the `plane` of their projection.

    `factors` (N, F) are the parameters that generated the images, if these are synthetic. `prior` is the result of
    `project_prior`, if the model has a prior.
    """

    run: Run
    codes: DiagonalGaussian
    labels: Tensor
    plane: Plane
    factors: Tensor | None = None
    prior: list[dict[str, object]] | None = None

    def code(self, index: int) -> Tensor:
        """The code (D,) of an image, for a VAE the posterior mean."""
        return self.codes.mean[index]

    def to_bytes(self) -> bytes:
        """A container with `points` (N, 2) float32, `labels` (N,) uint8 and perhaps `factors` (N, F) float32."""
        arrays = {"points": self.plane.project(self.codes.mean).float(), "labels": self.labels.to(torch.uint8)}
        if self.factors is not None:
            arrays["factors"] = self.factors.float()
        return pack(self._header(), {name: array.numpy() for name, array in arrays.items()})

    def _header(self) -> dict[str, object]:
        config = self.run.config
        source, active = dataset(config.data.dataset), self.run.metrics.get("active_units")
        return {
            "name": self.run.name,
            "dataset": image_key(config.data.dataset),
            "shape": source.shape,
            "classes": source.classes,
            "factorNames": [] if self.factors is None else source.factors,
            "latentDim": self.codes.mean.shape[1],
            "standardPrior": self.run.model.has_standard_prior,
            "active": active,
            "silence": collapse_status(active, self.codes.mean.shape[1]),
            "conditions": self.run.model.conditions,
            "prior": self.prior,
            "levels": 2 if isinstance(self.run.model, Hierarchical) else 1,
            "origin": self.plane.origin.tolist(),
            "basis": self.plane.basis.tolist(),
            "share": self.plane.share,
        }


@lru_cache(maxsize=64)
def latent_map(run: Run) -> LatentMap:
    """The latent map of a run, cached."""
    images = held_out_images(run.config.data.dataset)
    codes = encode(run.model, images.pixels, images.labels)
    plane = fit_plane(codes.mean)
    mixture = run.model.prior()
    return LatentMap(
        run, codes, images.labels, plane, images.factors, None if mixture is None else project_prior(mixture, plane)
    )


@torch.no_grad()
def project_prior(mixture: Mixture, plane: Plane) -> list[dict[str, object]]:
    """A mixture on the map: `weight`, `mean` [x, y] and `covariance` [a, b, c] of ((a, b), (b, c)) of each component.

    The projection of N(μ, Σ) is N(basisᵀ (μ − origin), basisᵀ Σ basis).
    """
    flat = plane.basis.T @ mixture.covariances.float() @ plane.basis
    parts = zip(mixture.weights.tolist(), plane.project(mixture.means.float()).tolist(), flat.tolist(), strict=True)
    return [{"weight": weight, "mean": mean, "covariance": [a, b, c]} for weight, mean, ((a, b), (_, c)) in parts]


@lru_cache(maxsize=32)
def neighbour_graph_of(run: Run) -> NeighbourGraph:
    """The neighbour graph of a run's held-out codes, cached."""
    return neighbour_graph(latent_map(run).codes.mean)
