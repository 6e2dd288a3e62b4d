"""Links into the page: to a model to explore, to settings for the form, or to a tab."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from ...config import RunConfig
from ...runs.links import LinkSettings, restore
from ..events import Update, note
from ..services import Services
from ..translation import translate, translate_message

TABS = ("explore", "train", "interpolate", "compare")  # the first is open by default
MAX_SHOWN_NAME = 60
# The browser opens the tab that the page wrote into its own address. An answer of the server would come later and send
# back a visitor who has chosen another tab meanwhile.
SELECT_TAB = f"""() => {{
    const tab = new URLSearchParams(location.search).get("tab");
    return {{ __type__: "update", ...({list(TABS[1:])}.includes(tab) && {{ selected: tab }}) }};
}}"""


def follow_link(services: Services, names: tuple[str, ...], owner: str, parameters: Mapping[str, str]) -> list[object]:
    """Return updates of (tabs, message, model to explore, the form's fields `names`) for the parameters of an address.

    An address that the page itself wrote names a tab; it opens quietly, without the note on a link.
    """
    unchanged = [gr.skip()] * len(names)
    is_own_address, model = parameters.get("tab") in TABS, parameters.get("model")
    if model is not None and model in [id for _, id in services.choices(owner)]:
        return [gr.skip() if is_own_address else gr.Tabs(selected="explore"), gr.skip(), model, *unchanged]
    if model is not None:
        unknown = note(translate("link.no_model", name=model[:MAX_SHOWN_NAME]), is_error=True)
        return [gr.skip(), _visible(unknown), gr.skip(), *unchanged]
    restored = restore(parameters, [upload.name for upload in services.uploads.listing(owner)])
    if not restored.values and not restored.complaints:
        return [gr.skip(), gr.skip(), gr.skip(), *unchanged]
    values, notes = RunConfig.from_flat(restored.values).flat(), _notes(restored, is_own_address)
    return [
        gr.skip() if is_own_address else gr.Tabs(selected="train"),
        _visible(notes) if notes else gr.skip(),
        gr.skip(),
        *[values[name] for name in names],
    ]


def _notes(restored: LinkSettings, is_own_address: bool) -> str:
    """Return what a link did to the form, and which of its settings were ignored, as HTML."""
    notes = note(translate("link.filled")) if restored.values and not is_own_address else ""
    if restored.complaints:
        sentences = [translate("link.ignored"), *map(translate_message, restored.complaints)]
        notes += note(" ".join(sentences), is_error=True)
    return notes


def _visible(notes: str) -> Update:
    return gr.update(value=notes, visible=True)
