from __future__ import annotations

from vae_core.config import RunConfig
from vae_core.worker import MOST_ROWS, thinned, title


def test_a_long_curve_loses_points_but_never_its_last() -> None:
    rows: list[dict[str, float]] = []
    for step in range(3 * MOST_ROWS):
        rows = thinned([*rows, {"step": float(step)}])
    assert len(rows) <= MOST_ROWS and rows[-1]["step"] == 3 * MOST_ROWS - 1
    assert [row["step"] for row in rows] == sorted(row["step"] for row in rows)


def test_a_title_says_what_was_trained() -> None:
    assert title(RunConfig.from_flat({})) == "mnist-vae-2d"
    assert title(RunConfig.from_flat({"dataset": "digits", "network": "conv", "beta": 4, "latent_dim": 8})) == "digits-vae-conv-8d-beta4"
