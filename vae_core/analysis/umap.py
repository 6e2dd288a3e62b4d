"""UMAP of codes and its inverse. Importing it is quick; computing takes seconds and a process of its own, see embeddings.py."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NEIGHBOURS, EPOCHS = 15, 200  # UMAP's usual 500 epochs move nobody from one island to another
GRID = 32  # places a side at which the inverse is known

Tell = Callable[[str, float], None]  # the stage, and how much of it is done, 0 to 1


@dataclass(frozen=True)
class UmapPoints:
    """Where each code stands: `points` (N, 2) float32. Near codes stand near each other; the axes have no unit."""

    points: np.ndarray


@dataclass(frozen=True)
class InverseGrid:
    """The codes (GRID, GRID, D) that UMAP's inverse gives for places on a regular grid, row y and column x.

    The grid goes from `low` (2,) to `high` (2,), both (x, y).
    """

    low: np.ndarray
    high: np.ndarray
    codes: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Places (M, 2) → codes (M, D), bilinear between the grid's places; outside the grid those of its edge."""
        side = len(self.codes) - 1
        across, up = (np.clip((points - self.low) / (self.high - self.low), 0, 1) * side).T
        i, j = (np.minimum(along.astype(int), side - 1) for along in (across, up))
        s, t = (across - i)[:, None], (up - j)[:, None]
        below = (1 - s) * self.codes[j, i] + s * self.codes[j, i + 1]
        above = (1 - s) * self.codes[j + 1, i] + s * self.codes[j + 1, i + 1]
        return (1 - t) * below + t * above


class Embedder:
    """UMAP fitted to codes (N, D), beginning at the points (N, 2) of their plane, so that both maps look alike.

    The neighbours come from scikit-learn, exactly: UMAP's own search for them compiles for a minute. One seed and one
    thread: the same codes always give the same map. Source: McInnes et al., UMAP (2018).
    """

    def __init__(self, codes: np.ndarray, start: np.ndarray, tell: Tell) -> None:
        self.codes, self.start, self.tell = codes, start, tell

    def places(self) -> UmapPoints:
        """Fit, and say where the codes stand."""
        self.tell("loading", 0)
        from sklearn.neighbors import NearestNeighbors
        from umap import UMAP

        self.tell("neighbours", 0)
        count = min(NEIGHBOURS, len(self.codes) - 1)
        distances, indices = NearestNeighbors(n_neighbors=count).fit(self.codes).kneighbors(self.codes)
        shown = {"file": _Epochs(self.tell), "bar_format": "{n}", "disable": False}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that codes which come later cannot be placed
            self._fitted = UMAP(
                n_neighbors=count,
                n_epochs=EPOCHS,
                init=self.start,
                random_state=0,
                n_jobs=1,
                tqdm_kwds=shown,
                precomputed_knn=(indices, distances.astype(np.float32)),
            ).fit(self.codes)
        return UmapPoints(self._fitted.embedding_.astype(np.float32))

    def inverse(self, side: int = GRID) -> InverseGrid:
        """The inverse on a grid over all places. Beyond the outermost codes, where UMAP has none, that of the nearest code."""
        self.tell("inverse", 0)
        points = self._fitted.embedding_
        low, high = points.min(0), points.max(0)
        grid = np.stack(np.meshgrid(*(np.linspace(low[axis], high[axis], side) for axis in (0, 1))), -1).reshape(-1, 2)
        return InverseGrid(low, high, self.back(grid).reshape(side, side, -1))

    def back(self, points: np.ndarray) -> np.ndarray:
        """Places (M, 2) → codes (M, D) by UMAP's inverse_transform."""
        from scipy.spatial import Delaunay
        from sklearn.neighbors import NearestNeighbors

        known = self._fitted.embedding_
        outside = Delaunay(known).find_simplex(points) < 0
        inner = points.copy()
        if outside.any():
            nearest = NearestNeighbors(n_neighbors=1).fit(known).kneighbors(points[outside])[1][:, 0]
            inner[outside] = known[nearest] + 1e-3 * (known.mean(0) - known[nearest])
        return self._fitted.inverse_transform(inner.astype(np.float32))


class _Epochs(io.StringIO):
    """What UMAP's progress bar writes to: it counts epochs, and there is no other way to hear of them."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell, self._most = tell, 0

    def write(self, text: str) -> int:
        if text.strip().isdigit() and int(text) > self._most:  # the inverse counts again, from 0 and less far
            self._most = int(text)
            self._tell("layout", self._most / EPOCHS)
        return len(text)
