"""Where a job's worker lives: a process forked from a warm one, which trains by itself or stands between here and a cluster."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import Protocol

from .cluster import ADDRESS, work_on_cluster
from .config import OWN_NAME
from .job import Job
from .store import Store
from .worker import Record, Word, work

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["vae_core.warm"])


def warm() -> None:
    """Start the fork server now, so that the first job does not wait for it."""
    forkserver.ensure_running()


class Place(Protocol):
    """The server's end of the line to a worker. `recv` raises EOFError when it has ended; `heard` waits for so long, until one of both is to come."""

    job: Job

    def recv(self) -> tuple[int, Record]: ...
    def heard(self, seconds: float) -> bool: ...
    def send(self, word: Word) -> None: ...
    def kill(self) -> None: ...
    def last_words(self) -> str: ...
    def bury(self) -> None: ...


class Process:
    """A worker in a process of this machine."""

    def __init__(self, job: Job, store: Store | None) -> None:
        self.job = job
        self.connection, theirs = CONTEXT.Pipe()
        own = OWN_NAME.fullmatch(job.config.data.dataset)  # a visitor's images do not leave this machine
        address = None if own else os.environ.get(ADDRESS)
        target, more = (work_on_cluster, (address,)) if address else (work, ())
        self.process: BaseProcess = CONTEXT.Process(target=target, args=(job.orders(), theirs, store, *more), daemon=True)
        self.process.start()  # waits until the fork server is warm
        theirs.close()

    def recv(self) -> tuple[int, Record]:
        return self.connection.recv()

    def heard(self, seconds: float) -> bool:
        return self.connection.poll(seconds)

    def send(self, word: Word) -> None:
        with suppress(OSError):  # a worker that has just ended needs no word
            self.connection.send(word)

    def kill(self) -> None:
        self.process.kill()

    def last_words(self) -> str:
        """Why it ended, as a sentence."""
        self.process.join()
        if self.process.exitcode == -9:
            return "The training process was killed (exit code -9), as it is when memory runs out; a smaller model or batch_size needs less."
        return f"The training process ended unexpectedly (exit code {self.process.exitcode})."

    def bury(self) -> None:
        """Leave nothing behind of a worker that has said all it had to say."""
        self.process.join()
        self.process.close()
        self.connection.close()
