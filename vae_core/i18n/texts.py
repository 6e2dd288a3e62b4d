"""Every text that a visitor reads, by key, from <language>.json. Another language is another file."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

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


@lru_cache(maxsize=256)
def negotiate_language(accept_language: str) -> str:
    """The language to answer in, from an Accept-Language header: the first there is in the order of the visitor's
    weights.

    A language that has no file is looked up by its script and without its region: zh-TW as zh-Hant, de-AT as de.
    Sources: RFC 9110, section 12.5.4; RFC 4647, section 3.4; likely scripts from Unicode's CLDR, as babel has them.
    """
    candidates = [name for tag in _by_weight(accept_language) for name in _fallbacks(tag)]
    available = {language.lower(): language for language in languages()}
    return next((available[name.lower()] for name in candidates if name.lower() in available), DEFAULT)


def _by_weight(accept_language: str) -> list[str]:
    """The language tags of an Accept-Language header, the heaviest first, without those of weight 0."""
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        tag, _, weight = part.partition(";")
        try:
            weights[tag.strip()] = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[tag.strip()] = 0.0
    return sorted((tag for tag, weight in weights.items() if weight > 0), key=lambda tag: -weights[tag])


def _fallbacks(tag: str) -> list[str]:
    """A language tag and the more general ones that it falls back to: zh-TW, zh-Hant-TW, zh-Hant, zh."""
    full = tag
    with suppress(UnknownLocaleError, ValueError):
        full = str(Locale.parse(tag, sep="-")).replace("_", "-")  # with the likely script where it matters
    subtags = full.split("-")
    return [tag, *("-".join(subtags[:length]) for length in range(len(subtags), 0, -1))]
