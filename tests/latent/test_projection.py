from __future__ import annotations

import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from torch.distributions import MultivariateNormal

from vae_core.latent.projection import Plane, align, fit_plane

CODES = (
    torch.randn(500, 6, generator=torch.Generator().manual_seed(0)) * torch.tensor([5.0, 4.0, 2.0, 1.0, 0.5, 0.1]) + 3
)


def test_two_dimensions_are_their_own_map() -> None:
    codes = torch.randn(50, 2)
    assert torch.equal(fit_plane(codes).project(codes), codes)


def test_more_dimensions_are_seen_in_the_plane_of_pca() -> None:
    plane, oracle = fit_plane(CODES), PCA(2).fit(CODES.numpy())
    assert subspace_angles(plane.basis.numpy(), oracle.components_.T).max() < 1e-3
    assert abs(plane.share - oracle.explained_variance_ratio_.sum()) < 1e-4


@pytest.mark.parametrize("value", [0.0, 0.1, 3.0])
def test_codes_without_any_spread_have_a_plane_that_hides_nothing(value: float) -> None:
    plane = fit_plane(torch.full((40, 5), value))
    assert 0 <= plane.share <= 1
    assert value == 0.1 or plane.share == 1
    assert torch.allclose(plane.basis.T @ plane.basis, torch.eye(2), atol=1e-5)
    assert plane.project(torch.full((1, 5), value)).abs().max() < 1e-5


def test_a_point_lifted_and_projected_is_itself() -> None:
    plane, points = fit_plane(CODES), torch.randn(20, 2)
    assert torch.allclose(plane.project(plane.lift(points)), points, atol=1e-5)


def test_a_posteriors_spread_on_the_map_is_that_of_its_projected_samples() -> None:
    plane, variance = fit_plane(CODES), torch.rand(6) + 0.1
    samples = MultivariateNormal(torch.zeros(6), variance.diag()).sample((200_000,))
    assert torch.allclose((samples @ plane.basis).T.cov(), plane.spread(variance), atol=0.03)


def test_aligning_undoes_a_turn_and_a_flip() -> None:
    plane = fit_plane(CODES)
    turned = Plane(plane.origin, plane.basis @ torch.tensor([[0.6, 0.8], [0.8, -0.6]]), plane.share)
    back = align(turned, plane)
    assert torch.allclose(back.basis, plane.basis, atol=1e-5)
    assert torch.allclose(back.basis.T @ back.basis, torch.eye(2), atol=1e-5)
