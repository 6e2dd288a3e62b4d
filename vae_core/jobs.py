"""Where training runs: each job in a process of its own, forked from a warm one. A job belongs to the server, not to a tab."""

from __future__ import annotations

import multiprocessing
import os
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Callable

import torch

from .checkpoint import Run, fresh, parse
from .config import BOUNDS, RunConfig, SettingError
from .datasets import DataUnavailable, Fetch, fetch, held_out_images, training_images
from .film import Film
from .limits import check_together
from .metrics import figures
from .observation import Frame, Spectator
from .thinning import thinned
from .training import Diverged, Step, train

MOST_RUNNING = 32
MOST_ROWS = 400  # points of a curve; a longer run keeps the most telling ones
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["vae_core.warm"])


class Busy(RuntimeError):
    """No job can be taken now. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Measuring:
    """Training has ended, by itself or because it was told to; the held-out images are being measured."""

    stopped: bool


@dataclass(frozen=True)
class Result:
    """The trained model as a checkpoint's two files, and why training ended early if it did."""

    weights: bytes
    description: bytes
    message: str = ""


@dataclass(frozen=True)
class Failure:
    """Nothing was trained. `message` is the sentence to show."""

    message: str


Record = Fetch | Frame | Measuring | Result | Failure


@dataclass
class Job:
    """What the server knows of a job. `revision` grows with every change, so that a follower can skip to the newest.

    `state` is one of starting, fetching, running, measuring, finished, stopped, failed.
    """

    owner: str
    config: RunConfig
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "starting"
    message: str = ""
    fetched: Fetch | None = None
    frame: Frame | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    film: Film = Film()
    run_id: str = ""
    revision: int = 0
    stopping: bool = False

    @property
    def active(self) -> bool:
        return self.state in ("starting", "fetching", "running", "measuring")


