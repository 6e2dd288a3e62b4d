"""Settings of glibc's allocator."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from vae_core.runtime import malloc

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another system's library")
GIVEN_BACK = """
import resource
import torch
from vae_core.runtime.malloc import trim

def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20

held = [torch.ones(25_000) for _ in range(1000)]
del held[:-1]  # what is free lies below something that is not
before = megabytes()
trim()
print(before - megabytes())
"""
HEAPS = """
import ctypes, threading
from vae_core.runtime.malloc import limit_arenas

libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
limit_arenas()
together = threading.Barrier(8)
def allocate():
    together.wait()
    held = [libc.malloc(10_000) for _ in range(200)]
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
libc.malloc_stats()
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)


@glibc
def test_what_is_free_is_given_back() -> None:
    assert float(run(GIVEN_BACK).stdout) > 80


@glibc
def test_all_threads_share_two_heaps() -> None:
    said = run(HEAPS), run(HEAPS.replace("limit_arenas()\n", ""))
    assert [one.stderr.count("Arena ") for one in said] == [2, 9], (
        "without a word each of eight threads that allocate at once has its own"
    )


def test_another_system_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malloc.ctypes, "CDLL", lambda name: (_ for _ in ()).throw(OSError(name)))
    malloc.limit_arenas(), malloc.trim()
