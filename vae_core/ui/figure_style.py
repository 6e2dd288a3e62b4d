"""Colors of all figures, and the plotly template and script of the charts. The only module that imports plotly."""

from __future__ import annotations

import gzip
from functools import lru_cache

# Ten class colors. Their smallest pairwise distance in CIE Lab is 28.6, for normal vision and for protanopia,
# deuteranopia and tritanopia; a search over a grid of mid-light colors maximised it. Ten well-known published colors
# reach 17.3.
PALETTE = ("#4080ff", "#eabf00", "#d45500", "#bfbfbf", "#952a95", "#95402a", "#95d480", "#00bfff", "#6a00ff", "#80556a")
# Color scales by evenly spaced stops. For each of those kinds of vision, the lightness L of "ordered" rises from 34 to
# 80; "cyclic" returns to its start, keeps L between 42 and 77, and separates values a sixth of the circle apart by at
# least 11.7.
SCALES = {
    "ordered": ("#5c3aa0", "#3e6cb8", "#2394a0", "#55b36c", "#a9c440", "#e8c22e"),
    "cyclic": ("#5a4fd8", "#3f8be8", "#78c4b4", "#d8bf3a", "#d07818", "#9c4470"),
}
# Colors of the loss's terms, and of the terms that a variant adds.
CURVES = {"total": PALETTE[0], "reconstruction": PALETTE[2], "kl": PALETTE[4]}
EXTRAS = (PALETTE[6], PALETTE[1])
FONT = "system-ui, sans-serif"


@lru_cache
def plotly_template() -> dict[str, object]:
    """Return the plotly template of every chart. style.css defines its colors `var(--vae-…)` for light and dark."""
    import plotly.graph_objects as go  # imported late: the first tab shows no chart

    axis = {
        "gridcolor": "var(--vae-faint)",
        "linecolor": "var(--vae-line)",
        "zerolinecolor": "var(--vae-line)",
        "zerolinewidth": 1,
        "showline": True,
        "tickfont": {"color": "var(--vae-soft)", "size": 11},
        "tickformat": "~r",
        "title": {"font": {"size": 12}, "standoff": 6},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": "var(--vae-text)"},
            "paper_bgcolor": "var(--vae-background)",
            "plot_bgcolor": "var(--vae-background)",
            "title": {"font": {"size": 16}, "x": 0.02, "xanchor": "left", "y": 0.98, "yanchor": "top"},
            "margin": {"l": 44, "r": 10, "t": 8, "b": 36},
            "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
            "bargap": 0.3,
            "hovermode": "x unified",
            "hoverlabel": {"bgcolor": "var(--vae-panel)", "bordercolor": "var(--vae-line)"},
            "xaxis": axis | {"hoverformat": ".2~f", "rangemode": "tozero"},
            "yaxis": axis | {"rangemode": "tozero"},
            "shapedefaults": {"line": {"width": 1, "dash": "dash", "color": "var(--vae-line)"}},
            "newshape": {"line": {"width": 1.5, "color": "var(--vae-accent)"}},
        },
        data={
            "scatter": [{"mode": "lines", "line": {"width": 2}, "hovertemplate": "%{y:.1f}"}],
            "bar": [{"hovertemplate": "%{y:.2f}<extra></extra>"}],
        },
    ).to_plotly_json()


def plotly_version() -> str:
    """Return the version of plotly's script."""
    from plotly.offline import get_plotlyjs_version

    return get_plotlyjs_version()


@lru_cache
def plotly_script() -> bytes:
    """Return the script of the plotly package, compressed with gzip."""
    from plotly.offline import get_plotlyjs

    return gzip.compress(get_plotlyjs().encode(), 6)
