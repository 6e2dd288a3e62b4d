"""How the page looks, in light and in dark."""

from pathlib import Path

import gradio as gr

STYLE = Path(__file__).parent / "static" / "style.css"


def theme() -> gr.themes.Base:
    """Quiet greys, one accent, fonts of the visitor's own machine."""
    fonts = ["system-ui", "sans-serif"]
    return gr.themes.Base(primary_hue="indigo", neutral_hue="zinc", radius_size="md", font=fonts,
                          font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="*background_fill_primary", block_border_width="0px", block_shadow="none",
        block_background_fill="transparent", block_padding="0px")
