"""Rules that parse a setting's value, and the error for a value that is not allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .i18n.message import Message, UserError


class SettingError(UserError, ValueError):
    """The setting or argument `name` has a value that is not allowed; `allowed` says which values are."""

    def __init__(self, name: str, value: object, allowed: Message) -> None:
        if value is None or value == "":
            super().__init__(Message("error.setting_empty", {"name": name, "allowed": allowed}))
        else:
            shown = value if isinstance(value, Message) else str(value)[:80]
            super().__init__(Message("error.setting", {"name": name, "value": shown, "allowed": allowed}))


@dataclass(frozen=True)
class Range:
    """A number from `low` to `high`, both included; a whole one if `whole`."""

    low: float
    high: float
    whole: bool = False

    @property
    def allowed(self) -> Message:
        """Which values are allowed, as the end of a sentence."""
        key = "rule.whole_number" if self.whole else "rule.number"
        return Message(key, {"low": _decimal(self.low), "high": _decimal(self.high)})

    def parse(self, value: object) -> float | int:
        """`value`, a number or its text, as a float, or as an int if `whole`. Raises ValueError or TypeError."""
        if isinstance(value, bool):
            raise ValueError(value)
        number = float(value)  # type: ignore[arg-type]
        if not self.low <= number <= self.high or (self.whole and number != int(number)):
            raise ValueError(value)
        return int(number) if self.whole else number


def _decimal(number: float) -> str:
    """A number in decimal notation without trailing zeros, such as 60,000 or 0.000001."""
    return f"{number:,f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Choice:
    """One of a few names."""

    options: Sequence[str]

    @property
    def allowed(self) -> Message:
        """Which values are allowed, as the end of a sentence."""
        return Message("rule.choice", {"options": tuple(self.options)})

    def parse(self, value: object) -> str:
        """`value` if it is one of the options. Raises ValueError."""
        if value not in self.options:
            raise ValueError(value)
        return str(value)


@dataclass(frozen=True)
class Widths:
    """Layer widths from the image to the code, such as 512,256,128. `linear` stands for no hidden layer at all."""

    most: int = 6
    high: int = 2048

    @property
    def allowed(self) -> Message:
        """Which values are allowed, as the end of a sentence."""
        return Message("rule.widths", {"most": self.most, "high": self.high})

    def parse(self, value: object) -> tuple[int, ...]:
        """Widths from a sequence of numbers or from a text such as 512,256,128. Raises ValueError or TypeError."""
        if value == "linear":
            return ()
        parts = value.split(",") if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        widths = tuple(int(Range(1, self.high, whole=True).parse(part)) for part in parts)
        if len(widths) > self.most:
            raise ValueError(value)
        return widths

    @staticmethod
    def text(widths: tuple[int, ...]) -> str:
        """The inverse of `parse`."""
        return ",".join(map(str, widths)) or "linear"


OWN_NAME = re.compile(r"own-[0-9a-f]{32}")  # the name of an uploaded data set


@dataclass(frozen=True)
class DatasetName(Choice):
    """One of a few names, or that of a visitor's own images. Whether those are still here is for datasets.py to say."""

    @property
    def allowed(self) -> Message:
        """Which values are allowed, as the end of a sentence."""
        return Message("rule.dataset", {"options": tuple(self.options)})

    def parse(self, value: object) -> str:
        """`value` if it is one of the options or has the form of an uploaded set's name. Raises ValueError."""
        return value if isinstance(value, str) and OWN_NAME.fullmatch(value) else super().parse(value)


Rule = Range | Choice | Widths
SettingValue = Any  # a number, a string or a tuple of widths, as the rule reads it


def check(name: str, rule: Rule, value: object) -> SettingValue:
    """`value` as its rule reads it. Raises SettingError naming field, value and what is allowed."""
    try:
        return rule.parse(value)
    except (ValueError, TypeError, OverflowError):
        raise SettingError(name, value, rule.allowed) from None
