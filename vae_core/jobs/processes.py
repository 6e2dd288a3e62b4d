"""Worker processes: forked from a preloaded server, they train on this machine or relay to a cluster."""

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
from typing import Any, Protocol

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
# When multiprocessing starts a process it polls all children through descriptors that another thread may be closing.
CHILDREN_LOCK = threading.Lock()
OOM_SCORE_ADJ = 500  # added to a worker's memory share, in thousandths, when the kernel looks for a process to kill


def preload_workers() -> None:
    """Start the fork server, so that the first job does not wait for it."""
    forkserver.ensure_running()


def start_process(target: Callable[..., None], arguments: tuple[Any, ...]) -> BaseProcess:
    """Fork a process from the preloaded server, as soon as that is ready. It ends with this process."""
    process = CONTEXT.Process(target=run_process, args=(target, arguments), daemon=True)
    with CHILDREN_LOCK:
        process.start()
    return process


def run_process(target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """The main function of a process: ignore Ctrl-C, which the server handles, and be killed before the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # not on Linux
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJ))
    target(*arguments)


class WorkerHandle(Protocol):
    """The server's end of the connection to the worker of `job`.

    `threads` is the number last sent to it, 0 at first.
    """

    job: Job
    threads: int

    def recv(self) -> tuple[int, Event]:
        """Wait for the next (number of the run in its job, event). Raises EOFError when the worker has ended."""

    def wait_for_message(self, seconds: float) -> bool:
        """Wait up to `seconds` for a message or for the worker's exit; True if there is one."""

    def send(self, command: Command) -> bool:
        """Send a command without waiting; False if the worker has stopped reading."""

    def kill(self) -> None:
        """End the worker at once."""

    def exit_reason(self) -> Message:
        """Why the worker ended, as a sentence. Waits for its end."""

    def join(self) -> None:
        """Wait for the worker's end."""

    def close(self) -> None:
        """Release the process and the connection.

        No method may be called afterwards: the numbers of the descriptors are reused.
        """


def share_cores(workers: Collection[WorkerHandle]) -> None:
    """Send each running worker its new thread count, if it changed."""
    threads = threads_per_training(sum(worker.job.state != "paused" for worker in workers), cores())
    for worker in workers:
        if worker.job.state == "running" and worker.threads != threads and worker.send(SetThreads(threads)):
            worker.threads = threads


def threads_per_training(trainings: int, cores: int) -> int:
    """The threads of each of several trainings: together at most one a core, since more would slow down all of them.

    A lone training leaves one core to the server and to its browser: its threads wait for the slowest one, so sharing a
    core with another process would take longer than one thread fewer.
    """
    return max(1, min(cores - 1, cores // max(1, trainings)))


class LocalWorker:
    """A WorkerHandle whose worker is a process on this machine.

    It relays to a Ray cluster if the environment names one.
    """

    def __init__(self, job: Job, store: Store | None) -> None:
        self.job, self.threads = job, 0
        self.connection, worker_end = CONTEXT.Pipe()
        is_own = OWN_NAME.fullmatch(job.config.data.dataset)  # a visitor's images stay on this machine
        address = None if is_own else os.environ.get(ADDRESS)
        arguments = (job.specs(), worker_end, store)
        self.process = (
            start_process(train_on_cluster, (*arguments, address)) if address else start_process(run_worker, arguments)
        )
        worker_end.close()

    def recv(self) -> tuple[int, Event]:
        """Wait for the next message. Raises EOFError when the worker has ended."""
        return self.connection.recv()

    def wait_for_message(self, seconds: float) -> bool:
        """Wait up to `seconds` for a message or for the worker's exit; True if there is one."""
        return self.connection.poll(seconds)

    def send(self, command: Command) -> bool:
        """Send a command without waiting; False if the pipe is full, because hundreds of commands are unread."""
        poll = select.poll()
        poll.register(self.connection, select.POLLOUT)
        if not poll.poll(0):
            return False
        with suppress(OSError):  # the worker has just ended
            self.connection.send(command)
        return True

    def kill(self) -> None:
        """End the worker at once."""
        self.process.kill()

    def exit_reason(self) -> Message:
        """Why the worker ended, as a sentence. Waits for its end."""
        self.join()
        if self.process.exitcode == -9:
            return Message("job.killed")
        return Message("job.process_ended", {"code": self.process.exitcode})

    def join(self) -> None:
        """Wait for the worker's end."""
        wait([self.process.sentinel])
        with CHILDREN_LOCK:
            self.process.join()

    def close(self) -> None:
        """Release the process and the connection."""
        with CHILDREN_LOCK:
            self.process.close()
        self.connection.close()
