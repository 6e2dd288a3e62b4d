"""UMAP of the 10,000 codes of the shipped sixteen-dimensional VAE, as the server computes it.

    python tests/benchmarks/embedding.py

It measures the time to the positions and to the inverse, from a cold start, and the distance of the page's inverse,
bilinear on a grid, from UMAP's own. Distances are root mean squares over 1,000 images and all informative dimensions,
in standard deviations of the codes.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from vae_core.analysis.latent_map import latent_map  # noqa: E402
from vae_core.analysis.umap import Embedder, InverseGrid  # noqa: E402
from vae_core.runs.catalog import RunCatalog  # noqa: E402

SIDES, HELD = (16, 32, 64), 1000


def timed(figures: dict[str, float], name: str, act: object) -> object:
    """Return the result of `act`, with its wall time and processor time in seconds."""
    clock, processor = time.perf_counter(), time.process_time()
    result = act()
    figures[f"{name}_s"], figures[f"{name}_cpu_s"] = time.perf_counter() - clock, time.process_time() - processor
    return result


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    latent = latent_map(RunCatalog().get("mnist-vae-16d"))
    codes, figures = latent.codes.mean.numpy(), {}
    embedder = Embedder(codes, latent.plane.project(latent.codes.mean).numpy(), lambda stage, share: None)
    places = timed(figures, "places", embedder.fit)
    timed(figures, "inverse", embedder.inverse)
    indices = np.random.default_rng(0).choice(len(codes), HELD, replace=False)
    points = places.points[indices]
    own, spread = embedder.inverse_transform(points), codes.std(0)

    def apart(a: np.ndarray, b: np.ndarray) -> float:
        """Return the root mean square distance."""
        return float(np.sqrt((((a - b) / spread) ** 2)[:, spread > 0.1].mean()))

    figures["own_inverse_to_codes"] = apart(own, codes[indices])
    for side in SIDES:
        inverse: InverseGrid = embedder.inverse(side)
        figures[f"grid{side}_to_own_inverse"], figures[f"grid{side}_to_codes"] = (
            apart(inverse.at(points), own),
            apart(inverse.at(points), codes[indices]),
        )
    figures["mean_code_to_codes"] = apart(codes.mean(0), codes[indices])
    print(" ".join(f"{name}: {value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
