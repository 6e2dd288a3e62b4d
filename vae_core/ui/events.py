"""Options and wrappers for event handlers, and the notes in which a handler reports what happened."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypedDict

import gradio as gr
from gradio.i18n import I18nData

from ..i18n.message import Message, UserError
from .translation import translate_message

Update = dict[str, Any]  # what gr.update and gr.skip return: new properties of one component


class EventOptions(TypedDict, total=False):
    """The keyword arguments of an event listener that the page uses."""

    show_progress: Literal["full", "minimal", "hidden"]
    api_visibility: Literal["public", "private", "undocumented"]
    concurrency_limit: int | None
    queue: bool
    trigger_mode: Literal["once", "multiple", "always_last"]


QUIET: EventOptions = {"show_progress": "hidden", "api_visibility": "private"}
# For handlers that set a State: Gradio does not report a change of a State by an event outside its queue.
QUEUED: EventOptions = {**QUIET, "concurrency_limit": None}
UNQUEUED: EventOptions = {**QUIET, "queue": False}
# For one listener of several events: while an answer is pending, only the latest further event is kept.
LATEST_ONLY: EventOptions = {**UNQUEUED, "trigger_mode": "always_last"}


def note(text: str | I18nData | Message, is_error: bool = False) -> str:
    """Return a sentence as HTML; screen readers announce an error. Gradio translates one label per note."""
    if isinstance(text, Message):
        text = translate_message(text)
    css_class, role = ("vae-note vae-error", "alert") if is_error else ("vae-note", "status")
    return f'<p class="{css_class}" role="{role}">{html.escape(text) if isinstance(text, str) else text}</p>'


def hidden_trigger() -> gr.Textbox:
    """Return a hidden textbox: write a fresh token to it to fire one listener after several fields changed."""
    return gr.Textbox(visible="hidden")


def new_token() -> str:
    """Return a random text that differs from every earlier one."""
    return secrets.token_hex(8)


def with_errors_as_notes(message: gr.HTML, handler: Callable[..., object]) -> Callable[..., object]:
    """Wrap an event handler: expected errors become a note in `message`; other outputs stay unchanged."""

    @wraps(handler)
    def wrapper(*args: object) -> object:
        try:
            return handler(*args)
        except UserError as error:
            return {message: note(error.message, is_error=True)}

    return wrapper
