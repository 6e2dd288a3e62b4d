"""Figures made of arrays, and the colors of all figures. The only user of plotly."""

from __future__ import annotations

from typing import Mapping, Sequence

import plotly.graph_objects as go

# Ten colors whose least distance in CIE Lab, seen normally or with any of the three forms of color blindness, is 28.6;
# found by maximising it over a grid of mid-light colors. Ten well-known published ones come to 17.3.
PALETTE = ("#4080ff", "#eabf00", "#d45500", "#bfbfbf", "#952a95", "#95402a", "#95d480", "#00bfff", "#6a00ff", "#80556a")
# A number as a color, by stops with even steps between. "ordered" rises in lightness from 34 to 80, seen in any of those
# ways; "cyclic" ends where it begins and stays between 42 and 77, two numbers a sixth of the circle apart by 11.7 or more.
SCALES = {"ordered": ("#5c3aa0", "#3e6cb8", "#2394a0", "#55b36c", "#a9c440", "#e8c22e"),
          "cyclic": ("#5a4fd8", "#3f8be8", "#78c4b4", "#d8bf3a", "#d07818", "#9c4470")}
CURVES = {"total": PALETTE[0], "reconstruction": PALETTE[2], "kl": PALETTE[4]}
EXTRAS = (PALETTE[6], PALETTE[1])  # what a variant adds
GREY = "#888888"
AXIS = {"gridcolor": "rgba(128,128,128,.2)", "zerolinecolor": "rgba(128,128,128,.4)"}


def loss_curves(rows: Sequence[Mapping[str, float]], words: Mapping[str, str]) -> go.Figure:
    """Total, reconstruction, KL and what a variant adds over the epochs: training dotted, held out solid.

    `words` names axes and curves. An autoencoder's total is its reconstruction, and is not drawn twice. What a variant
    adds is known of training alone. A thin line stands where a phase begins.
    """
    figure = _figure(words["loss"], words["epoch"], words["nats"])
    for name, color in _colors(rows).items():
        for part, dash in (("training", "dot"), ("held_out", "solid")):
            known = [(row["epoch"], row[f"{part}_{name}"]) for row in rows if f"{part}_{name}" in row]
            if known:
                x, y = zip(*known)
                figure.add_scatter(x=x, y=y, mode="lines", line={"color": color, "dash": dash}, name=words[name], legendgroup=name,
                                   showlegend=part == "held_out" or name not in CURVES, hovertemplate=f"{words[part]}: %{{y:.1f}}")
    for before, after in zip(rows, rows[1:]):
        if before.get("phase") != after.get("phase"):
            figure.add_vline(x=before["epoch"], line={"color": GREY, "width": 1, "dash": "dash"})
    return figure


def kl_bars(kl: Sequence[float], words: Mapping[str, str]) -> go.Figure:
    """The KL of each dimension, in the order of the code: a bar near zero is a dimension that says nothing."""
    figure = _figure(words["kl_bars"], words["dimension"], words["nats"])
    figure.add_bar(x=[str(i + 1) for i in range(len(kl))], y=list(kl), marker={"color": CURVES["kl"]}, hovertemplate="%{y:.2f}<extra></extra>")
    return figure.update_layout(height=240)


def _colors(rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """The curves that there is something to show of, with their colors."""
    held = CURVES if any(row.get("held_out_kl") for row in rows) else {"reconstruction": CURVES["reconstruction"]}
    extra = sorted({key.removeprefix("training_") for row in rows for key in row if key.startswith("training_")} - set(CURVES))
    return held | dict(zip(extra, EXTRAS))


def _figure(title: str, across: str, up: str) -> go.Figure:
    figure = go.Figure()
    return figure.update_layout(
        template="none", paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", height=330, font={"color": GREY, "family": "system-ui"},
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "y": 0.98, "yanchor": "top"}, margin={"l": 56, "r": 8, "t": 64, "b": 44},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"}, xaxis={**AXIS, "title": across}, yaxis={**AXIS, "title": up, "rangemode": "tozero"})
