"""The row of a model's downloads."""

from __future__ import annotations

import re

import pytest

from vae_core.config import RunConfig
from vae_core.runs.checkpoint import SHIPPED, build_untrained, load
from vae_core.runs.run import Run
from vae_core.ui.components import downloads

CHANGED = [
    {"step": 0, "epoch": 0.0, "beta": 1.0, "learning_rate": 2e-3, "epochs": 10},
    {"step": 9, "epoch": 1.0, "beta": 2.0, "epochs": 12},
]


def kinds(html: str) -> list[str]:
    """The endings of a row's files."""
    return re.findall(r'href="vae/save/id\.(\w+)"', html)


def test_every_shipped_model_has_all_files_but_images() -> None:
    run = load(SHIPPED / "mnist-vade-10d")
    assert kinds(downloads.downloads_html("id", run)) == ["safetensors", "json", "onnx", "py", "csv"]
    assert downloads.FILES["py"](run).startswith(b'"""vade on mnist')


def test_a_missing_script_is_explained() -> None:
    config = RunConfig.from_flat({"dataset": "digits", "kind": "dec", "hidden": "8"})
    row = downloads.downloads_html("id", Run("", config, build_untrained(config), {}, changes=CHANGED))
    assert kinds(row) == ["safetensors", "json", "onnx"]
    assert "There is no script: this model is trained in several phases" in row


def test_uploaded_images_are_listed_with_their_models(monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "8"})
    run = Run("", config, build_untrained(config), {})
    monkeypatch.setattr(downloads, "script_of_run", lambda run: "")
    object.__setattr__(config.data, "dataset", "own-" + 32 * "0")
    assert kinds(downloads.downloads_html("id", run)) == ["safetensors", "json", "onnx", "py", "npz"]
