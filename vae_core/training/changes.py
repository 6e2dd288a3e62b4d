"""The changes of a training's settings while it ran, as rows, from which it can be described and repeated.

A row has the `step` and the `epoch` at which it takes effect, and the new values of `beta`, `learning_rate` or `epochs`
(those of the schedules); or `stopped` or `diverged`, which are 1. The first row has the initial values. A training
without changes has no rows.
"""

from __future__ import annotations

from ..config import RunConfig
from .trainer import Training

Row = dict[str, float]


def record_change(rows: list[Row], initial: RunConfig, training: Training, values: Row) -> list[Row]:
    """The rows with one more for the training's current step; `initial` are the settings before the first change."""
    first = {
        "step": 0,
        "epoch": 0.0,
        "beta": initial.loss.beta,
        "learning_rate": initial.train.learning_rate,
        "epochs": initial.train.epochs,
    }
    return [*(rows or [first]), {"step": training.steps_taken, "epoch": training.epoch} | values]


def record_end(rows: list[Row], initial: RunConfig, training: Training, diverged: bool) -> list[Row]:
    """The rows of a training that ends here, with one more if it ends before its last step."""
    if training.steps_taken == training.steps and not diverged:
        return rows
    return record_change(rows, initial, training, {"diverged" if diverged else "stopped": 1})
