"""Waiting for a state of this process or of another one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float = 60, interval: float = 0.01) -> T:
    """Ask `condition` until it is true, and return its answer. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the condition has not come true within {seconds} seconds")
        time.sleep(interval)
    return answer
