"""Process trees of Linux: their members, their memory and their processor time."""

from __future__ import annotations

import os
from pathlib import Path


def process_tree(root: int) -> list[int]:
    """The ids of the process `root` and of all its descendants."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, parent = int(path.parent.name), int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(pid)
    members, generation = [], [root]
    while generation:
        members += generation
        generation = [child for pid in generation for child in children.get(pid, [])]
    return members


def command_line(pid: int) -> str:
    """The command line of a process, its arguments separated by spaces. Raises OSError if there is no such process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def descendant_running(program: str) -> int:
    """The id of the first descendant of this process whose command line contains `program`. Raises StopIteration."""
    return next(pid for pid in process_tree(os.getpid()) if program in command_line(pid))


def memory_mb(root: int) -> float:
    """The memory of a process tree in MiB, as its proportional set size (PSS): shared pages count once."""
    kilobytes = 0
    for pid in process_tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def processor_seconds(pid: int) -> float:
    """The processor time of one process in seconds, in user and in kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
