"""A button that uploads files."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..translation import translated_label


def upload_button(key: str, **props: Any) -> gr.UploadButton:  # noqa: ANN401 (Gradio types them)
    """Return an upload button labelled with the text `key`; `props` are those of gr.UploadButton."""
    # Gradio declares this label, unlike all others, as a plain str; its frontend translates it as well.
    return gr.UploadButton(translated_label(key), **props)  # type: ignore[arg-type]
