"""What a link brings to the page: a model to explore, or settings for the form."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from ...config import RunConfig
from ...runs.links import restore
from ..events import note
from ..services import Services
from ..translation import translate, translate_message

TABS = ("explore", "train", "interpolate", "compare")  # the first is open anyway
# An update of the tabs for an address that the page itself has written. The page finds it: whoever has already chosen another tab when a
# server's answer comes would be sent back.
SELECT = f"""() => {{
    const tab = new URLSearchParams(location.search).get("tab");
    return {{ __type__: "update", ...({list(TABS[1:])}.includes(tab) && {{ selected: tab }}) }};
}}"""


def opened(services: Services, names: tuple[str, ...], owner: str, parameters: Mapping[str, str]) -> list[object]:
    """Updates of (tabs, message, model to explore, the form's fields `names`) for the parameters of the page's address.

    One that the page itself has written is not told of as a link.
    """
    found, wanted = restore(parameters, [known.name for known in services.own.listing(owner)]), parameters.get("model")
    nothing, own = [gr.skip()] * len(names), parameters.get("tab") in TABS
    if wanted is not None:
        if wanted in [id for _, id in services.choices(owner)]:
            return [gr.skip() if own else gr.Tabs(selected="explore"), gr.skip(), wanted, *nothing]
        return [gr.skip(), shown(note(translate("link.no_model", name=wanted[:60]), wrong=True)), gr.skip(), *nothing]
    if not found.values and not found.complaints:
        return [gr.skip(), gr.skip(), gr.skip(), *nothing]
    values = RunConfig.from_flat(found.values).flat()
    told = note(translate("link.filled")) if found.values and not own else ""
    if found.complaints:
        told += note(" ".join([translate("link.ignored"), *map(translate_message, found.complaints)]), wrong=True)
    return [
        gr.skip() if own else gr.Tabs(selected="train"),
        shown(told) if told else gr.skip(),
        gr.skip(),
        *[values[name] for name in names],
    ]


def shown(sentences: str):
    return gr.update(value=sentences, visible=True)
