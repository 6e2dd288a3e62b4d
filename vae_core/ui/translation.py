"""The texts in the visitor's language: `translated_label` for what Gradio draws, `translate` for a sentence that is put together here."""

from __future__ import annotations

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData

from ..config import settings
from ..i18n.message import Message
from ..i18n.texts import DEFAULT, languages, preferred, texts
from ..rules import Choice, Widths


def translate(key: str, **parts: object) -> str:
    """One text in the language of the visitor whose event is being answered, with {parts} filled in."""
    return translate_message(Message(key, parts))


def translate_message(message: Message) -> str:
    """A message of the core, such as an error's, in the language of the visitor whose event is being answered."""
    request = LocalContext.request.get(None)
    return message.text(preferred(request.headers.get("accept-language", "")) if request else DEFAULT)


def translated_label(key: str) -> I18nData:
    """One text for Gradio's frontend to look up in `translations`."""
    if key not in texts():
        raise KeyError(key)
    return I18nData(key)


def translations() -> gr.I18n:
    """All languages' texts for Gradio's frontend; a setting's help ends with what is allowed."""
    return gr.I18n(**{language: texts(language) | _helps(texts(language), language) for language in languages()})


def _helps(known: dict[str, str], language: str) -> dict[str, str]:
    rules = {f"setting.{name}.help": spec.metadata["rule"] for name, spec in settings().items()}
    return {
        key: known[key]
        if isinstance(rule, (Choice, Widths))
        else f"{known[key]} {known['setting.range'].format(allowed=rule.allowed.text(language))}"
        for key, rule in rules.items()
    }
