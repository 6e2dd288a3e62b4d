"""How a worker hears what it is told: between two steps, and while something goes on that has no steps."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from types import FrameType

from .messages import Command, Event, WorkerConnection

ENDS = ("stop", "leave")
ASKED_EVERY = 0.05  # seconds


class TrainingInterruptedError(Exception):
    """The training was ended while something went on that it does not need any more."""


class InterruptibleConnection:
    """A WorkerConnection. Whatever is said while it `attends` is kept for the next `recv`."""

    def __init__(self, line: WorkerConnection) -> None:
        self._line = line
        self._kept: deque[Command] = deque()

    def send(self, message: tuple[int, Event]) -> None:
        self._line.send(message)

    def poll(self, timeout: float) -> bool:
        return bool(self._kept) or self._line.poll(timeout)

    def recv(self) -> Command:
        return self._kept.popleft() if self._kept else self._line.recv()

    def run(self, do: Callable[[], None]) -> None:
        """Do something of several seconds, such as a fit. Raises TrainingInterruptedError from its midst when the training is to end, or the server is gone.

        A thread listens meanwhile, and has the main thread's handler of a signal raise: libraries that are asked for a fit cannot be
        asked to leave it. Outside of the main thread, which alone has handlers, it is done to its end.
        """
        if threading.current_thread() is not threading.main_thread():
            return do()
        doing, ended = threading.Event(), threading.Event()

        def interrupt(_: int, frame: FrameType | None) -> None:
            if ended.is_set() and doing.is_set() and not importing(frame):
                raise TrainingInterruptedError

        before = signal.signal(signal.SIGINT, interrupt)
        listener = threading.Thread(target=self._listen, args=(doing, ended), daemon=True)
        try:
            doing.set()
            listener.start()
            try:
                do()
            finally:
                doing.clear()
        finally:
            doing.clear()  # should the line above have been interrupted
            listener.join()
            signal.signal(signal.SIGINT, before)

    def _listen(self, doing: threading.Event, ended: threading.Event) -> None:
        """Keep what is said while the main thread does something, and interrupt it if that is to be the end."""
        while doing.is_set() and not ended.is_set():
            if self._line.poll(ASKED_EVERY) and self._hear() in ENDS:
                ended.set()
        while doing.is_set():  # again, if a library was being imported or has swallowed it
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(ASKED_EVERY)

    def _hear(self) -> Command:
        try:
            word = self._line.recv()
        except (EOFError, OSError):  # the next `recv` says so
            return "leave"
        self._kept.append(word)
        return word


def importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported there: half of one would be left behind, and the training's end may need it."""
    while frame and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None
