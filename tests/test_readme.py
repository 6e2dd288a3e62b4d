"""The README is true: its examples run, its tree and its links match the files, and it is short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "tests/benchmarks/README.md"]
MAX_WORDS, MAX_CELL_WORDS = 1_500, 25


def block(language: str, containing: str) -> str:
    """The first fenced block of a language that contains a text."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return next(text for kind, text in blocks if kind == language and containing in text)


def tree() -> set[str]:
    """The paths that the tree names."""
    parents: list[str] = []
    paths = set()
    for line in block("", "app.py   ").splitlines():
        indent, name = re.match(r"( *)(\S+)", line).groups()
        parents = [*parents[: len(indent) // 2], name]
        paths.add("".join(parents))
    return paths


def folders(top: str) -> set[str]:
    """The folders of the repository below `top` that hold code or data, as paths that end in a slash."""
    files = (path for path in (ROOT / top).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.parent.relative_to(ROOT).as_posix() + "/" for path in files}


def test_the_example_runs_in_at_most_fifteen_lines(capsys: pytest.CaptureFixture[str]) -> None:
    example = block("python", "train(")
    exec(compile(example, "README.md", "exec"), {})
    assert "negative_elbo" in capsys.readouterr().out
    assert len(example.strip().splitlines()) <= 15


def test_one_more_objective_runs_and_is_under_fifteen_lines(capsys: pytest.CaptureFixture[str]) -> None:
    example = block("python", "def ridge(")
    exec(compile(example, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    first, last = (list(map(float, line.split())) for line in (lines[0], lines[-1]))
    assert last[1] < first[1]
    assert last[2] > 0
    objective = re.search(r"^def ridge.*?(?=^\S(?!ef ))", example, re.DOTALL | re.MULTILINE).group()
    assert len(objective.strip().splitlines()) < 15


def test_every_path_of_the_tree_exists_and_every_folder_is_in_the_tree() -> None:
    assert all((ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file() for path in tree())
    packages = folders("vae_core")
    assert {path for path in packages if not path.startswith("vae_core/datasets/data/")} - {
        "vae_core/export/script/templates/"
    } <= tree()
    assert {path for path in tree() if path.startswith("vae_core/") and path.endswith("/")} <= {
        parent for path in packages for parent in (path, f"{Path(path).parent}/")
    }


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MAX_WORDS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_cell_of_a_table_is_an_essay(document: str) -> None:
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    cells = [cell for line in lines if line.startswith("|") for cell in re.split(r"(?<!\\)\|", line)]
    assert [cell for cell in cells if len(cell.split()) > MAX_CELL_WORDS] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_the_text_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:python )?((?:vae_core|tests|checkpoints|\.ci)/[\w./-]*)", text))
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_setting_of_the_environment_is_one_that_the_code_reads() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "vae_core").rglob("*.py"))
    named = set(re.findall(r"VAE_PLAYGROUND_\w+", README))
    assert named
    assert named == set(re.findall(r"VAE_PLAYGROUND_\w+", sources))


def test_the_front_matter_names_what_a_space_needs() -> None:
    front = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert front["license"] == "mit"
    assert front["python_version"] == '"3.12"'
    assert re.fullmatch(r"6\.\d+\.\d+", front["sdk_version"])
    assert len(front["short_description"]) <= 60
    assert (ROOT / re.search(r"!\[.*?\]\((.*?)\)", README, re.DOTALL).group(1)).exists()
