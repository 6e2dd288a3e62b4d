"""Where a job's worker lives: a process forked from a warm one, which trains by itself or stands between here and a cluster."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from ..i18n.message import Message
from ..rules import OWN_NAME
from ..runs.store import Store
from ..runtime.resources import cores
from .job import Job
from .messages import Command, Event, SetThreads
from .ray_cluster import ADDRESS, train_on_cluster
from .worker import run_worker

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["vae_core.jobs.preload"])
CHILDREN = (
    threading.Lock()
)  # multiprocessing asks all children when it starts one, by descriptors that another thread may be closing
OOM_SCORE_ADJ = 500  # added to a process's share of the memory, in thousandths, when the kernel looks for one to end


def preload_workers() -> None:
    """Start the fork server now, so that the first job does not wait for it."""
    forkserver.ensure_running()


def begin(target: Callable[..., None], arguments: tuple[object, ...]) -> BaseProcess:
    """A process forked from the warm one, which ends with this one. It waits until that is warm."""
    process = CONTEXT.Process(target=live, args=(target, arguments), daemon=True)
    with CHILDREN:
        process.start()
    return process


def live(target: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """The process's life. A Ctrl-C is the server's to hear, which lets its processes keep what they have; and one of them is ended before it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # another system
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJ))
    target(*arguments)


class WorkerHandle(Protocol):
    """The server's end of the line to a worker. `recv` raises EOFError when it has ended; `wait_for_message` waits for so long, until one of both is to come.

    `send` never waits, and says whether the word is on its way. `share` is the one that it has been told last. `join` waits for its
    end. After `close` nothing may be asked of it or told: the numbers of its descriptors may be those of a visitor's connection then.
    """

    job: Job
    share: SetThreads | None

    def recv(self) -> tuple[int, Event]: ...
    def wait_for_message(self, seconds: float) -> bool: ...
    def send(self, word: Command) -> bool: ...
    def kill(self) -> None: ...
    def exit_reason(self) -> Message: ...
    def join(self) -> None: ...
    def close(self) -> None: ...


def share_cores(places: Collection[WorkerHandle]) -> None:
    """Tell every worker that trains how many threads are its share, if it has been told otherwise. Who does not train yet does not listen."""
    share = SetThreads(threads_per_training(sum(place.job.state != "paused" for place in places), cores()))
    for place in places:
        if place.job.state == "running" and place.share != share and place.send(share):
            place.share = share


def threads_per_training(trainings: int, cores: int) -> int:
    """The share of each of so many trainings: more threads than cores slow everybody down.

    A lone one leaves a core to the server and to its browser, for threads wait for the slowest of them: with both of two cores it
    took as long as with one, or twice as long.
    """
    return max(1, min(cores - 1, cores // max(1, trainings)))


class LocalWorker:
    """A worker in a process of this machine."""

    def __init__(self, job: Job, store: Store | None) -> None:
        self.job, self.share = job, None
        self.connection, theirs = CONTEXT.Pipe()
        own = OWN_NAME.fullmatch(job.config.data.dataset)  # a visitor's images do not leave this machine
        address = None if own else os.environ.get(ADDRESS)
        target, more = (train_on_cluster, (address,)) if address else (run_worker, ())
        self.process = begin(target, (job.specs(), theirs, store, *more))
        theirs.close()

    def recv(self) -> tuple[int, Event]:
        return self.connection.recv()

    def wait_for_message(self, seconds: float) -> bool:
        return self.connection.poll(seconds)

    def send(self, word: Command) -> bool:
        line = select.poll()
        line.register(self.connection, select.POLLOUT)
        if not line.poll(0):  # it has left hundreds of words unread
            return False
        with suppress(OSError):  # a worker that has just ended needs no word
            self.connection.send(word)
        return True

    def kill(self) -> None:
        self.process.kill()

    def exit_reason(self) -> Message:
        """Why it ended, as a sentence."""
        self.join()
        if self.process.exitcode == -9:
            return Message("job.killed")
        return Message("job.process_ended", {"code": self.process.exitcode})

    def join(self) -> None:
        wait([self.process.sentinel])
        with CHILDREN:
            self.process.join()

    def close(self) -> None:
        with CHILDREN:
            self.process.close()
        self.connection.close()
