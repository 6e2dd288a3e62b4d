from __future__ import annotations

import json
import re
from pathlib import Path

from vae_core.config import settings
from vae_core.i18n.texts import DEFAULT, FOLDER, languages, page_words, preferred, texts
from vae_core.runs.recipes import EXPERIMENTS, PRESETS
from vae_core.training.variants import VARIANTS

UI = FOLDER.parent / "ui"
PYTHON = "\n".join(path.read_text(encoding="utf-8") for path in UI.parent.rglob("*.py"))
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in (UI / "static").rglob("*.js"))


def test_every_key_that_is_used_has_a_text() -> None:
    keys = set(
        re.findall(
            r'"((?:app|tab|model|kind|explore|train|setting|interpolate|compare|download|link|uploads|controls|phase|error|rule|value|allowed|message|cli)\.[\w.]+)(?<!\.npz)"',
            PYTHON,
        )
    )
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


def test_every_text_is_used() -> None:
    made = {f"setting.{name}{end}" for name in settings() for end in ("", ".help")}
    named = {
        key
        for key in texts()
        if key in PYTHON
        or key.removeprefix("page.") in SCRIPTS
        or any(re.fullmatch(pattern, key) for pattern in PATTERNS)
    }
    assert [key for key in texts() if key not in made | named] == []


PATTERNS = (
    r"kind\.\w+(\.about)?",
    r"preset\.[\w-]+",
    r"phase\.[\w-]+",
    r"uploads\.(skipped|colors|fit)_\w+",
    r"train\.(finished|stopped)",
    r"(train|page)\.(collapsed|inactive)",
    r"interpolate\.[abcd]",
    r"compare\.table\.\w+",
    r"page\.plot_\w+",
    r"compare\.term_\w+",
    r"page\.save_(png|svg)",
    r"page\.(marks|pictures)_\w+",
    r"page\.axis_(z|pc)[12]",
    r"page\.(straight|spherical|along)(_now|_help)?",
    r"page\.blend_(triangle|square)",
    r"page\.view_(plane|slice|umap|lower|level)",
    r"page\.umap_(waiting|loading|neighbours|layout|inverse|none)",
    r"page\.information_(nats|variance)",
    r"page\.range_(prior|codes)",
    r"download\.(safetensors|json|onnx|py|npz|csv)",
    r"page\.experiment_\w+",
)


def test_another_language_has_no_key_of_its_own_and_no_other_gaps() -> None:
    for language in languages():
        own = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        assert set(own) <= set(texts())
        for key, text in own.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", texts()[key])), key


def test_a_visitors_language_is_the_first_that_there_is() -> None:
    assert preferred("xx,en;q=0.5") == "en"
    assert preferred("") == DEFAULT


def test_no_text_is_written_in_a_tab_itself() -> None:
    """What a visitor reads comes from the texts: no label, info or button is given as a plain string."""
    assert re.findall(r'(?:label|info|placeholder)="[^"]', PYTHON) == []
    assert re.findall(r'gr\.(?:Button|Tab|Accordion|Markdown|UploadButton)\("', PYTHON) == []
    assert Path(FOLDER / "en.json").exists()
