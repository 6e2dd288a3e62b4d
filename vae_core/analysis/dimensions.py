"""What each dimension of a code says, how far it goes, and all codes, for a page that looks at more than two dimensions."""

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

PRIOR_RANGE = 3.0  # σ of a standard prior: 99.7 % of its mass
SHARES = (0.005, 0.995)  # the quantiles between which other codes are shown

MOST_DIMENSIONS = 128  # of codes that the page searches at each move: more would cost a drag its smoothness


class TooManyDimensionsError(UserError):
    """Codes with more dimensions than the page shows."""


@dataclass(frozen=True)
class Dimensions:
    """`codes` (N, D) of the held-out images; what each dimension `says` (D,), its KL in nats if `nats` and else its variance.

    Each goes from `low` (D,) to `high` (D,); `prior` is what they are drawn from, if there is such a thing.
    """

    codes: Tensor
    says: Tensor
    nats: bool
    low: Tensor
    high: Tensor
    prior: Mixture | None = None

    def to_bytes(self) -> bytes:
        """A container with `codes` (N, D) float16 and the prior's `weights` (K,), `means` (K, D) and `covariances` (K, D, D) float32.

        K is 0 without a prior. Raises TooManyDimensionsError.
        """
        count, dims = self.codes.shape
        if dims > MOST_DIMENSIONS:
            parts = {"dims": dims, "most": MOST_DIMENSIONS}
            raise TooManyDimensionsError(Message("error.too_many_dimensions", parts))
        prior = self.prior or Mixture(torch.zeros(0), torch.zeros(0, dims), torch.zeros(0, dims, dims))
        header = {
            "count": count,
            "dims": dims,
            "nats": self.nats,
            "says": _short(self.says),
            "low": _short(self.low),
            "high": _short(self.high),
        }
        arrays = {name: getattr(prior, name).detach().float() for name in ("weights", "means", "covariances")}
        return pack(header, {name: array.numpy() for name, array in (arrays | {"codes": self.codes.half()}).items()})


@lru_cache(maxsize=64)
def dimensions(run: Run) -> Dimensions:
    """What is known of a run's dimensions, kept for the next visitor."""
    known = latent_map(run)
    codes, prior = known.codes.mean, run.model.prior()
    if run.model.has_standard_prior:
        edge = torch.full(codes.shape[1:], PRIOR_RANGE)
        return Dimensions(codes, known.codes.kl_to_standard().mean(0), True, -edge, edge, prior)
    low, high = torch.quantile(codes, torch.tensor(SHARES), dim=0)
    if run.model.is_probabilistic:
        kl = measure_terms(run.model, held_out_images(run.config.data.dataset)).kl.mean(0)
        return Dimensions(
            codes, kl[: codes.shape[1]], True, low, high, prior
        )  # what follows is a cluster's or another level's
    return Dimensions(codes, codes.var(0, correction=0), False, low, high, prior)


def _short(values: Tensor) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]
