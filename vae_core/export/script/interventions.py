"""How a training went that was not left alone: what was changed on its way, and where it was stopped."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...runs.run import Run

COLUMNS = {
    "beta": ("beta_max", "β"),
    "learning_rate": ("peak", "the peak of the learning rate"),
    "epochs": ("epochs", "the epochs that the schedules are for"),
}


class ScriptError(ValueError):
    """What no short script can hold, or none can repeat. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Interventions:
    """`rows`: the values of `columns` from a step on, where they were not the same all the time; `end`: the step at which it was stopped, or 0,
    with so many steps an `epoch`."""

    columns: tuple[str, ...] = ()
    rows: dict[int, tuple[float, ...]] = field(default_factory=dict)
    end: int = 0
    epoch: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows or self.end)

    def ends(self, epochs: list[int]) -> list[str | None]:
        """For phases of so many epochs the argument that ends each early: an empty one where it goes to its end, none where it never begins."""
        begin = [sum(epochs[:number]) * self.epoch for number in range(len(epochs))]
        return [
            ""
            if not self.end or self.end >= first + length * self.epoch
            else f", end={self.end - first}"
            if self.end > first
            else None
            for first, length in zip(begin, epochs, strict=True)
        ]

    @property
    def names(self) -> str:
        """What a script calls the values of a row."""
        return ", ".join(COLUMNS[name][0] for name in self.columns)

    @property
    def said(self) -> str:
        """What they are, in words."""
        return ", ".join(COLUMNS[name][1] for name in self.columns)


def interventions_of(run: Run) -> Interventions:
    """What the log of a run tells of its training. Raises ScriptError where that cannot be repeated to the number."""
    log, model = run.changes, run.config.model
    if not log:
        return Interventions()
    if any("diverged" in row for row in log):
        raise ScriptError(
            "script: this training ended when a number was no longer finite, and earlier weights came back, which a script does not repeat."
        )
    if not {"step", *COLUMNS} <= set(log[0]) or not all("step" in row for row in log):
        raise ScriptError(
            "script: something was changed while this model trained, and what it was before has not been noted."
        )
    moved = any(set(row) & set(COLUMNS) for row in log[1:])
    if moved and model.dropout:
        raise ScriptError(
            "script: this model was changed while it trained or trained on, which with dropout no script repeats to the number."
        )
    if moved and model.capabilities.weighs_kl and run.config.loss.beta_schedule == "automatic":
        raise ScriptError(
            "script: this model was changed while it trained or trained on, which with an automatic β no script repeats to the number."
        )
    columns = tuple(name for name in COLUMNS if name != "beta" or model.capabilities.weighs_kl)
    rows, now = {}, {}
    for row in log:
        now = now | row
        rows[int(row["step"])] = tuple(now[name] for name in columns)
    rows = {
        step: values
        for (step, values), before in zip(rows.items(), [None, *rows.values()], strict=False)
        if values != before
    }
    last = log[-1]
    end, epoch = (
        (int(last["step"]), round(last["step"] / last["epoch"])) if "stopped" in last and last["epoch"] else (0, 0)
    )
    return Interventions(columns, rows if len(rows) > 1 else {}, end, epoch)
