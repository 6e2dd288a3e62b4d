"""The README says what is true: its example runs, its tree is the tree, its front matter is what a Space needs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    """The fenced block that holds a word."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return next(text for kind, text in blocks if kind == language and containing in text)


def test_the_example_runs_in_at_most_fifteen_lines(capsys) -> None:
    example = block("python", "train(")
    exec(compile(example, "README.md", "exec"), {})
    assert "negative_elbo" in capsys.readouterr().out
    assert len(example.strip().splitlines()) <= 15


def test_one_more_objective_runs_and_is_under_fifteen_lines(capsys) -> None:
    example = block("python", "def ridge(")
    exec(compile(example, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    first, last = (list(map(float, line.split())) for line in (lines[0], lines[-1]))
    assert last[1] < first[1]
    assert last[2] > 0
    objective = re.search(r"^def ridge.*?(?=^\S(?!ef ))", example, re.DOTALL | re.MULTILINE).group()
    assert len(objective.strip().splitlines()) < 15


def test_every_file_of_the_tree_exists_and_every_module_is_in_the_tree() -> None:
    tree = block("", "app.py   ")
    named = set(re.findall(r"\b[\w]+\.(?:py|js|css)\b", tree))
    modules = {
        path.name
        for path in (ROOT / "vae_core").rglob("*")
        if path.suffix in (".py", ".js", ".css")
        and path.name != "__init__.py"
        and path.parent.name not in ("data", "templates")
    }
    assert named == modules | {"app.py"}


def test_the_front_matter_names_what_a_space_needs() -> None:
    front = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert front["license"] == "mit"
    assert front["python_version"] == '"3.12"'
    assert re.fullmatch(r"6\.\d+\.\d+", front["sdk_version"])
    assert len(front["short_description"]) <= 60
    assert (ROOT / re.search(r"!\[.*?\]\((.*?)\)", README, re.DOTALL).group(1)).exists()
