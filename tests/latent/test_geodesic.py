from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist

from vae_core.analysis.latent_map import latent_map, neighbour_graph_of
from vae_core.latent.geodesic import neighbour_graph, shortest_path
from vae_core.runs.checkpoint import SHIPPED, load

TIMES = torch.linspace(0, 1, 41)


def length(points: torch.Tensor) -> float:
    return float((points[1:] - points[:-1]).norm(dim=1).sum())


def half_circle(count: int, radius: float) -> torch.Tensor:
    angles = torch.linspace(0, math.pi, count)
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


def test_the_way_along_a_half_circle_is_its_arc() -> None:
    codes = half_circle(1000, 2)[torch.randperm(1000, generator=torch.Generator().manual_seed(0))]
    ends = half_circle(2, 2)
    way = shortest_path(neighbour_graph(codes), *ends)
    assert length(way.vertices) == pytest.approx(2 * math.pi, rel=1e-3)
    assert torch.equal(way.vertices[1:-1], codes[way.images])
    assert way.bridges == 0
    even = way.at(TIMES)
    assert torch.allclose(even.norm(dim=1), torch.tensor(2.0), atol=1e-3)
    steps = (even[1:] - even[:-1]).norm(dim=1)
    assert torch.allclose(steps, steps.mean(), rtol=0.01)
    assert torch.allclose(even[[0, -1]], ends, atol=1e-6)


def test_ends_away_from_the_data_are_joined_to_it() -> None:
    a, b = torch.tensor([4.0, 0.0]), torch.tensor([-4.0, 0.0])
    way = shortest_path(neighbour_graph(half_circle(1000, 2)), a, b)
    assert length(way.vertices) == pytest.approx(4 + 2 * math.pi, rel=0.02)  # an end may pass its very nearest code by
    assert torch.equal(way.vertices[[0, -1]], torch.stack([a, b]))


def test_parts_are_joined_by_their_nearest_pairs_as_in_a_minimum_spanning_tree() -> None:
    parts = torch.randn(6, 40, 3, generator=torch.Generator().manual_seed(1)) + 100 * torch.randn(
        6, 1, 3, generator=torch.Generator().manual_seed(2)
    )
    codes = parts.flatten(0, 1)
    neighbours = neighbour_graph(codes, 5)
    assert connected_components(neighbours.graph, directed=False)[0] == 1
    assert len(neighbours.bridges) == 5
    between = np.array([[cdist(one, other).min() for other in parts.numpy()] for one in parts.numpy()])
    lengths = sum(float((codes[i] - codes[j]).norm()) for i, j in neighbours.bridges)
    assert lengths == pytest.approx(minimum_spanning_tree(between).sum(), rel=1e-5)


def test_a_way_says_how_often_it_jumps_between_parts() -> None:
    near, far = half_circle(300, 1), half_circle(300, 1) + torch.tensor([10.0, 0.0])
    neighbours = neighbour_graph(torch.cat([near, far]))
    assert shortest_path(neighbours, near[0], far[0]).bridges == 1
    assert shortest_path(neighbours, near[0], near[-1]).bridges == 0


def test_codes_that_are_all_equal_have_a_way() -> None:
    codes = torch.cat([torch.zeros(50, 4), torch.ones(50, 4), torch.randn(5, 4)])
    way = shortest_path(neighbour_graph(codes), codes[0], codes[50])
    assert torch.equal(way.vertices[[0, -1]], codes[[0, 50]])
    assert way.at(TIMES).isfinite().all()
    assert torch.equal(shortest_path(neighbour_graph(codes), codes[0], codes[0]).at(TIMES), torch.zeros(41, 4))


def test_few_codes_are_enough() -> None:
    codes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert length(shortest_path(neighbour_graph(codes), codes[0], codes[2]).vertices) == pytest.approx(2)


def test_a_shipped_models_graph_is_made_once_and_has_a_way_not_shorter_than_the_line() -> None:
    run = load(SHIPPED / "mnist-vae-16d")
    neighbours, codes = neighbour_graph_of(run), latent_map(run).codes.mean
    assert neighbour_graph_of(run) is neighbours
    way = shortest_path(neighbours, codes[0], codes[8])
    direct = float((codes[8] - codes[0]).norm())
    assert length(way.vertices) >= direct
    assert not {0, 8} & set(way.images)
    edges = (way.vertices[1:] - way.vertices[:-1]).norm(dim=1)
    assert edges.max() < direct  # it goes from neighbour to neighbour
