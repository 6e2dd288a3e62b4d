"""The real app and the browser's options, for the benchmarks of the page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the shell's is not asked for this machine


@contextmanager
def app() -> Iterator[tuple[str, float]]:
    """`python app.py` on a free port: its address, and the seconds from its start to its first answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    started, address = time.perf_counter(), f"http://127.0.0.1:{port}/"
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(address):
            if process.poll() is not None:
                raise RuntimeError("the app has ended")
            time.sleep(0.02)
        yield address, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    """Whether the page is served."""
    try:
        with DIRECT.open(address, timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def browser_options() -> dict[str, Any]:
    """What Chromium is launched with: the machine's own, asking nothing of the network."""
    return {"executable_path": shutil.which("chromium") or shutil.which("google-chrome"), "args": FLAGS}
