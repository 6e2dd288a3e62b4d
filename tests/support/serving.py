"""The real app and a real browser, for the tests and the benchmarks of the page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds; a machine that is busy with other tests takes minutes
# The position of the first map's handle on the page: the middle of the pixels in its color, or null.
HANDLE = """() => {
    const canvas = document.querySelector('.vae-map-overlay'), box = canvas.getBoundingClientRect(),
        ratio = canvas.width / box.width;
    const drop = new OffscreenCanvas(1, 1).getContext('2d'), { width, height } = canvas;
    drop.fillStyle = getComputedStyle(canvas).getPropertyValue('--vae-accent');
    drop.fillRect(0, 0, 1, 1);
    const color = new Uint32Array(drop.getImageData(0, 0, 1, 1).data.buffer)[0];
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer),
        all = [...pixels.keys()];
    const found = all.filter((i) => pixels[i] === color),
        middle = (places) => (Math.min(...places) + Math.max(...places) + 1) / 2 / ratio;
    return found.length ? [box.x + middle(found.map((i) => i % width)),
        box.y + middle(found.map((i) => Math.floor(i / width)))] : null;
}"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def app(output: int | None = subprocess.DEVNULL) -> Iterator[tuple[str, float]]:
    """`python app.py` on a free port: its address, and the seconds from its start to its first answer.

    `output` is where it writes to.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started, address = time.perf_counter(), f"http://127.0.0.1:{port}/"
    runs = tempfile.TemporaryDirectory()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        stdout=output,
        stderr=output,
        env=os.environ | {"GRADIO_SERVER_PORT": str(port), "VAE_PLAYGROUND_RUNS": runs.name},
    )
    try:
        while not answers(address):
            if process.poll() is not None or time.perf_counter() > started + PATIENCE:
                raise RuntimeError(f"the app has ended, or has not answered within {PATIENCE} seconds")
            time.sleep(0.02)
        yield address, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(30)
        runs.cleanup()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=10).status == 200
    except OSError:
        return False


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()
