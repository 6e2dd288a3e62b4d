"""A training's curves as a table that a spreadsheet opens."""

from __future__ import annotations

import csv
import io

PLAIN = {
    "step": "step",
    "epoch": "epoch",
    "seconds": "seconds (s)",
    "beta": "beta",
    "phase": "phase",
}  # whatever else there is, is in nats per image


def curves_csv(history: list[dict[str, float]]) -> bytes:
    """A row for each point of the curves under a header with units; a phase that lacks a term leaves its cell empty."""
    columns = list(dict.fromkeys(name for row in history for name in row)) or list(PLAIN)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([PLAIN.get(name, f"{name} (nats per image)") for name in columns])
    table.writerows([f"{row[name]:.6g}" if name in row else "" for name in columns] for row in history)
    return text.getvalue().encode()
