"""`pip install .` installs everything that the page and the command line need."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
EVALUATE = """
import sys
from vae_core import launch
sys.argv[1:] = ["evaluate", "mnist-vae-2d"]
sys.exit(launch.main())
"""


def files(folder: str) -> set[str]:
    """Return the paths of a folder's files below the repository, without Python's caches."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in paths if path.suffix not in (".pyc", ".pyi")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that pip builds from this checkout, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(next(path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))).decode()


def test_the_wheel_has_every_file_of_the_package_and_every_trained_model(wheel: zipfile.ZipFile) -> None:
    installed = {path for path in wheel.namelist() if ".dist-info/" not in path}
    assert installed == files("vae_core") | {f"vae_core/{path}" for path in files("checkpoints")}


def test_the_dependencies_are_those_of_requirements_txt(wheel: zipfile.ZipFile) -> None:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    required = map(Requirement, Parser().parsestr(metadata(wheel, "METADATA")).get_all("Requires-Dist", []))
    assert {one for one in required if one.marker is None} == {Requirement(line) for line in lines if line}


def test_one_command_starts_the_page_and_is_the_command_line(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    assert "vae-playground = vae_core.launch:main" in metadata(wheel, "entry_points.txt")
    wheel.extractall(tmp_path)
    command = [sys.executable, "-c", EVALUATE]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "negative_elbo: " in result.stdout
