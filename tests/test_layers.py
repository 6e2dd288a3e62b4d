"""The house as its sources say: imports go one way, each library has one owner, and functions are short."""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from statistics import median

import pytest

CORE = Path(__file__).parents[1] / "vae_core"
STATIC = CORE / "ui" / "static"
# Each room imports only from rooms on the lines above its own, and from itself.
ROOMS = [
    ["i18n"],
    ["rules", "kinds"],
    ["config"],
    ["runtime"],
    ["datasets"],
    ["models"],
    ["latent"],
    ["evaluation"],
    ["training"],
    ["runs"],
    ["export", "reproduce"],
    ["analysis"],
    ["jobs"],
    ["ui", "__main__"],
    ["launch"],
]
PAGE_ROOMS = [["vendor"], ["math", "decoder"], ["page"], ["map"], ["explore", "train", "interpolate", "compare"]]
OWNERS = {
    "gradio": {"ui"},
    "starlette": {"ui"},
    "plotly": {"ui/figure_style"},
    "torchvision": {"datasets/downloads"},
    "PIL": {"datasets/preprocessing", "export/gif"},
    "sklearn": {"latent", "evaluation", "models/mixture", "analysis/umap"},
    "scipy": {"latent/geodesic", "evaluation/clustering", "analysis/umap"},
    "umap": {"analysis/umap"},
    "safetensors": {"runs", "runtime/container"},
    "onnx": {"export/onnx"},
    "jinja2": {"export/script/render"},
    "ray": {"jobs/ray_cluster"},
    "tqdm": {"__main__"},
}
LONG_FILES = {"training/trainer", "datasets/uploads"}  # the same: to be split
TO_SPLIT = (65, 80, 85, 97)  # lines of `build` in the tabs, once formatted at 120 columns
TABS = {"explore", "train", "interpolate", "compare"}
FILES = [
    path for path in CORE.rglob("*.py") if path.name != "__init__.py" and "data" not in path.relative_to(CORE).parts
]
MODULES = sorted(STATIC.rglob("*.js"))
TESTS_FOLDER = Path(__file__).parent
TESTS = [path for path in sorted(TESTS_FOLDER.rglob("*.py")) if path.parent.name != "benchmarks"]


def name(path: Path) -> str:
    """A file of the core as `room/file`."""
    return path.relative_to(CORE).with_suffix("").as_posix()


def rank(rooms: list[list[str]], room: str) -> int:
    return next(i for i, line in enumerate(rooms) if room in line)


def imports(path: Path) -> list[tuple[int, str]]:
    """(level, module) of every import in a file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module)] if node.module else [(node.level, alias.name) for alias in node.names]
    return found


def imported_rooms(path: Path) -> set[str]:
    """The rooms of the core that a file imports from."""
    package = path.relative_to(CORE).parent.parts
    return {(*package[: len(package) - level + 1], *module.split("."))[0] for level, module in imports(path) if level}


def imported_modules(path: Path) -> list[str]:
    """The page's modules that a module imports, as `room/file.js`."""
    found = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text(encoding="utf-8"))
    return [posixpath.normpath(posixpath.join(path.parent.relative_to(STATIC).as_posix(), module)) for module in found]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_imports_only_from_rooms_above_its_own(path: Path) -> None:
    own = name(path).split("/")[0]
    for room in imported_rooms(path) - {own}:
        assert rank(ROOMS, room) < rank(ROOMS, own), room


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_page_imports_only_from_rooms_above_its_own(path: Path) -> None:
    own = path.parent.name
    for module in imported_modules(path):
        assert (STATIC / module).is_file(), module
        room = module.split("/")[0]
        assert room == own or rank(PAGE_ROOMS, room) < rank(PAGE_ROOMS, own), module


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_library_is_imported_by_its_owner_alone(path: Path) -> None:
    for level, module in imports(path):
        owners = OWNERS.get(module.split(".")[0], {name(path)})
        assert level or {name(path), name(path).split("/")[0]} & owners, module


@pytest.mark.parametrize("tab", sorted(TABS))
def test_a_tab_imports_no_other_tab(tab: str) -> None:
    assert not {module for level, module in imports(CORE / "ui" / "tabs" / f"{tab}.py") if level == 1} & TABS


def test_functions_are_short() -> None:
    lengths = sorted(node.end_lineno - node.lineno + 1 for path in FILES for node in functions(path))
    longest = max(length for length in lengths if length not in TO_SPLIT)
    assert median(lengths) <= 8
    assert lengths[int(0.9 * len(lengths))] <= 25
    assert longest <= 60


@pytest.mark.parametrize("path", [path for path in FILES if not name(path).startswith("ui/")], ids=name)
def test_arguments_are_typed_and_named(path: Path) -> None:
    for node in functions(path):
        arguments = [
            argument for argument in node.args.args + node.args.kwonlyargs if argument.arg not in ("self", "cls")
        ]
        assert all(argument.annotation for argument in arguments) and not node.args.vararg and not node.args.kwarg, (
            node.name
        )


def test_no_room_is_a_lumber_room() -> None:
    assert not {path.stem for path in FILES} & {"utils", "helpers", "common", "base"}
    assert all(
        len(path.read_text(encoding="utf-8").splitlines()) <= 300 for path in FILES if name(path) not in LONG_FILES
    )


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(TESTS_FOLDER).as_posix())
def test_no_test_imports_a_benchmark(path: Path) -> None:
    assert not [module for _, module in imports(path) if module.startswith(("tests.benchmarks", "benchmarks"))]
