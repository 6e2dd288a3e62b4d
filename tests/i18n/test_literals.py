"""Every sentence for a visitor comes from `i18n/`; no other module contains one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.literals import literal_sentences, shown_literals
from vae_core.i18n.texts import FOLDER

CORE = FOLDER.parent
# What no visitor of the page reads, or what is a name or code and no sentence.
NAMES_AND_CODE = {
    "datasets/data/pack.py": "a tool for who packs the shipped images",
    "datasets/registry.py": "names of data sets and of their classes",
    "export/curves_csv.py": "the head of a column",
    "export/onnx.py": "names in a file for programs",
    "export/script/interventions.py": "comments of a program",
    "reproduce/burda2016.py": "rows of the paper's table",
    "reproduce/ghosh2020.py": "rows of the paper's table",
    "reproduce/jiang2017.py": "rows of the paper's table",
    "reproduce/xie2016.py": "rows of the paper's table",
    "kinds.py": "a mistake of a programmer",
    "runtime/container.py": "a mistake of a programmer; its caller has a sentence",
    "ui/page.py": "a secret for Gradio, which shows it to nobody",
}
MODULES = sorted(path for path in CORE.rglob("*.py") if path.relative_to(CORE).as_posix() not in NAMES_AND_CODE)
SCRIPTS = sorted((CORE / "ui" / "static").rglob("*.js"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(CORE).as_posix())
def test_no_module_has_a_sentence_of_its_own(path: Path) -> None:
    assert literal_sentences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_of_the_page_writes_a_sentence_of_its_own(path: Path) -> None:
    assert shown_literals(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", sorted(NAMES_AND_CODE))
def test_an_exception_is_needed(name: str) -> None:
    assert literal_sentences((CORE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ('raise SettingError("beta", value, "a small number")', ["a small number"]),
        ('raise BusyError(f"{count} trainings are waiting; try again.")', ["{} trainings are waiting; try again."]),
        ('print("Stopped; the model stays.")', ["Stopped; the model stays."]),
        ('note("Nothing to stop.", is_error=True)', ["Nothing to stop."]),
        ('parser.add_argument("--name", help="what to call it")', ["what to call it"]),
        ('Message("error.setting", {"allowed": "at most six values"})', ["at most six values"]),
        ('return Response("after: use the number of a step.", 400)', ["after: use the number of a step."]),
        ('gr.Info("The model is saved.")', ["The model is saved."]),
        ('message = "The model is gone"', ["The model is gone"]),
        ('def f():\n    """A docstring of several words."""', []),
        ('log.warning("A training leaves the GPU.")', []),
        ('raise SettingError("beta", value, Message("rule.number"))', []),
        ('x: "list of words" = 1', []),
        ("Literal['full', 'minimal']", []),
    ],
)
def test_the_finder_sees_a_sentence_wherever_it_stands(source: str, sentences: list[str]) -> None:
    assert literal_sentences(source) == sentences


@pytest.mark.parametrize(
    ("script", "sentences"),
    [
        ('label.textContent = "No image chosen";', ['"No image chosen"']),
        ("node.title = wide ? `Show ${count} more images` : text('more');", ["`Show ${count} more images`"]),
        ('button.setAttribute("aria-label", "Close the pad");', ['"Close the pad"']),
        ('context.fillText("no such term", x, y);', ['"no such term"']),
        ('label.textContent = text("nothing_chosen");', []),
        ('element.className = "vae-note vae-error";', []),
        ('throw new Error("a kind without a layer");', []),
    ],
)
def test_the_finder_sees_what_a_script_writes_to_the_page(script: str, sentences: list[str]) -> None:
    assert shown_literals(script) == sentences
