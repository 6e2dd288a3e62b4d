"""UMAP takes seconds to load and compile: it is fitted once, to few codes, for all tests of this file."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from vae_core.analysis.umap import Embedder, InverseGrid, UmapPoints

TOLD: list[tuple[str, float]] = []


@pytest.fixture(scope="module")
def islands() -> tuple[np.ndarray, np.ndarray]:
    """300 codes of five dimensions around six means, and which mean each has."""
    generator = np.random.default_rng(0)
    means, of = 4 * generator.standard_normal((6, 5)), np.arange(300) % 6
    return (means[of] + 0.5 * generator.standard_normal((300, 5))).astype(np.float32), of


@pytest.fixture(scope="module")
def embedded(islands: tuple[np.ndarray, np.ndarray]) -> tuple[Embedder, UmapPoints]:
    codes, _ = islands
    embedder = Embedder(codes, codes[:, :2], lambda stage, share: TOLD.append((stage, share)))
    return embedder, embedder.fit()


def test_codes_that_are_near_stand_near(islands: tuple, embedded: tuple[Embedder, UmapPoints]) -> None:
    points = embedded[1].points
    assert points.shape == (300, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert KNeighborsClassifier(5).fit(points[:150], islands[1][:150]).score(points[150:], islands[1][150:]) > 0.98


def test_the_progress_is_told_in_order(embedded: tuple[Embedder, UmapPoints]) -> None:
    stages = list(dict.fromkeys(stage for stage, _ in TOLD))
    shares = [share for stage, share in TOLD if stage == "layout"]
    assert stages[:3] == ["loading", "neighbours", "layout"]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_grid_between_its_places_is_near_umaps_own_inverse(
    islands: tuple, embedded: tuple[Embedder, UmapPoints]
) -> None:
    """At the embedded codes the distance to inverse_transform is small beside the codes' spread."""
    embedder, places = embedded
    inverse = embedder.inverse()
    own, shown, spread = embedder.inverse_transform(places.points), inverse.at(places.points), islands[0].std(0)
    assert np.isfinite(inverse.codes).all()
    assert inverse.codes.shape == (32, 32, 5)
    assert np.sqrt((((shown - own) / spread) ** 2).mean()) < 0.25


def test_between_four_places_is_the_bilinear_mean_and_beyond_the_edge_the_edge() -> None:
    grid = np.arange(9.0).reshape(3, 3, 1)
    inverse = InverseGrid(np.array([0.0, 0.0]), np.array([2.0, 4.0]), grid)
    positions = inverse.at(np.array([[0.0, 0.0], [1.0, 2.0], [0.5, 1.0], [2.0, 4.0], [-5.0, 2.0], [9.0, 9.0]]))
    assert positions[:, 0].tolist() == [0, 4, 2, 8, 3, 8]
