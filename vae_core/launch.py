"""Start the page: `vae-playground`, or `python app.py` in a checkout."""

from __future__ import annotations

import os
import sys

from .runtime.malloc import limit_arenas


def set_environment() -> None:
    """Set the environment variables that Gradio, OpenMP and glibc read when they load: call it before torch is
    imported.

    A variable that has a value keeps it; only Gradio's telemetry is always off.
    """
    # No request leaves the machine, and a proxy is not asked for the machine itself.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost", "127.0.0.1"]))
    # Idle threads sleep: spinning ones take the cores from the other trainings. libgomp spins for some microseconds
    # first, because most waits are shorter than that; without the spin, two threads take as long as one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    # glibc: a worker returns the 20 MB that it needs to save its state. Read by processes that start from here on.
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(4 * 2**20))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(16 * 2**20))
    limit_arenas()  # for this process, which is past reading variables


def serve() -> None:
    """Serve the page until the process ends."""
    set_environment()

    from .ui.page import launch

    launch()


def main() -> int:
    """The command `vae-playground`: serve the page, or run the command line's command that its arguments name."""
    if len(sys.argv) == 1:
        serve()
        return 0

    from .__main__ import main as run_command

    return run_command(program="vae-playground")
