"""UMAP of codes and its inverse.

Importing this module is quick; computing takes seconds, in the process of jobs/umap_jobs.py.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NEIGHBOURS, EPOCHS = 15, 200  # UMAP's default of 500 epochs moves no point to another cluster
GRID_SIDE = 32  # points of the inverse's grid along each axis

ReportProgress = Callable[[str, float], None]  # the stage, and the share of it that is done, from 0 to 1


@dataclass(frozen=True)
class UmapPoints:
    """The embedded codes: `points` (N, 2) float32. Neighbouring codes are neighbours; the axes have no unit."""

    points: np.ndarray


@dataclass(frozen=True)
class InverseGrid:
    """UMAP's inverse, `codes` (S, S, D), at the points of a regular grid, row y and column x.

    The grid extends from `low` (2,) to `high` (2,), both (x, y).
    """

    low: np.ndarray
    high: np.ndarray
    codes: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Points (M, 2) → codes (M, D), by bilinear interpolation; outside the grid the codes of its edge."""
        side = len(self.codes) - 1
        across, up = (np.clip((points - self.low) / (self.high - self.low), 0, 1) * side).T
        i, j = (np.minimum(along.astype(int), side - 1) for along in (across, up))
        s, t = (across - i)[:, None], (up - j)[:, None]
        below = (1 - s) * self.codes[j, i] + s * self.codes[j, i + 1]
        above = (1 - s) * self.codes[j + 1, i] + s * self.codes[j + 1, i + 1]
        return (1 - t) * below + t * above


class Embedder:
    """UMAP of codes (N, D), initialized with their projection (N, 2) onto the map's plane: both maps look alike.

    scikit-learn computes the neighbours exactly: UMAP's own search takes a minute to compile. With one seed and one
    thread the same codes always give the same map. Source: McInnes et al., UMAP (2018).
    """

    def __init__(self, codes: np.ndarray, initial_points: np.ndarray, report: ReportProgress) -> None:
        self.codes, self.initial_points, self.report = codes, initial_points, report

    def fit(self) -> UmapPoints:
        """Fit UMAP and return the embedded codes."""
        self.report("loading", 0)
        from sklearn.neighbors import NearestNeighbors
        from umap import UMAP

        self.report("neighbours", 0)
        count = min(NEIGHBOURS, len(self.codes) - 1)
        distances, indices = NearestNeighbors(n_neighbors=count).fit(self.codes).kneighbors(self.codes)
        progress_bar = {"file": _EpochCounter(self.report), "bar_format": "{n}", "disable": False}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # with precomputed neighbours UMAP cannot embed other codes later
            self._fitted = UMAP(
                n_neighbors=count,
                n_epochs=EPOCHS,
                init=self.initial_points,
                random_state=0,
                n_jobs=1,
                tqdm_kwds=progress_bar,
                precomputed_knn=(indices, distances.astype(np.float32)),
            ).fit(self.codes)
        return UmapPoints(self._fitted.embedding_.astype(np.float32))

    def inverse(self, side: int = GRID_SIDE) -> InverseGrid:
        """The inverse on a grid of side × side points over the whole embedding."""
        self.report("inverse", 0)
        points = self._fitted.embedding_
        low, high = points.min(0), points.max(0)
        axes = (np.linspace(low[axis], high[axis], side) for axis in (0, 1))
        grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
        return InverseGrid(low, high, self.inverse_transform(grid).reshape(side, side, -1))

    def inverse_transform(self, points: np.ndarray) -> np.ndarray:
        """Points (M, 2) → codes (M, D) by UMAP's inverse_transform.

        It is undefined outside the convex hull of the embedding, where the point of the nearest code is used.
        """
        from scipy.spatial import Delaunay
        from sklearn.neighbors import NearestNeighbors

        embedding = self._fitted.embedding_
        outside = Delaunay(embedding).find_simplex(points) < 0
        inner = points.copy()
        if outside.any():
            nearest = NearestNeighbors(n_neighbors=1).fit(embedding).kneighbors(points[outside])[1][:, 0]
            inner[outside] = embedding[nearest] + 1e-3 * (embedding.mean(0) - embedding[nearest])
        return self._fitted.inverse_transform(inner.astype(np.float32))


class _EpochCounter(io.StringIO):
    """The file that UMAP's progress bar writes to, the only source of its progress: reports the epochs."""

    def __init__(self, report: ReportProgress) -> None:
        super().__init__()
        self._report, self._epoch = report, 0

    def write(self, text: str) -> int:
        if text.strip().isdigit() and int(text) > self._epoch:  # the inverse counts from 0 again, to fewer epochs
            self._epoch = int(text)
            self._report("layout", self._epoch / EPOCHS)
        return len(text)
