"""Form fields made of the settings' own list: a field, its sentence of help, and what is allowed."""

from __future__ import annotations

import html
from dataclasses import Field

import gradio as gr
from gradio.i18n import I18nData

from ..checkpoint import Run
from ..config import Choice, Range, RunConfig, Widths, check, settings
from ..datasets import held_out_images
from .captions import caption

FIRST = ("dataset", "kind", "latent_dim", "epochs", "beta")  # what a class changes; the rest is folded away


def control(spec: Field) -> gr.components.Component:
    """The form's field for one setting, empty of any check: a wrong value gets the setting's own sentence."""
    rule, default = spec.metadata["rule"], RunConfig().flat()[spec.name]
    shown = dict(label=caption(f"setting.{spec.name}"), info=caption(f"setting.{spec.name}.help"), value=default, elem_id=f"setting-{spec.name}", interactive=True)
    match rule:
        case Choice():
            return gr.Dropdown(choices=list(rule.options), **shown)
        case Range(whole=whole):
            return gr.Number(precision=None, step=1 if whole else None, **shown)
        case Widths():
            return gr.Textbox(max_lines=1, **shown)


def form() -> dict[str, gr.components.Component]:
    """All settings' fields by name: the few that a class changes, the others in an accordion."""
    specs = settings()
    fields = {name: control(specs[name]) for name in FIRST}
    with gr.Accordion(caption("train.more"), open=False):
        fields |= {name: control(spec) for name, spec in specs.items() if name not in FIRST}
    return fields


def image_number(run: Run, number: object) -> int:
    """The number of a held-out image of a run's data set. Raises SettingError."""
    count = len(held_out_images(run.config.data.dataset))
    return check("image", Range(0, count - 1, whole=True), number)


def note(text: str | I18nData, wrong: bool = False) -> str:
    """A sentence under a figure, as HTML; a mistake is announced to a screen reader. Gradio translates one caption a note."""
    role = 'role="alert"' if wrong else 'role="status"'
    return f'<p class="vae-note{" wrong" if wrong else ""}" {role}>{html.escape(text) if isinstance(text, str) else text}</p>'


def section(key: str) -> gr.HTML:
    """A small heading."""
    return gr.HTML(f'<h3 class="vae-section">{caption(key)}</h3>')
