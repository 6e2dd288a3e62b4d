from __future__ import annotations

import csv
import io

from vae_core.export.curves_csv import curves_csv
from vae_core.runs.checkpoint import SHIPPED, load


def read(history: list[dict[str, float]]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(curves_csv(history).decode(), newline="")))


def test_every_row_and_number_of_a_shipped_history_comes_back_under_its_unit() -> None:
    history = load(SHIPPED / "mnist-vae-2d").history
    header, *rows = read(history)
    assert header[:3] == ["step", "epoch", "seconds (s)"]
    assert "held_out_kl (nats per image)" in header
    assert len(rows) == len(history)
    for row, known in zip(rows, history, strict=True):
        values = {name.split(" (")[0]: float(cell) for name, cell in zip(header, row, strict=True) if cell}
        assert values.keys() == known.keys()
        assert all(abs(values[name] - value) <= 1e-5 * abs(value) for name, value in known.items())


def test_a_term_that_only_one_phase_has_leaves_empty_cells() -> None:
    header, first, second = read([{"step": 1, "phase": 0}, {"step": 2, "phase": 1, "training_clustering": 0.5}])
    assert header[-1] == "training_clustering (nats per image)"
    assert first[-1] == ""
    assert second[-1] == "0.5"


def test_without_a_history_there_is_a_header() -> None:
    assert read([]) == [["step", "epoch", "seconds (s)", "beta", "phase"]]
