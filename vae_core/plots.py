"""Figures made of arrays, and the colors of all figures. The only user of plotly."""

from __future__ import annotations

from typing import Mapping, Sequence

import plotly.graph_objects as go

# Ten colors that stay apart with every common form of color blindness, on white and on black.
# Source: Petroff, Accessible Color Sequences for Data Visualization (2021).
PALETTE = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
CURVES = {"total": PALETTE[0], "reconstruction": PALETTE[6], "kl": PALETTE[4]}
GREY = "#888888"


def loss_curves(rows: Sequence[Mapping[str, float]], words: Mapping[str, str]) -> go.Figure:
    """Total, reconstruction and KL over the epochs: training dotted, held out solid. `words` names axes and curves."""
    figure = go.Figure()
    epochs = [row["epoch"] for row in rows]
    for name in [name for name in CURVES if any(row[f"held_out_{name}"] for row in rows)]:
        for part, dash in (("training", "dot"), ("held_out", "solid")):
            figure.add_scatter(x=epochs, y=[row[f"{part}_{name}"] for row in rows], mode="lines", line={"color": CURVES[name], "dash": dash},
                               name=f"{words[name]}, {words[part]}")
    axis = {"gridcolor": "rgba(128,128,128,.2)", "zerolinecolor": "rgba(128,128,128,.4)"}
    figure.update_layout(template="none", paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", height=300, font={"color": GREY, "family": "system-ui"},
                         title={"text": words["loss"], "font": {"size": 14}, "x": 0, "xref": "paper"}, margin={"l": 56, "r": 8, "t": 36, "b": 44}, legend={"orientation": "h", "y": -0.22},
                         xaxis={**axis, "title": words["epoch"]}, yaxis={**axis, "title": words["nats"], "rangemode": "tozero"})
    return figure
