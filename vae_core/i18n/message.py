"""Sentences as data: what to say and with which parts.

They are worded where they are shown, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from .texts import DEFAULT, texts


@dataclass(frozen=True)
class Message:
    """The text `key` with its named `parts`: numbers, strings, other messages, or tuples of these, which become a list.

    A message can be pickled and compared, so that one process can send it to another.
    """

    key: str
    parts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str = DEFAULT) -> str:
        """The sentence in a language; a text that the language lacks is English. Raises KeyError for an unknown key."""
        return texts(language)[self.key].format(**{name: _worded(part, language) for name, part in self.parts.items()})

    def then(self, other: Message | None) -> Message:
        """This sentence followed by another, if there is one."""
        return Message("message.two_sentences", {"first": self, "second": other}) if other else self


class UserError(Exception):
    """An error that the user can understand and mend. `message` is its sentence; `str()` words it in English."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message.text()

    def __reduce__(self) -> tuple[Any, ...]:
        """Restore a subclass from its message, whatever the arguments of its constructor are."""
        return _restored, (type(self), self.message), self.__dict__


def joined(messages: Iterable[Message | None]) -> Message | None:
    """Several sentences as one message, without those that are None; None if no sentence is left."""
    sentences = [message for message in messages if message]
    return reduce(Message.then, sentences) if sentences else None


def _restored(kind: type[UserError], message: Message) -> UserError:
    return kind.__new__(kind, message)


def _worded(part: object, language: str) -> object:
    if isinstance(part, Message):
        return part.text(language)
    if isinstance(part, tuple):
        return ", ".join(str(_worded(item, language)) for item in part)
    return part
