from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.analysis.test_latent_map import run_of
from tests.support.untrained_models import mixture
from vae_core.analysis.dimensions import Dimensions, dimensions
from vae_core.analysis.latent_map import latent_map


def parts(data: bytes) -> tuple[dict, list[np.ndarray], np.ndarray]:
    """Header, the prior's [weights, means, covariances] and the codes, as server.js reads them."""
    length, at = int(np.frombuffer(data, "<u4", 1)[0]), 4
    about = json.loads(data[at : at + length])
    at, k, d = at + length, about["components"], about["dims"]
    prior = []
    for shape in ((k,), (k, d), (k, d, d)):
        prior.append(np.frombuffer(data, "<f4", int(np.prod(shape)), offset=at).reshape(shape))
        at += prior[-1].nbytes
    return about, prior, np.frombuffer(data, "<f2", offset=at).reshape(about["count"], d)


def test_a_vaes_dimensions_are_weighed_by_their_kl_and_go_three_sigma_far() -> None:
    run = run_of(5)
    known, codes = dimensions(run), latent_map(run).codes
    expected = kl_divergence(Normal(codes.mean, codes.std), Normal(0.0, 1.0)).mean(0)
    assert known.nats
    assert torch.allclose(known.says, expected, rtol=1e-4)
    assert known.low.tolist() == [-3] * 5
    assert known.high.tolist() == [3] * 5


@pytest.mark.parametrize(("kind", "nats"), [("ae", False), ("hierarchical", True), ("vade", True)])
def test_without_a_standard_prior_a_dimension_goes_as_far_as_its_codes(kind: str, nats: bool) -> None:
    known = dimensions(run_of(5, kind))
    assert known.nats is nats
    assert known.says.shape == known.low.shape == (5,)
    inside = ((known.codes >= known.low) & (known.codes <= known.high)).float().mean(0)
    assert ((inside > 0.98) & (inside < 1)).all()
    if not nats:
        assert torch.allclose(known.says, known.codes.var(0, correction=0))


def test_the_bytes_hold_the_prior_and_every_code() -> None:
    known = Dimensions(torch.randn(33, 3), torch.rand(3), False, -torch.rand(3), torch.rand(3), mixture(2, 3))
    about, prior, codes = parts(known.to_bytes())
    assert np.allclose(about["says"], known.says, rtol=1e-5)
    assert about["count"] == 33
    assert not about["nats"]
    assert np.allclose(codes, known.codes, atol=2e-3)
    for sent, own in zip(prior, (known.prior.weights, known.prior.means, known.prior.covariances), strict=True):
        assert np.array_equal(sent, own.numpy())


def test_the_bytes_without_a_prior_hold_none() -> None:
    about, prior, codes = parts(dimensions(run_of(5, "ae")).to_bytes())
    assert about["components"] == 0
    assert prior[0].size == 0
    assert codes.shape == (360, 5)
