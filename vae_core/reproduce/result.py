"""The result of an experiment: rows of a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A published figure and our own, both in `unit`."""

    what: str
    paper: float
    ours: float
    unit: str
