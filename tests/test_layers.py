"""The order of the folders, the owners of each library, and the length of functions and files."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from pathlib import Path
from statistics import median

import pytest

CORE = Path(__file__).parents[1] / "vae_core"
STATIC = CORE / "ui" / "static"
# A folder (or a module at the top) imports only from the lines above its own, and from itself.
FOLDERS = [
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
STATIC_FOLDERS = [["vendor"], ["math", "decoder"], ["page"], ["map"], ["explore", "train", "interpolate", "compare"]]
# The folders or modules that may import a library, by its import name.
ANYWHERE = {line for lines in FOLDERS for line in lines}
OWNERS = {
    "torch": ANYWHERE,
    "numpy": ANYWHERE,
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
    "babel": {"i18n/texts"},
    "filelock": {"datasets"},
    "platformdirs": {"runtime/folders"},
}

# Requirements that no module imports, with the reason.
INDIRECT = {"gdown": "torchvision downloads CelebA with it"}
IMPORT_NAMES = {"pillow": "PIL", "scikit-learn": "sklearn", "umap-learn": "umap"}
TABS = {"explore", "train", "interpolate", "compare"}
FILES = [
    path for path in CORE.rglob("*.py") if path.name != "__init__.py" and "data" not in path.relative_to(CORE).parts
]
MODULES = sorted(STATIC.rglob("*.js"))
TESTS_FOLDER = Path(__file__).parent
TESTS = [path for path in sorted(TESTS_FOLDER.rglob("*.py")) if path.parent.name != "benchmarks"]


def name(path: Path) -> str:
    """A file of the core as `folder/file`."""
    return path.relative_to(CORE).with_suffix("").as_posix()


def rank(order: list[list[str]], folder: str) -> int:
    """Return the number of the line that lists a folder."""
    return next(i for i, line in enumerate(order) if folder in line)


def imports(path: Path) -> list[tuple[int, str]]:
    """(level, module) of every import in a file."""
    modules: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules += (
                [(node.level, node.module)] if node.module else [(node.level, alias.name) for alias in node.names]
            )
    return modules


def imported_folders(path: Path) -> set[str]:
    """The folders of the core that a file imports from."""
    package = path.relative_to(CORE).parent.parts
    return {(*package[: len(package) - level + 1], *module.split("."))[0] for level, module in imports(path) if level}


def imported_modules(path: Path) -> list[str]:
    """The page's modules that a module imports, as `folder/file.js`."""
    modules = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text(encoding="utf-8"))
    return [
        posixpath.normpath(posixpath.join(path.parent.relative_to(STATIC).as_posix(), module)) for module in modules
    ]


def libraries(path: Path) -> set[str]:
    """The import names of the libraries beside Python's own that a file imports."""
    return {module.split(".")[0] for level, module in imports(path) if not level} - sys.stdlib_module_names


def requirements() -> set[str]:
    """The import names of the libraries in requirements.txt."""
    text = (CORE.parent / "requirements.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([\w-]+)", text, re.MULTILINE)
    return {IMPORT_NAMES.get(name, name) for name in names if name not in INDIRECT}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a file."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_module_imports_only_from_folders_above_its_own(path: Path) -> None:
    own = name(path).split("/")[0]
    for folder in imported_folders(path) - {own}:
        assert rank(FOLDERS, folder) < rank(FOLDERS, own), folder


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_page_imports_only_from_folders_above_its_own(path: Path) -> None:
    own = path.parent.name
    for module in imported_modules(path):
        assert (STATIC / module).is_file(), module
        folder = module.split("/")[0]
        assert folder == own or rank(STATIC_FOLDERS, folder) < rank(STATIC_FOLDERS, own), module


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_library_is_imported_by_its_owner_alone(path: Path) -> None:
    for library in libraries(path):
        assert {name(path), name(path).split("/")[0]} & OWNERS[library], library


def test_every_requirement_has_an_owner_that_imports_it() -> None:
    assert requirements() <= set(OWNERS)
    used = {(library, name(path)) for path in FILES for library in libraries(path)}
    for library, owners in OWNERS.items():
        importers = {module for one, module in used if one == library}
        assert importers
        assert owners is ANYWHERE or all(any(one.startswith(owner) for one in importers) for owner in owners), library


def test_every_folder_is_in_its_list() -> None:
    assert {name(path).split("/")[0] for path in FILES} == ANYWHERE
    assert {path.parent.name for path in MODULES} == {folder for line in STATIC_FOLDERS for folder in line}


@pytest.mark.parametrize("tab", sorted(TABS))
def test_a_tab_imports_no_other_tab(tab: str) -> None:
    assert not {module for level, module in imports(CORE / "ui" / "tabs" / f"{tab}.py") if level == 1} & TABS


def test_functions_are_short() -> None:
    lengths = sorted(node.end_lineno - node.lineno + 1 for path in FILES for node in functions(path))
    longest = lengths[-1]
    assert median(lengths) <= 8
    assert lengths[int(0.9 * len(lengths))] <= 25
    assert longest <= 60


@pytest.mark.parametrize("path", FILES, ids=name)
def test_arguments_are_typed_and_named(path: Path) -> None:
    for node in functions(path):
        arguments = [
            argument for argument in node.args.args + node.args.kwonlyargs if argument.arg not in ("self", "cls")
        ]
        # Gradio passes the values of all fields one after the other, and its components take any property.
        collected = [argument for argument in (node.args.vararg, node.args.kwarg) if argument]
        assert all(argument.annotation for argument in arguments + collected), node.name
        assert name(path).startswith("ui/") or not collected, node.name


def test_no_module_is_a_collection_of_odds_and_ends() -> None:
    assert not {path.stem for path in FILES} & {"utils", "helpers", "common", "base"}
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 300 for path in FILES)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(TESTS_FOLDER).as_posix())
def test_no_test_imports_a_benchmark(path: Path) -> None:
    assert not [module for _, module in imports(path) if module.startswith(("tests.benchmarks", "benchmarks"))]
