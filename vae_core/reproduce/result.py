"""What an experiment yields at its end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A published number beside the one that came out here, both in `unit`."""

    what: str
    paper: float
    ours: float
    unit: str
