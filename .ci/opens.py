"""Start a server command, open its page, ask for one model's map, and stop it: `python .ci/opens.py COMMAND…`"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PATIENCE_S = 120
MODEL = "mnist-vae-2d"


def get(address: str, seconds: float) -> bytes:
    """The answer's body; asks again until the server is up. Raises OSError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as response:
                return response.read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def main(command: list[str]) -> None:
    """Run `command` in an empty folder with an empty cache. Raises OSError or AssertionError where it fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings = {"GRADIO_SERVER_PORT": str(port), "VAE_PLAYGROUND_CACHE": folder, "VAE_PLAYGROUND_RUNS": folder}
        server = subprocess.Popen(command, cwd=folder, env=os.environ | settings)
        try:
            page = get(f"http://127.0.0.1:{port}/", PATIENCE_S)
            assert MODEL.encode() in page, "the page lists no trained model"
            data = get(f"http://127.0.0.1:{port}/vae/map/{MODEL}", PATIENCE_S)
        finally:
            server.terminate()
            server.wait(PATIENCE_S)
    print(f"{' '.join(command)}: the page has {len(page):,} bytes, the map of {MODEL} {len(data):,}")


if __name__ == "__main__":
    main(sys.argv[1:])
