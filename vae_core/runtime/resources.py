"""The cores and memory of the machine or its container, and how many workers they allow."""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path


def max_workers() -> int:
    """How many workers this machine can hold: min(16 per core, (memory − 1 GiB) / 100 MiB), at least one."""
    return max(1, min(16 * cores(), (_memory() - 2**30) // (100 * 2**20)))


def cores(container: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the number of cores available to this process: the machine's, or its container's quota rounded up."""
    machine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = map(int, (container / "cpu.max").read_text().split())
    except (OSError, ValueError):  # no container, or one without a limit
        return machine
    return max(1, min(machine, ceil(quota / period)))


def _memory(container: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes available to this process: the machine's, or its container's limit."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int((container / "memory.max").read_text()))
    except (OSError, ValueError):
        return machine
