"""Settings of glibc's allocator; other systems ignore them."""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8  # glibc's number for it


def limit_arenas() -> None:
    """Limit this process to two malloc arenas.

    With an arena per thread, every finished training would leave 8 MB in the arena of its thread.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)


def trim() -> None:
    """Return free memory to the system.

    A process forked afterwards then starts with untouched pages instead of pages that must be copied first.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
