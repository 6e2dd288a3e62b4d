"""Where the program keeps files between two starts: downloads and uploads in one folder, trained runs in another."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder of downloaded and uploaded images: $VAE_PLAYGROUND_CACHE, or the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_CACHE") or _user_cache())


def runs_folder() -> Path:
    """The folder of trained runs: $VAE_PLAYGROUND_RUNS, or a folder in the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_RUNS") or _user_cache() / "runs")


def _user_cache() -> Path:
    """~/.cache/vae-playground on Linux, unless $XDG_CACHE_HOME names another cache."""
    return user_cache_path("vae-playground", appauthor=False)
