"""A table of the metrics of several runs."""

from __future__ import annotations

import html
from collections.abc import Sequence

from ...runs.run import Run
from ..translation import translate

FORMATS = {
    "parameters": ",.0f",
    "reconstruction": ",.1f",
    "kl": ".2f",
    "elbo": ",.1f",
    "active_units": ".0f",
    "mutual_information": ".1f",
    "mig": ".2f",
    "disentanglement": ".2f",
    "completeness": ".2f",
    "informativeness": ".2f",
    "clustering_accuracy": ".1%",
    "accuracy": ".1%",
    "seconds": ",.0f",
}
ALWAYS_SHOWN = ("parameters", "reconstruction", "kl", "elbo", "seconds")  # also if no run has the metric


def metrics_table(runs: Sequence[Run]) -> str:
    """Return the metrics as HTML: a row for each metric, a column for each run."""
    columns = [
        run.metrics | ({"elbo": -run.metrics["negative_elbo"]} if "negative_elbo" in run.metrics else {})
        for run in runs
    ]
    head = "".join(f'<th scope="col">{html.escape(run.name)}</th>' for run in runs)
    body = "".join(
        _row(name, [column.get(name) for column in columns])
        for name in FORMATS
        if name in ALWAYS_SHOWN or any(name in column for column in columns)
    )
    return f'<table class="vae-table"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


def _row(name: str, values: Sequence[float | None]) -> str:
    cells = "".join(f"<td>{_cell(value, FORMATS[name])}</td>" for value in values)
    return f'<tr><th scope="row">{translate(f"compare.table.{name}")}</th>{cells}</tr>'


def _cell(value: float | None, number_format: str) -> str:
    """Return a number, or the text for a missing one: an autoencoder has no KL and no ELBO."""
    return translate("compare.table.none") if value is None else format(value, number_format).replace("-", "−")
