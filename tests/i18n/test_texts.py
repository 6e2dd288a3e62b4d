from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from vae_core.config import settings
from vae_core.i18n import texts as module
from vae_core.i18n.texts import FOLDER, languages, negotiate_language, page_words, texts
from vae_core.runs.recipes import EXPERIMENTS, PRESETS
from vae_core.training.variants import VARIANTS

UI = FOLDER.parent / "ui"
PYTHON = "\n".join(path.read_text(encoding="utf-8") for path in UI.parent.rglob("*.py"))
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in (UI / "static").rglob("*.js"))


def test_every_key_that_is_used_has_a_text() -> None:
    groups = "|".join(sorted({key.split(".")[0] for key in texts()}))
    keys = set(re.findall(rf'"((?:{groups})\.[\w.]+)(?<!\.npz)"', PYTHON))
    assert len(keys) > 100
    assert keys <= set(texts())
    assert {f"setting.{name}{end}" for name in settings() for end in ("", ".help")} <= set(texts())
    assert {f"preset.{name}" for name in PRESETS} | {
        f"kind.{name}{end}" for name in VARIANTS for end in ("", ".about")
    } <= set(texts())
    assert {f"experiment_{name.replace('-', '_')}{end}" for name in EXPERIMENTS for end in ("", "_about")} <= set(
        page_words()
    )
    assert keys_in_scripts() <= set(page_words())


def keys_in_scripts() -> set[str]:
    """Every key that the page's scripts pass to `text` as a string, also as either end of a condition."""
    calls = re.findall(r"\btext\(([^(){]*)", SCRIPTS)
    keys = {key for call in calls for key in re.findall(r'(?:^|[?:])\s*"(\w+)"', call)}
    assert {"pad_title", "drawn_image", "unit_code"} <= keys
    return keys


PLACEHOLDER = r"([\w.-]+)"  # for a value that the program puts into a key


def key_patterns_of_python() -> set[str]:
    """Regular expressions of the keys that Python composes: `f"kind.{name}.about"` becomes `kind\\.(…)\\.about`."""
    texts_of = [
        "".join(re.escape(part.value) if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
        for node in ast.walk(ast.parse(PYTHON.replace("from __future__ import annotations", "")))
        if isinstance(node, ast.JoinedStr)
    ]
    return {pattern for pattern in texts_of if re.match(r"[a-z]+\\\.", pattern)}


def key_patterns_of_scripts() -> set[str]:
    """Regular expressions of the keys that the page's scripts compose: text(`view_${name}`) becomes
    `page\\.view_(…)`.
    """
    templates = re.findall(r"\btext\(`([^`]*)`", SCRIPTS)
    return {r"page\." + re.sub(r"\$\{[^}]*\}", lambda _: PLACEHOLDER, template) for template in templates}


NAMES = {*PRESETS, *(name.replace("-", "_") for name in EXPERIMENTS)}  # composed of parts themselves


def composed(key: str, patterns: set[str], source: str) -> bool:
    """Whether a key matches one of the patterns with values that are words of `source`, names of recipes or digits.

    A script's value may come from Python: the loss terms of a curve do.
    """
    matches = [match for pattern in patterns if (match := re.fullmatch(pattern, key))]

    def occurs(value: str) -> bool:
        return value.isdigit() or value in NAMES or bool(re.search(rf"(?<![\w.-]){re.escape(value)}(?![\w-])", source))

    return any(all(map(occurs, match.groups())) for match in matches)


def test_every_text_is_used() -> None:
    in_python, in_scripts = key_patterns_of_python(), key_patterns_of_scripts()
    unused = [
        key
        for key in texts()
        if key not in PYTHON
        and key.removeprefix("page.") not in SCRIPTS
        and not composed(key, in_python, PYTHON)
        and not composed(key, in_scripts, SCRIPTS + PYTHON)
    ]
    assert unused == []


def test_a_text_that_nothing_composes_is_seen() -> None:
    in_python, in_scripts = key_patterns_of_python(), key_patterns_of_scripts()
    assert composed("kind.vae.about", in_python, PYTHON)
    assert composed("page.view_slice", in_scripts, SCRIPTS + PYTHON)
    assert not composed("kind.no-such-kind.about", in_python, PYTHON)
    assert not composed("page.view_nosuchview", in_scripts, SCRIPTS + PYTHON)


def test_another_language_has_no_key_of_its_own_and_no_other_gaps() -> None:
    for language in languages():
        own = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        assert set(own) <= set(texts())
        for key, text in own.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", texts()[key])), key


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("xx, de;q=0.5", "de"),
        ("de-AT", "de"),
        ("DE-at", "de"),
        ("en;q=0.1, de;q=0.9", "de"),
        ("de;q=0.1, en;q=0.9", "en"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=0", "en"),
        ("de;q=much", "en"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK,zh;q=0.8", "zh-Hant"),
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-CN", "zh"),
        ("zh-Hans-CN, de;q=0.5", "zh"),
        ("*", "en"),
        ("nonsense!!, fr-CH;q=0.9, de;q=0.7", "de"),
        ("de-DE-1996", "de"),
    ],
)
def test_the_language_is_the_heaviest_of_the_visitors_that_has_a_file(
    header: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "languages", lambda: ["de", "en", "zh", "zh-Hant"])
    negotiate_language.cache_clear()
    assert negotiate_language(header) == language
    negotiate_language.cache_clear()


def test_no_text_is_written_in_a_tab_itself() -> None:
    """No label, info or button of a tab is a plain string."""
    assert re.findall(r'(?:label|info|placeholder)="[^"]', PYTHON) == []
    assert re.findall(r'gr\.(?:Button|Tab|Accordion|Markdown|UploadButton)\("', PYTHON) == []
    assert Path(FOLDER / "en.json").exists()
