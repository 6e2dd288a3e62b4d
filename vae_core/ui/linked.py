"""What a link brings to the page: a model to explore, or settings for the form."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from ..config import RunConfig
from ..links import restore
from .answers import note
from .captions import say
from .services import Services


def opened(services: Services, names: tuple[str, ...], word: str, parameters: Mapping[str, str]) -> list[object]:
    """Updates of (tabs, message, model to explore, the form's fields `names`) for the parameters of the page's address."""
    found, wanted = restore(parameters, [known.name for known in services.own.listing(word)]), parameters.get("model")
    nothing = [gr.skip()] * len(names)
    if wanted is not None:
        if wanted in [id for _, id in services.choices(word)]:
            return [gr.Tabs(selected="explore"), gr.skip(), wanted, *nothing]
        return [gr.skip(), shown(note(say("link.no_model", name=wanted[:60]), wrong=True)), gr.skip(), *nothing]
    if not found.values and not found.complaints:
        return [gr.skip(), gr.skip(), gr.skip(), *nothing]
    values = RunConfig.from_flat(found.values).flat()
    complaints = note(" ".join([say("link.complaints"), *found.complaints]), wrong=True) if found.complaints else ""
    return [gr.Tabs(selected="train"), shown(note(say("link.filled")) + complaints), gr.skip(), *[values[name] for name in names]]


def shown(sentences: str):
    return gr.update(value=sentences, visible=True)
