"""Interventions in a training, as a script repeats them: changed settings, and an early stop."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...i18n.message import Message, UserError
from ...runs.run import Run

COLUMNS = {
    "beta": ("beta_max", "β"),
    "learning_rate": ("peak", "the peak of the learning rate"),
    "epochs": ("epochs", "the epochs that the schedules are for"),
}


class ScriptError(UserError):
    """A training that no short script can repeat."""


@dataclass(frozen=True)
class Interventions:
    """What was changed in a training, and where it was stopped.

    `rows` maps a step to the values of `columns` from that step on; it is empty if they never changed. `end` is the
    step at which the training was stopped, 0 if it was not.
    """

    columns: tuple[str, ...] = ()
    rows: dict[int, tuple[float, ...]] = field(default_factory=dict)
    end: int = 0
    steps_per_epoch: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows or self.end)

    def end_arguments(self, epochs: list[int]) -> list[str | None]:
        """The argument that ends a phase of so many epochs early: empty for a complete one, None for a skipped one."""
        starts = [sum(epochs[:number]) * self.steps_per_epoch for number in range(len(epochs))]
        return [
            self._end_argument(start, start + length * self.steps_per_epoch)
            for start, length in zip(starts, epochs, strict=True)
        ]

    def _end_argument(self, start: int, end: int) -> str | None:
        if not self.end or self.end >= end:
            return ""
        return f", end={self.end - start}" if self.end > start else None

    @property
    def names(self) -> str:
        """The script's variables for the values of a row."""
        return ", ".join(COLUMNS[name][0] for name in self.columns)

    @property
    def description(self) -> str:
        """The values of a row in words, for a comment of the script."""
        return ", ".join(COLUMNS[name][1] for name in self.columns)


def interventions_of(run: Run) -> Interventions:
    """The interventions in a run's training. Raises ScriptError where no script repeats it to the digit."""
    log, model = run.changes, run.config.model
    if not log:
        return Interventions()
    if any("diverged" in row for row in log):
        raise ScriptError(Message("script.diverged"))
    if not {"step", *COLUMNS} <= set(log[0]) or not all("step" in row for row in log):
        raise ScriptError(Message("script.not_recorded"))
    moved = any(set(row) & set(COLUMNS) for row in log[1:])
    if moved and model.dropout:
        raise ScriptError(Message("script.changed_with_dropout"))
    if moved and model.capabilities.weighs_kl and run.config.loss.beta_schedule == "automatic":
        raise ScriptError(Message("script.changed_with_automatic_beta"))
    columns = tuple(name for name in COLUMNS if name != "beta" or model.capabilities.weighs_kl)
    rows: dict[int, tuple[float, ...]] = {}
    current: dict[str, float] = {}
    for row in log:
        current = current | row
        rows[int(row["step"])] = tuple(current[name] for name in columns)
    rows = {
        step: values
        for (step, values), before in zip(rows.items(), [None, *rows.values()], strict=False)
        if values != before
    }
    last = log[-1]
    end, steps_per_epoch = (
        (int(last["step"]), round(last["step"] / last["epoch"])) if "stopped" in last and last["epoch"] else (0, 0)
    )
    return Interventions(columns, rows if len(rows) > 1 else {}, end, steps_per_epoch)
