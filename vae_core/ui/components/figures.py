"""The page's own figures: gr.HTML components whose script is a module of static/."""

from __future__ import annotations

import base64
from typing import Any

import gradio as gr
import numpy as np


def figure(module: str, css_class: str, events: str = "", **props: Any) -> gr.HTML:  # noqa: ANN401 (the module chooses its props)
    """Return a component that runs `mount` of static/<module>.js.

    `events`: the quoted names of the events that the module triggers besides `change`.
    It is a function because Gradio writes a stub file beside the source of a subclass. The module's address is relative
    to the page, because Hugging Face serves a Space behind a proxy.
    """
    address = f"new URL('vae/static/{module}.js', document.baseURI)"
    load = f"/* {events} */ import({address}).then((m) => m.mount({{ element, props, trigger, watch }}))"
    return gr.HTML(html_template=f'<div class="{css_class}"></div>', js_on_load=load, apply_default_css=False, **props)


def image_rows(elem_id: str) -> gr.HTML:
    """Return a component that shows rows of images, each made by `image_row`."""
    return figure("page/image_rows", "vae-image-rows", rows=[], elem_id=elem_id)


def image_row(caption: str, pixels: np.ndarray, columns: int) -> dict[str, object]:
    """Return one row for `image_rows`: images of bytes (N, C, H, W) under a caption."""
    return {
        "caption": caption,
        "pixels": encoded(pixels),
        "shape": pixels.shape[1:],
        "count": len(pixels),
        "columns": columns,
    }


def encoded(array: np.ndarray) -> str:
    """Return an array's bytes in base64: the page would observe a list of numbers element by element."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
