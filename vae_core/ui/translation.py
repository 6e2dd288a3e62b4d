"""Texts in the visitor's language: for Gradio's own labels, and for sentences composed on the server."""

from __future__ import annotations

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData
from starlette.requests import Request

from ..config import settings
from ..i18n.message import Message
from ..i18n.texts import DEFAULT, languages, negotiate_language, texts
from ..rules import Choice, Widths


def translate(key: str, **parts: object) -> str:
    """Return the text `key` with its {parts} filled in, in the language of the visitor whose event is being handled."""
    return translate_message(Message(key, parts))


def translate_message(message: Message) -> str:
    """Return a message, such as an error's, in the language of the visitor whose event is being handled."""
    request = LocalContext.request.get(None)
    return message.text(language_of(request) if request else DEFAULT)


def language_of(request: Request | gr.Request) -> str:
    """The language to answer a request in."""
    return negotiate_language(request.headers.get("accept-language", ""))


def translated_label(key: str) -> I18nData:
    """Return a reference that Gradio's frontend replaces by the text `key`. Raises KeyError for an unknown key."""
    if key not in texts():
        raise KeyError(key)
    return I18nData(key)


def translations() -> gr.I18n:
    """Return the texts of all languages for Gradio's frontend; a setting's help ends with its allowed values."""
    return gr.I18n(**{language: texts(language) | _setting_helps(language) for language in languages()})


def _setting_helps(language: str) -> dict[str, str]:
    """Return each setting's help by key. A list of choices shows its values itself, and widths explain theirs."""
    own = texts(language)
    helps = {}
    for name, spec in settings().items():
        key, rule = f"setting.{name}.help", spec.metadata["rule"]
        shows_values = isinstance(rule, Choice | Widths)
        allowed = "" if shows_values else " " + own["setting.range"].format(allowed=rule.allowed.text(language))
        helps[key] = own[key] + allowed
    return helps
