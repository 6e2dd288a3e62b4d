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
GREY = "#888888"


def loss_curves(rows: Sequence[Mapping[str, float]], words: Mapping[str, str]) -> go.Figure:
    """Total, reconstruction and KL over the epochs: training dotted, held out solid. `words` names axes and curves.

    An autoencoder's total is its reconstruction, and is not drawn twice.
    """
    figure = go.Figure()
    epochs = [row["epoch"] for row in rows]
    names = CURVES if any(row["held_out_kl"] for row in rows) else ("reconstruction",)
    for name in names:
        for part, dash in (("training", "dot"), ("held_out", "solid")):
            figure.add_scatter(x=epochs, y=[row[f"{part}_{name}"] for row in rows], mode="lines", line={"color": CURVES[name], "dash": dash},
                               name=words[name], legendgroup=name, showlegend=part == "held_out", hovertemplate=f"{words[part]}: %{{y:.1f}}")
    axis = {"gridcolor": "rgba(128,128,128,.2)", "zerolinecolor": "rgba(128,128,128,.4)"}
    figure.update_layout(template="none", paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", height=330, font={"color": GREY, "family": "system-ui"},
                         title={"text": words["loss"], "font": {"size": 14}, "x": 0, "xref": "paper", "y": 0.98, "yanchor": "top"}, margin={"l": 56, "r": 8, "t": 64, "b": 44}, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
                         xaxis={**axis, "title": words["epoch"]}, yaxis={**axis, "title": words["nats"], "rangemode": "tozero"})
    return figure
