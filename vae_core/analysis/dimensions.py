"""The dimensions of a latent space: the information in each, its range, and all codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ..datasets.registry import held_out_images
from ..evaluation.metrics import measure_terms
from ..i18n.message import Message, UserError
from ..models.mixture import Mixture
from ..runs.run import Run
from ..runtime.container import pack
from .latent_map import latent_map

PRIOR_RANGE_SIGMA = 3.0  # holds 99.7 % of a standard prior
RANGE_QUANTILES = (0.005, 0.995)  # of the codes, without a standard prior
MAX_DIMENSIONS = 128  # the page searches all codes at each move of the pointer: more would make a drag jerky


class TooManyDimensionsError(UserError):
    """Codes with more dimensions than the page shows."""


@dataclass(frozen=True)
class Dimensions:
    """The `codes` (N, D) of the held-out images; `information` (D,) and the range `low` to `high` (D,) of each.

    The information is the mean KL in nats if `nats` is true, otherwise the variance of the codes. `prior` is p(z), if
    the model has one.
    """

    codes: Tensor
    information: Tensor
    nats: bool
    low: Tensor
    high: Tensor
    prior: Mixture | None = None

    def to_bytes(self) -> bytes:
        """A container with `codes` (N, D) float16 and, float32, the prior's `weights`, `means` and `covariances`.

        Their shapes are (K,), (K, D) and (K, D, D); K is 0 without a prior. Raises TooManyDimensionsError.
        """
        count, dims = self.codes.shape
        if dims > MAX_DIMENSIONS:
            parts = {"dims": dims, "most": MAX_DIMENSIONS}
            raise TooManyDimensionsError(Message("error.too_many_dimensions", parts))
        prior = self.prior or Mixture(torch.zeros(0), torch.zeros(0, dims), torch.zeros(0, dims, dims))
        header = {
            "count": count,
            "dims": dims,
            "nats": self.nats,
            "information": _short(self.information),
            "low": _short(self.low),
            "high": _short(self.high),
        }
        arrays = {name: getattr(prior, name).detach().float() for name in ("weights", "means", "covariances")}
        return pack(header, {name: array.numpy() for name, array in (arrays | {"codes": self.codes.half()}).items()})


@lru_cache(maxsize=64)
def dimensions(run: Run) -> Dimensions:
    """The dimensions of a run's latent space, cached."""
    posterior = latent_map(run).codes
    codes, prior = posterior.mean, run.model.prior()
    if run.model.has_standard_prior:
        edge = torch.full(codes.shape[1:], PRIOR_RANGE_SIGMA)
        return Dimensions(codes, posterior.kl_to_standard().mean(0), True, -edge, edge, prior)
    low, high = torch.quantile(codes, torch.tensor(RANGE_QUANTILES), dim=0)
    if run.model.is_probabilistic:
        kl = measure_terms(run.model, held_out_images(run.config.data.dataset)).kl.mean(0)
        own_kl = kl[: codes.shape[1]]  # the rest is the KL of a cluster or of another level
        return Dimensions(codes, own_kl, True, low, high, prior)
    return Dimensions(codes, codes.var(0, correction=0), False, low, high, prior)


def _short(values: Tensor) -> list[float]:
    """The values in six digits, for JSON."""
    return [float(f"{value:.6g}") for value in values.tolist()]
