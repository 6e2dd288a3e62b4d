"""Paths along the data: shortest paths in the nearest-neighbour graph of a model's codes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:  # imported in the functions that use it: the page opens sooner
    from scipy.sparse import csr_array

NEIGHBOURS = 10
MIN_EDGE_LENGTH = 1e-9  # of an edge between two equal codes: a sparse matrix has no edge of length 0


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """Codes (N, D) and the `graph` (N, N) of the distances from each to its nearest ones, undirected.

    `bridges` are the edges, as pairs of indices, that join parts which would otherwise be unconnected.
    """

    codes: np.ndarray
    graph: csr_array
    bridges: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class DataPath:
    """A polygonal path with `vertices` (M, D), the first and the last of which are its ends.

    `images` are the indices of the codes between the ends, `bridges` how many of its edges are bridges of the graph.
    """

    vertices: Tensor
    images: list[int]
    bridges: int

    def at(self, t: Tensor) -> Tensor:
        """The codes (T, D) at times t (T,) from 0 to 1, at constant speed."""
        points = self.vertices.double()
        lengths = torch.cat([torch.zeros(1), (points[1:] - points[:-1]).norm(dim=1)]).cumsum(0)
        distances = (t.double() * lengths[-1]).numpy()
        return torch.from_numpy(
            np.stack([np.interp(distances, lengths.numpy(), column) for column in points.T.numpy()], 1)
        ).float()


def neighbour_graph(codes: Tensor, neighbours: int = NEIGHBOURS) -> NeighbourGraph:
    """The graph that joins each code (N, D) to its nearest ones; bridges join unconnected parts at their nearest codes.

    Source: Tenenbaum, de Silva and Langford, A global geometric framework for nonlinear dimensionality reduction
    (2000).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import kneighbors_graph

    points = codes.double().numpy()
    graph = csr_array(kneighbors_graph(points, min(neighbours, len(points) - 1), mode="distance"))
    graph.data = np.maximum(graph.data, MIN_EDGE_LENGTH)
    bridges = _bridges(points, connected_components(graph, directed=False)[1])
    if bridges:
        one, other = np.array(bridges).T
        lengths = np.maximum(np.linalg.norm(points[one] - points[other], axis=1), MIN_EDGE_LENGTH)
        graph = graph + csr_array((lengths, (one, other)), shape=graph.shape)
    return NeighbourGraph(points, graph, frozenset(bridges))


def _bridges(points: np.ndarray, part: np.ndarray) -> list[tuple[int, int]]:
    """Edges that join all parts, each the shortest from the smallest part to another; `part` (N,) is a point's part."""
    from sklearn.neighbors import NearestNeighbors

    part, bridges = part.copy(), []
    while len(sizes := np.bincount(part)[np.unique(part)]) > 1:
        inside = part == np.unique(part)[sizes.argmin()]
        distances, nearest = NearestNeighbors(n_neighbors=1).fit(points[~inside]).kneighbors(points[inside])
        one, other = np.flatnonzero(inside)[distances.argmin()], np.flatnonzero(~inside)[nearest[distances.argmin(), 0]]
        part[inside] = part[other]
        bridges.append((int(one), int(other)))
    return bridges


def shortest_path(data: NeighbourGraph, a: Tensor, b: Tensor, neighbours: int = NEIGHBOURS) -> DataPath:
    """The shortest path from code a (D,) to code b (D,) in `data`, of which each end is joined to its nearest codes.

    Source: Dijkstra (1959); computed by scipy.
    """
    from scipy.sparse import block_array, csr_array
    from scipy.sparse.csgraph import dijkstra
    from sklearn.neighbors import NearestNeighbors

    count, ends = len(data.codes), torch.stack([a, b]).double().numpy()
    distances, nearest = NearestNeighbors(n_neighbors=min(neighbours, count)).fit(data.codes).kneighbors(ends)
    entries = (np.maximum(distances, MIN_EDGE_LENGTH).ravel(), (np.repeat([0, 1], nearest.shape[1]), nearest.ravel()))
    graph = block_array([[data.graph, None], [csr_array(entries, shape=(2, count)), csr_array((2, 2))]], format="csr")
    predecessors = dijkstra(graph, directed=False, indices=count, return_predecessors=True)[1]
    node, between = count + 1, []
    while (node := int(predecessors[node])) != count:
        between.append(node)
    between.reverse()
    bridges = sum((i, j) in data.bridges or (j, i) in data.bridges for i, j in pairwise(between))
    return DataPath(
        torch.from_numpy(np.concatenate([ends[:1], data.codes[between], ends[1:]])).float(), between, bridges
    )
