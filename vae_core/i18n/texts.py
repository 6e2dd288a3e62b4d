"""Every word that a visitor reads, by key, from texts/<language>.json. Another language is another file."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
DEFAULT = "en"


@lru_cache
def texts(language: str = DEFAULT) -> dict[str, str]:
    """All texts of a language; what it lacks is English."""
    own = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return own if language == DEFAULT else texts() | own


def languages() -> list[str]:
    """The languages that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def page_words(language: str = DEFAULT) -> dict[str, str]:
    """The texts that the page's own scripts show."""
    return {key.removeprefix("page."): text for key, text in texts(language).items() if key.startswith("page.")}


def preferred(accept_language: str) -> str:
    """The first language of an Accept-Language header that has a file."""
    wanted = [part.split(";")[0].strip() for part in accept_language.split(",")]
    return next((language for language in wanted if language in languages()), DEFAULT)
