"""Settings of glibc's allocator; other systems ignore them."""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8  # glibc's number for it


def limit_arenas() -> None:
    """Two heaps for all threads of this process.

    With one for each, every training that ends leaves 8 MB in the one of its thread.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)


def trim() -> None:
    """Return what is free to the system.

    A process that is forked from this one then finds empty pages there, and not some to copy first.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
