"""How the page's events are answered: the newest question last, and with a sentence where something is wrong."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable
from functools import wraps

import gradio as gr
from gradio.i18n import I18nData

from ..datasets.preprocessing import PictureError
from ..rules import SettingError
from ..runs.catalog import UnknownRunError
from .services import DatasetMismatchError

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
QUEUED = dict(
    concurrency_limit=None, **QUIET
)  # for what changes a State: an unqueued event's change of one is not told
UNQUEUED = dict(queue=False, **QUIET)
LATEST_ONLY = dict(
    trigger_mode="always_last", **UNQUEUED
)  # one listener for several events: of answers that overtake each other the newest stays


def note(text: str | I18nData, wrong: bool = False) -> str:
    """A sentence under a figure, as HTML; a mistake is announced to a screen reader. Gradio translates one caption a note."""
    role = 'role="alert"' if wrong else 'role="status"'
    return f'<p class="vae-note{" vae-error" if wrong else ""}" {role}>{html.escape(text) if isinstance(text, str) else text}</p>'


def hidden_trigger() -> gr.Textbox:
    """A field that nobody sees. An event that changes several others answers with `another` text in it, and its change's listener has them all."""
    return gr.Textbox(visible="hidden")


def new_token() -> str:
    return secrets.token_hex(8)


def with_errors_as_notes(message: gr.HTML, answer: Callable[..., object]) -> Callable[..., object]:
    """A listener with `message` among its outputs that answers as `answer` does. An error that is a sentence goes there, and all else stays as it was."""

    @wraps(answer)
    def told(*asked: object) -> object:
        try:
            return answer(*asked)
        except (SettingError, PictureError, DatasetMismatchError, UnknownRunError) as error:
            return {message: note(str(error), wrong=True)}

    return told
