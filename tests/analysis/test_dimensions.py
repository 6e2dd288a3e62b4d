from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.analysis.test_latent_map import run_of
from tests.support.untrained_models import mixture
from vae_core.analysis.dimensions import Dimensions, dimensions
from vae_core.analysis.latent_map import latent_map
from vae_core.runtime.container import unpack


def test_a_vaes_dimensions_are_weighed_by_their_kl_and_go_three_sigma_far() -> None:
    run = run_of(5)
    summary, codes = dimensions(run), latent_map(run).codes
    expected = kl_divergence(Normal(codes.mean, codes.std), Normal(0.0, 1.0)).mean(0)
    assert summary.nats
    assert torch.allclose(summary.information, expected, rtol=1e-4)
    assert summary.low.tolist() == [-3] * 5
    assert summary.high.tolist() == [3] * 5


@pytest.mark.parametrize(("kind", "nats"), [("ae", False), ("hierarchical", True), ("vade", True)])
def test_without_a_standard_prior_a_dimension_goes_as_far_as_its_codes(kind: str, nats: bool) -> None:
    summary = dimensions(run_of(5, kind))
    assert summary.nats is nats
    assert summary.information.shape == summary.low.shape == (5,)
    inside = ((summary.codes >= summary.low) & (summary.codes <= summary.high)).float().mean(0)
    assert ((inside > 0.98) & (inside < 1)).all()
    if not nats:
        assert torch.allclose(summary.information, summary.codes.var(0, correction=0))


def test_the_bytes_hold_the_prior_and_every_code() -> None:
    summary = Dimensions(torch.randn(33, 3), torch.rand(3), False, -torch.rand(3), torch.rand(3), mixture(2, 3))
    about, arrays = unpack(summary.to_bytes())
    assert np.allclose(about["information"], summary.information, rtol=1e-5)
    assert about["count"] == 33
    assert not about["nats"]
    assert np.allclose(arrays["codes"], summary.codes, atol=2e-3)
    assert arrays["codes"].dtype == np.float16
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(arrays[name], getattr(summary.prior, name))


def test_the_bytes_without_a_prior_hold_none() -> None:
    _, arrays = unpack(dimensions(run_of(5, "ae")).to_bytes())
    assert len(arrays["weights"]) == 0
    assert arrays["codes"].shape == (360, 5)
