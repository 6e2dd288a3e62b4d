"""No test downloads anything."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.support.network import NetworkAccessError

ADDRESS = "192.0.2.1"  # of RFC 5737: it belongs to no machine


def test_a_connection_to_another_machine_raises_and_one_to_this_machine_does_not() -> None:
    with pytest.raises(NetworkAccessError, match=f"may not connect to {ADDRESS}"):
        socket.create_connection((ADDRESS, 80), timeout=1)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass


def test_a_download_fails_in_this_process_and_in_another() -> None:
    download = f"import urllib.request; urllib.request.urlopen('http://{ADDRESS}/', timeout=5)"
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(f"http://{ADDRESS}/", timeout=5)
    program = subprocess.run([sys.executable, "-c", download], capture_output=True, text=True, timeout=60)
    assert "Connection refused" in program.stderr
