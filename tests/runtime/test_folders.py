from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vae_core.runtime.folders import cache_folder, runs_folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folders of Linux")
def test_files_lie_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VAE_PLAYGROUND_CACHE", "VAE_PLAYGROUND_RUNS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "vae-playground"
    assert runs_folder() == tmp_path / ".cache" / "vae-playground" / "runs"


def test_the_environment_names_other_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", "images")
    monkeypatch.setenv("VAE_PLAYGROUND_RUNS", "runs")
    assert (cache_folder(), runs_folder()) == (Path("images"), Path("runs"))
