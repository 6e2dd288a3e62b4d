"""Ways along the data: shortest paths in the nearest-neighbour graph of a model's codes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:  # imported where it is used: the page opens a second earlier
    from scipy.sparse import csr_array

NEIGHBOURS = 10
SHORTEST = 1e-9  # the length of an edge between two equal codes: a sparse matrix has no edge of length 0


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """Codes (N, D) and the `graph` (N, N) of the distances from each to its nearest, to be read in both directions.

    `bridges` are the edges, as pairs of numbers, without which the graph would fall apart.
    """

    codes: np.ndarray
    graph: csr_array
    bridges: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class DataPath:
    """Corners (M, D) of a way, the first and the last its ends; the `images` whose codes those between are; how many `bridges` it takes."""

    corners: Tensor
    images: list[int]
    bridges: int

    def at(self, t: Tensor) -> Tensor:
        """The codes at times (T,) from 0 to 1, (T, D): equal times are equal lengths."""
        points = self.corners.double()
        lengths = torch.cat([torch.zeros(1), (points[1:] - points[:-1]).norm(dim=1)]).cumsum(0)
        where = (t.double() * lengths[-1]).numpy()
        return torch.from_numpy(
            np.stack([np.interp(where, lengths.numpy(), column) for column in points.T.numpy()], 1)
        ).float()


def neighbour_graph(codes: Tensor, neighbours: int = NEIGHBOURS) -> NeighbourGraph:
    """The graph that joins each code (N, D) to its nearest ones. Where it falls into parts, the nearest two codes of two parts are joined.

    Source: Tenenbaum, de Silva and Langford, A global geometric framework for nonlinear dimensionality reduction
    (2000).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import kneighbors_graph

    points = codes.double().numpy()
    graph = csr_array(kneighbors_graph(points, min(neighbours, len(points) - 1), mode="distance"))
    graph.data = np.maximum(graph.data, SHORTEST)
    bridges = _bridges(points, connected_components(graph, directed=False)[1])
    if bridges:
        one, other = np.array(bridges).T
        lengths = np.maximum(np.linalg.norm(points[one] - points[other], axis=1), SHORTEST)
        graph = graph + csr_array((lengths, (one, other)), shape=graph.shape)
    return NeighbourGraph(points, graph, frozenset(bridges))


def _bridges(points: np.ndarray, part: np.ndarray) -> list[tuple[int, int]]:
    """Edges that join all parts, where `part` (N,) says which one a point is in: the smallest goes to what is nearest to it, again and again."""
    from sklearn.neighbors import NearestNeighbors

    part, found = part.copy(), []
    while len(sizes := np.bincount(part)[np.unique(part)]) > 1:
        inside = part == np.unique(part)[sizes.argmin()]
        distances, nearest = NearestNeighbors(n_neighbors=1).fit(points[~inside]).kneighbors(points[inside])
        one, other = np.flatnonzero(inside)[distances.argmin()], np.flatnonzero(~inside)[nearest[distances.argmin(), 0]]
        part[inside] = part[other]
        found.append((int(one), int(other)))
    return found


def along(known: NeighbourGraph, a: Tensor, b: Tensor, neighbours: int = NEIGHBOURS) -> DataPath:
    """The shortest way from code a (D,) to code b (D,) from neighbour to neighbour; a and b join the graph at their own nearest codes."""
    from scipy.sparse import block_array, csr_array
    from scipy.sparse.csgraph import dijkstra
    from sklearn.neighbors import NearestNeighbors

    count, ends = len(known.codes), torch.stack([a, b]).double().numpy()
    distances, nearest = NearestNeighbors(n_neighbors=min(neighbours, count)).fit(known.codes).kneighbors(ends)
    entries = (np.maximum(distances, SHORTEST).ravel(), (np.repeat([0, 1], nearest.shape[1]), nearest.ravel()))
    graph = block_array([[known.graph, None], [csr_array(entries, shape=(2, count)), csr_array((2, 2))]], format="csr")
    before, at, through = dijkstra(graph, directed=False, indices=count, return_predecessors=True)[1], count + 1, []
    while (at := int(before[at])) != count:
        through.append(at)
    through.reverse()
    bridges = sum((i, j) in known.bridges or (j, i) in known.bridges for i, j in pairwise(through))
    return DataPath(
        torch.from_numpy(np.concatenate([ends[:1], known.codes[through], ends[1:]])).float(), through, bridges
    )
