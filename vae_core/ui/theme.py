"""The page's Gradio theme, light and dark."""

from pathlib import Path

import gradio as gr

STYLE = Path(__file__).parent / "static" / "style.css"


def theme() -> gr.themes.Base:
    """Return the theme: greys, one accent color, and the fonts of the visitor's system."""
    fonts = ["system-ui", "sans-serif"]
    return gr.themes.Base(
        primary_hue="indigo", neutral_hue="zinc", radius_size="md", font=fonts, font_mono=["ui-monospace", "monospace"]
    ).set(
        body_background_fill="*background_fill_primary",
        block_border_width="0px",
        block_shadow="none",
        block_background_fill="*background_fill_primary",
        block_background_fill_dark="*background_fill_primary",
        block_label_background_fill="transparent",
        block_title_background_fill="transparent",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_800",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_info_text_size="12px",
        button_secondary_border_color="*neutral_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        input_placeholder_color="*neutral_500",
        body_text_color_subdued="*neutral_500",
    )
