"""What a link brings to the page: a model to explore, or settings for the form."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from ..config import RunConfig
from ..links import restore
from .answers import note
from .captions import say
from .services import Services

TABS = ("explore", "train", "interpolate", "compare")


def opened(services: Services, names: tuple[str, ...], word: str, parameters: Mapping[str, str]) -> list[object]:
    """Updates of (tabs, message, model to explore, the form's fields `names`) for the parameters of the page's address.

    With a `tab` it is the address that the page itself has written, which is not told of as a link.
    """
    found, wanted, tab = restore(parameters, [known.name for known in services.own.listing(word)]), parameters.get("model"), parameters.get("tab")
    nothing = [gr.skip()] * len(names)

    def select(usual: str):
        return gr.Tabs(selected=tab if tab in TABS else usual)

    if wanted is not None:
        if wanted in [id for _, id in services.choices(word)]:
            return [select("explore"), gr.skip(), wanted, *nothing]
        return [select("explore"), shown(note(say("link.no_model", name=wanted[:60]), wrong=True)), gr.skip(), *nothing]
    if not found.values and not found.complaints:
        return [select("explore") if tab else gr.skip(), gr.skip(), gr.skip(), *nothing]
    values = RunConfig.from_flat(found.values).flat()
    told = "" if tab in TABS else note(say("link.filled"))
    complaints = note(" ".join([say("link.complaints"), *found.complaints]), wrong=True) if found.complaints else ""
    return [select("train"), shown(told + complaints) if told + complaints else gr.skip(), gr.skip(), *[values[name] for name in names]]


def shown(sentences: str):
    return gr.update(value=sentences, visible=True)
