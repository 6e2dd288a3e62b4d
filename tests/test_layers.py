"""The house as its sources say: imports go one way, each library has one owner, and functions are short."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

CORE = Path(__file__).parents[1] / "vae_core"
ORDER = [["thinning", "pace", "draws", "adam"], ["config", "film"],
         ["devices", "gaussian", "schedules", "corruption", "plots", "pictures", "recipes", "store"], ["sources"],
         ["likelihoods", "networks", "animation"], ["datasets"], ["models"], ["objectives", "start", "latent", "projection", "clustering"],
         ["kinds", "phases"], ["zoo"], ["training", "limits"], ["logbook", "checkpoint", "browser", "quality", "disentanglement", "curves", "links"],
         ["metrics", "onnx_decoder", "script"], ["observation", "runs"], ["jobs"], ["maps"], ["tables"], ["ui"], ["__main__"]]
INSIDE = {"sources": [["images", "generated"], ["archives", "own_sets"], ["own_images"], ["own_data"]],
          "kinds": [["pca", "conditional", "vade", "hierarchical", "dec", "classifier"]],
          "jobs": [["heap", "line"], ["ear"], ["worker"], ["cluster", "job"], ["places"], ["jobs", "warm"]],
          "maps": [["latent_map", "embedding", "familiarity"], ["dimensions", "geodesic", "upper_level", "embeddings"]]}
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
RANK_INSIDE = {room: {name: rank for rank, names in enumerate(order) for name in names} for room, order in INSIDE.items()}
OWNERS = {"gradio": {"ui"}, "starlette": {"ui"}, "torchvision": {"archives"}, "scipy": {"clustering", "embedding", "geodesic"},
          "sklearn": {"projection", "clustering", "disentanglement", "embedding", "geodesic"}, "PIL": {"pictures", "animation"}, "safetensors": {"checkpoint"},
          "tqdm": {"__main__"}, "umap": {"embedding"}, "onnx": {"onnx_decoder"}, "jinja2": {"script"}, "plotly": {"plots"}, "ray": {"cluster"}}
PACKAGES = {"sources", "kinds", "jobs", "maps", "tables", "script", "ui"}  # folders that are one room
TABS = {"explore", "train", "interpolate", "compare"}
FILES = [path for path in CORE.rglob("*.py") if path.name != "__init__.py" and path.parent.name != "data"]


def room(path: Path) -> str:
    """The line of ORDER that a file belongs to."""
    return path.parent.name if path.parent.name in PACKAGES else path.stem


def imports(path: Path) -> list[tuple[int, str]]:
    """(level, module) of every import in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module)] if node.module else [(node.level, alias.name) for alias in node.names]
    return found


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_module_imports_only_what_comes_before_it(path: Path) -> None:
    up = 2 if room(path) in PACKAGES else 1
    for level, module in imports(path):
        if level == up:
            assert RANK[module.split(".")[0]] < RANK[room(path)], module
        if level == 1 and room(path) in INSIDE:
            assert RANK_INSIDE[room(path)][module] < RANK_INSIDE[room(path)][path.stem], module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_library_is_imported_by_its_owner_alone(path: Path) -> None:
    for level, module in imports(path):
        if level == 0:
            assert {room(path), path.stem} & OWNERS.get(module.split(".")[0], {path.stem}), module


@pytest.mark.parametrize("tab", sorted(TABS))
def test_a_tab_imports_no_other_tab(tab: str) -> None:
    assert not {module for level, module in imports(CORE / "ui" / f"{tab}.py") if level == 1} & TABS


def test_functions_are_short() -> None:
    lengths = sorted(node.end_lineno - node.lineno + 1 for path in FILES for node in functions(path))
    assert median(lengths) <= 8 and lengths[int(0.9 * len(lengths))] <= 25 and lengths[-1] <= 60


@pytest.mark.parametrize("path", [path for path in FILES if room(path) != "ui"], ids=lambda path: path.stem)
def test_arguments_are_typed_and_named(path: Path) -> None:
    for node in functions(path):
        arguments = [argument for argument in node.args.args + node.args.kwonlyargs if argument.arg not in ("self", "cls")]
        assert all(argument.annotation for argument in arguments) and not node.args.vararg and not node.args.kwarg, node.name


def test_no_room_is_a_lumber_room() -> None:
    assert not {path.stem for path in FILES} & {"utils", "helpers", "common", "base"}
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 300 for path in FILES)
