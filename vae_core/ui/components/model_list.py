"""The list of models of a tab."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from ..translation import translated_label


def model_list(choices: Sequence[tuple[str, str]], value: str | None, key: str, elem_id: str) -> gr.Dropdown:
    """Return a list of models as (label, run id), labelled with the text `key`, half as wide as the page."""
    return gr.Dropdown(
        choices,
        value=value,
        label=translated_label(key),
        info=translated_label("model.help"),
        elem_id=elem_id,
        min_width=320,
    )