class Jobs:
    """All jobs of the server. `keep(run, owner)` is called with each trained run and returns its id."""

    def __init__(self, keep: Callable[[Run, str], str]) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._workers: dict[str, tuple[BaseProcess, Connection]] = {}

    @staticmethod
    def warm() -> None:
        """Start the fork server now, so that the first job does not wait for it."""
        forkserver.ensure_running()

    def submit(self, config: RunConfig, owner: str) -> Job:
        """Start training. Raises SettingError for settings that do not fit together, Busy if the owner or the server is."""
        check_together(config)
        with self._lock:
            if self.current(owner):
                raise Busy("Your training is still running; stop it or wait for its end.")
            if sum(job.active for job in self._jobs.values()) >= MOST_RUNNING:
                raise Busy(f"{MOST_RUNNING} trainings are running on this server, as many as it can take; try again in a minute.")
            self._forget(owner)
            job = Job(owner, config)
            self._jobs[job.id] = job
        threading.Thread(target=self._attend, args=(job,), daemon=True).start()
        return job

    def latest(self, owner: str) -> Job | None:
        """The owner's newest job, running or ended."""
        return next((job for job in reversed(self._jobs.values()) if job.owner == owner), None)

    def find(self, id: str) -> Job | None:
        """The job with this id."""
        return self._jobs.get(id)

    def current(self, owner: str) -> Job | None:
        """The owner's running job."""
        return next((job for job in self._jobs.values() if job.owner == owner and job.active), None)

    def stop(self, job: Job) -> None:
        """End the training; the model stays as it stands. A second stop changes nothing."""
        with self._lock:
            if job.stopping or not job.active:
                return
            job.stopping = True
            if job.id in self._workers:
                self._tell(job)

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            for process, _ in self._workers.values():
                process.kill()

    def _attend(self, job: Job) -> None:
        """A job's thread: start its worker, note what it says, and notice its end."""
        process, connection = self._start(job)
        try:
            while job.active:
                self._note(job, connection.recv())
        except (EOFError, OSError):
            process.join()
            self._end(job, "stopped" if job.stopping else "failed",
                      "" if job.stopping else f"The training process ended unexpectedly (exit code {process.exitcode}).")
        with self._lock:
            self._workers.pop(job.id, None)
            connection.close()
            self._share_cores()

    def _start(self, job: Job) -> tuple[BaseProcess, Connection]:
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=work, args=(job.config, theirs), daemon=True)
        process.start()  # waits until the fork server is warm
        theirs.close()
        with self._lock:
            self._workers[job.id] = process, ours
            if job.stopping:
                self._tell(job)
            self._share_cores()
        return process, ours

    def _share_cores(self) -> None:
        """Tell every worker how many threads are its share: more threads than cores slow everybody down."""
        share = max(1, (os.cpu_count() or 1) // max(1, len(self._workers)))
        for _, connection in self._workers.values():
            with suppress(OSError):  # a worker that has just ended needs no share
                connection.send(share)

    def _tell(self, job: Job) -> None:
        """Pass a stop on: a worker that trains ends in good order, one that has nothing yet is ended."""
        process, connection = self._workers[job.id]
        if job.state in ("starting", "fetching"):
            process.terminate()
        else:
            with suppress(OSError):
                connection.send("stop")

    def _note(self, job: Job, record: Record) -> None:
        match record:
            case Fetch():
                job.state, job.fetched = "fetching", record
            case Frame():
                job.state, job.frame, job.film = "running", record, job.film.and_then(record.still())
                job.history = longer(job.history, record)
            case Measuring():
                job.state, job.stopping = "measuring", record.stopped
            case Result():
                job.run_id = self._keep(replace(parse(record.weights, record.description), film=job.film), job.owner)
                self._end(job, "stopped" if job.stopping or record.message else "finished", record.message)
            case Failure():
                self._end(job, "failed", record.message)
        job.revision += 1

    def _end(self, job: Job, state: str, message: str) -> None:
        job.message, job.state = message, state
        job.revision += 1

    def _forget(self, owner: str) -> None:
        """One job an owner is remembered; its run lives on by itself."""
        for job in [job for job in self._jobs.values() if job.owner == owner]:
            del self._jobs[job.id]


def longer(history: list[dict[str, float]], frame: Frame) -> list[dict[str, float]]:
    """The curves with one more point."""
    return thinned([*history, frame.row()], lambda row: row["step"], MOST_ROWS)


def work(config: RunConfig, connection: Connection) -> None:
    """A worker's life: fetch, train, measure, and send Records. It ends at once when the server is gone."""
    try:
        for progress in fetch(config.data):
            connection.send(progress)
        connection.send(run_job(config, connection))
    except (DataUnavailable, SettingError) as error:
        connection.send(Failure(str(error)))
    except (BrokenPipeError, EOFError):
        pass


def run_job(config: RunConfig, connection: Connection) -> Result:
    """Train until the end, a word from the server, or divergence; whatever ends it, the model that stands is measured."""
    images, held_out = training_images(config.data), held_out_images(config.data.dataset)
    model = fresh(config)
    spectator, history, message = Spectator(held_out), [], ""
    step: Step | None = None
    try:
        for step in train(model, images, config.train, config.loss):
            frame = spectator.see(model, step)
            if frame:
                history = longer(history, frame)
                connection.send(frame)
            if told_to_stop(connection):
                connection.send(Measuring(stopped=True))
                break
        else:
            connection.send(Measuring(stopped=False))
    except Diverged as error:
        message = str(error)
    model.eval()
    run = Run(title(config), config, model, figures(model, held_out, step), history)
    return Result(run.weights(), run.description(), message)


def told_to_stop(connection: Connection) -> bool:
    """Read what the server has said: a number is this worker's share of the cores, a word is the end."""
    while connection.poll():
        word = connection.recv()
        if word == "stop":
            return True
        torch.set_num_threads(word)
    return False


def title(config: RunConfig) -> str:
    """A short name for a run, such as mnist-vae-2d."""
    network = "-conv" if config.model.network == "conv" else ""
    beta = f"-beta{config.loss.beta:g}" if config.model.kind in BOUNDS and config.loss.beta != 1 else ""
    return f"{config.data.dataset}-{config.model.kind}{network}-{config.model.latent_dim}d{beta}"
