"""What was done to a training on its way, row by row, so that it can be told and repeated.

A row has the `step` and the `epoch` from which on it holds, and what holds from there: beta, learning_rate, epochs,
those that schedules are for; or `stopped` or `diverged`, which are 1. The first row has what the training began with. A
training that was left alone has no rows.
"""

from __future__ import annotations

from ..config import RunConfig
from .trainer import Training

Row = dict[str, float]


def record_change(log: list[Row], begun: RunConfig, training: Training, values: Row) -> list[Row]:
    """A log with one more row, that of a training as it stands; `begun` are the settings that an empty log began with."""
    first = {
        "step": 0,
        "epoch": 0.0,
        "beta": begun.loss.beta,
        "learning_rate": begun.train.learning_rate,
        "epochs": begun.train.epochs,
    }
    return [*(log or [first]), {"step": training.steps_taken, "epoch": training.epoch} | values]


def record_end(log: list[Row], begun: RunConfig, training: Training, diverged: bool) -> list[Row]:
    """The log of a training that ends here: with a row more if that is before its last step."""
    if training.steps_taken == training.steps and not diverged:
        return log
    return record_change(log, begun, training, {"diverged" if diverged else "stopped": 1})
