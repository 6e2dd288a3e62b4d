"""The folders of files that outlive the program: one for downloads and uploads, one for trained runs."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the folder of downloaded and uploaded images: $VAE_PLAYGROUND_CACHE, or one in the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_CACHE") or _user_cache())


def runs_folder() -> Path:
    """Return the folder of trained runs: $VAE_PLAYGROUND_RUNS, or one in the user's cache."""
    return Path(os.environ.get("VAE_PLAYGROUND_RUNS") or _user_cache() / "runs")


def _user_cache() -> Path:
    """Return ~/.cache/vae-playground on Linux, unless $XDG_CACHE_HOME names another cache."""
    return user_cache_path("vae-playground", appauthor=False)
