"""The page's own figures: gr.HTML components whose script is a module of static/."""

from __future__ import annotations

import base64

import gradio as gr
import numpy as np


def figure(module: str, css_class: str, events: str = "", **props: object) -> gr.HTML:
    """A component that runs `mount` of static/<module>.js. `events` names what it may trigger besides `change`.

    A function and not a subclass: of a subclass Gradio writes a stub file beside the source. The module's address is
    relative to the page, because a Space is served behind a proxy.
    """
    load = f"/* {events} */ import(new URL('vae/static/{module}.js', document.baseURI)).then((m) => m.mount({{ element, props, trigger, watch }}))"
    return gr.HTML(html_template=f'<div class="{css_class}"></div>', js_on_load=load, apply_default_css=False, **props)


def tiles(**props: object) -> gr.HTML:
    """Rows of pictures, see `row`."""
    return figure("page/image_rows", "vae-image-rows", rows=[], **props)


def row(caption: str, pixels: np.ndarray, columns: int) -> dict[str, object]:
    """One row for `tiles`: `pixels` (N, C, H, W) bytes under a caption."""
    return {
        "caption": caption,
        "pixels": encoded(pixels),
        "shape": pixels.shape[1:],
        "count": len(pixels),
        "columns": columns,
    }


def encoded(array: np.ndarray) -> str:
    """An array's bytes as base64: a list of numbers would be watched number by number."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
