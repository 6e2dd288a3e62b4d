"""Interrupting a worker: between two steps, and in the middle of a call that has no steps, such as a fit."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from types import FrameType

from .messages import Command, Event, WorkerConnection

ENDING_COMMANDS = ("stop", "leave")
POLL_INTERVAL_S = 0.05


class TrainingInterruptedError(Exception):
    """The training was ended during a call that its result does not need."""


class InterruptibleConnection:
    """A WorkerConnection that also listens during a long call.

    Commands that arrive meanwhile wait for the next `recv`.
    """

    def __init__(self, connection: WorkerConnection) -> None:
        self._connection = connection
        self._pending: deque[Command] = deque()

    def send(self, message: tuple[int, Event]) -> None:
        """Send (number of the run in its job, event) to the server."""
        self._connection.send(message)

    def poll(self, timeout: float) -> bool:
        """Whether a command is there, or arrives within `timeout` seconds."""
        return bool(self._pending) or self._connection.poll(timeout)

    def recv(self) -> Command:
        """The next command. Raises EOFError if the server is gone."""
        return self._pending.popleft() if self._pending else self._connection.recv()

    def run(self, call: Callable[[], None]) -> None:
        """Run a call that takes seconds, such as a fit.

        Raises TrainingInterruptedError in the middle of the call when a command ends the training or the server is
        gone. A thread listens meanwhile and makes the signal handler of the main thread raise, because the fits of
        libraries cannot be cancelled. Outside the main thread, which alone has signal handlers, the call runs to its
        end.
        """
        if threading.current_thread() is not threading.main_thread():
            return call()
        running, interrupted = threading.Event(), threading.Event()

        def interrupt(_: int, frame: FrameType | None) -> None:
            if interrupted.is_set() and running.is_set() and not is_importing(frame):
                raise TrainingInterruptedError

        previous_handler = signal.signal(signal.SIGINT, interrupt)
        listener = threading.Thread(target=self._listen, args=(running, interrupted), daemon=True)
        try:
            running.set()
            listener.start()
            try:
                call()
            finally:
                running.clear()
        finally:
            running.clear()  # in case the line above was interrupted
            listener.join()
            signal.signal(signal.SIGINT, previous_handler)

    def _listen(self, running: threading.Event, interrupted: threading.Event) -> None:
        """Store commands while the main thread runs a call, and interrupt the call after one that ends the training."""
        while running.is_set() and not interrupted.is_set():
            if self._connection.poll(POLL_INTERVAL_S) and self._receive() in ENDING_COMMANDS:
                interrupted.set()
        while running.is_set():  # once more if a library was being imported or caught the exception
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(POLL_INTERVAL_S)

    def _receive(self) -> Command:
        """The next command, stored for `recv`."""
        try:
            command = self._connection.recv()
        except (EOFError, OSError):  # the next `recv` raises it
            return "leave"
        self._pending.append(command)
        return command


def is_importing(frame: FrameType | None) -> bool:
    """Whether the frame is part of an import. An interrupted import would leave half a module behind."""
    while frame and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None
