"""Where training runs: each job in a process of its own, forked from a warm one. A job belongs to the server, not to a tab."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol

from .checkpoint import parse
from .config import NETWORKED, Range, RunConfig, SettingError, check
from .datasets import Fetch
from .limits import MOST_OF_A_SWEEP, check_together, check_work, room
from .observation import Frame
from .runs import Runs
from .store import Kept
from .worker import Change, Failure, Left, Measuring, Order, Record, Result, Share, Word, longer, work

MOST_WAITING = 100
MOST_REMEMBERED = 200  # ended jobs
MORE_EPOCHS = Range(0, 500, whole=True)
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["vae_core.warm"])


class Busy(RuntimeError):
    """No job can be taken now. `str()` is the sentence to show."""


@dataclass
class Member:
    """One run of a job, as far as it is known. `id` is that of the run when it is trained."""

    config: RunConfig
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    frame: Frame | None = None
    history: list[dict[str, float]] = field(default_factory=list)
    run_id: str = ""
    message: str = ""


@dataclass
class Job:
    """What the server knows of a job: its runs, one or those of a sweep. `revision` grows with every change, so that a follower can
    skip to the newest.

    `state` is one of queued, starting, fetching, running, paused, measuring, finished, stopped, failed.
    """

    owner: str
    members: list[Member]
    state: str = "queued"
    message: str = ""
    fetched: Fetch | None = None
    revision: int = 0
    stopping: bool = False
    begun: Kept | None = None
    follows: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def active(self) -> bool:
        return self.state not in ("finished", "stopped", "failed")

    @property
    def config(self) -> RunConfig:
        return self.members[0].config

    @property
    def frame(self) -> Frame | None:
        return self.members[0].frame

    @property
    def history(self) -> list[dict[str, float]]:
        return self.members[0].history

    @property
    def run_id(self) -> str:
        return self.members[0].run_id

    def orders(self) -> tuple[Order, ...]:
        return tuple(Order(member.id, member.config, self.owner, self.begun) for member in self.members)


class Place(Protocol):
    """Where a job's worker lives: the server's end of the line to it. `recv` raises EOFError when it has ended."""

    job: Job

    def recv(self) -> tuple[int, Record]: ...
    def send(self, word: Word) -> None: ...
    def kill(self) -> None: ...
    def last_words(self) -> str: ...
    def bury(self) -> None: ...


class Process:
    """A worker in a process of this machine."""

    def __init__(self, job: Job, runs: Runs) -> None:
        self.job = job
        self.connection, theirs = CONTEXT.Pipe()
        self.process: BaseProcess = CONTEXT.Process(target=work, args=(job.orders(), theirs, runs.store), daemon=True)
        self.process.start()  # waits until the fork server is warm
        theirs.close()

    def recv(self) -> tuple[int, Record]:
        return self.connection.recv()

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


class Jobs:
    """All jobs of the server. Trained runs are added to `runs`."""

    def __init__(self, runs: Runs, most_running: int = 0) -> None:
        self._runs, self._most_running = runs, most_running or room()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._places: dict[str, Place] = {}
        self._closing = False

    @staticmethod
    def warm() -> None:
        """Start the fork server now, so that the first job does not wait for it."""
        forkserver.ensure_running()

    def submit(self, owner: str, *configs: RunConfig) -> Job:
        """Train one run, or those of a sweep. Raises SettingError for settings that do not fit together, Busy if the owner or the server is."""
        if len(configs) > MOST_OF_A_SWEEP:
            raise SettingError("sweep", len(configs), f"at most {MOST_OF_A_SWEEP} values")
        for config in configs:
            check_together(config)
        check_work(*configs)
        return self._take(Job(owner, [Member(config) for config in configs]))

    def train_on(self, owner: str, id: str, epochs: object) -> Job:
        """Train a kept run on, for `epochs` more than it was to have; 0 lets one that was stopped have what it was to have.

        The new run takes the old one's place when it has ended. Raises UnknownRun, SettingError, Busy.
        """
        begun = replace(self._runs.kept(id), owner=owner)
        member = continued(begun, check("epochs", MORE_EPOCHS, epochs))
        check_work(member.config)
        return self._take(Job(owner, [member], begun=begun, follows=id))

    def latest(self, owner: str) -> Job | None:
        """The owner's newest job, running or ended."""
        with self._lock:
            return next((job for job in reversed(self._jobs.values()) if job.owner == owner), None)

    def current(self, owner: str) -> Job | None:
        """The owner's job, if it has not ended."""
        with self._lock:
            return next((job for job in self._jobs.values() if job.owner == owner and job.active), None)

    def member(self, id: str) -> tuple[Job, Member] | None:
        """The job that trains the run with this id or has trained it, and its part of the job."""
        with self._lock:
            return next(((job, member) for job in self._jobs.values() for member in job.members if member.id == id), None)

    def place_in_queue(self, job: Job) -> int:
        """1 for the next to begin, 0 for one that has begun."""
        with self._lock:
            waiting = [other.id for other in self._jobs.values() if other.state == "queued"]
        return waiting.index(job.id) + 1 if job.id in waiting else 0

    def stop(self, job: Job) -> None:
        """End the training; the model stays as it stands. A second stop changes nothing."""
        with self._lock:
            if job.stopping or not job.active:
                return
            job.stopping = True
            if job.state == "queued":
                self._end(job, "stopped")
            elif job.id in self._places:
                self._tell_to_stop(job)

    def pause(self, job: Job) -> None:
        """Hold the training where it is; its cores go to the others."""
        with self._lock:
            if job.state == "running":
                self._places[job.id].send("pause")
                self._turn(job, "paused")
                self._share_cores()

    def go_on(self, job: Job) -> None:
        """End a pause."""
        with self._lock:
            if job.state == "paused":
                self._places[job.id].send("go on")
                self._turn(job, "running")
                self._share_cores()

    def change(self, job: Job, change: Change) -> None:
        """Give a running job another β or learning rate. Raises SettingError."""
        for member in job.members:
            replace(member.config.loss, **({} if change.beta is None else {"beta": change.beta}))
            replace(member.config.train, **({} if change.learning_rate is None else {"learning_rate": change.learning_rate}))
        with self._lock:
            if job.state in ("running", "paused"):
                self._places[job.id].send(change)

    def close(self, patience: float = 3.0) -> None:
        """End every worker; those that train keep what they have on disk first, for `patience` seconds at most."""
        with self._lock:
            self._closing = True
            for place in self._places.values():
                place.send("leave")
        until = time.monotonic() + patience
        while self._places and time.monotonic() < until:
            time.sleep(0.02)
        for place in list(self._places.values()):
            place.kill()

    def _take(self, job: Job) -> Job:
        with self._lock:
            if self.current(job.owner):
                raise Busy("Your training is still running; stop it or wait for its end.")
            if sum(other.state == "queued" for other in self._jobs.values()) >= MOST_WAITING:
                raise Busy(f"{MOST_WAITING} trainings are waiting on this server, as many as it takes; try again in a few minutes.")
            self._forget(job.owner)
            self._jobs[job.id] = job
            self._begin_next()
        return job

    def _begin_next(self) -> None:
        """Start those who have waited longest, as many as there is room for."""
        waiting = [job for job in self._jobs.values() if job.state == "queued"]
        under_way = sum(job.active for job in self._jobs.values()) - len(waiting)
        for job in waiting[:max(0, self._most_running - under_way)]:
            self._turn(job, "starting")
            threading.Thread(target=self._attend, args=(job,), daemon=True).start()
        for job in waiting:
            job.revision += 1  # its place has changed

    def _attend(self, job: Job) -> None:
        """A job's thread: start its worker, note what it says, and notice its end."""
        place = self._start(job)
        try:
            while job.active:
                self._note(job, *place.recv())
        except (EOFError, OSError):
            expected = job.stopping or self._closing
            self._end(job, "stopped" if expected else "failed", "" if expected else place.last_words() + self._rescued(job))
        place.bury()
        with self._lock:
            self._places.pop(job.id, None)
            self._share_cores()
            self._begin_next()

    def _start(self, job: Job) -> Place:
        place = Process(job, self._runs)
        with self._lock:
            self._places[job.id] = place
            if job.stopping:
                self._tell_to_stop(job)
            self._share_cores()
        return place

    def _share_cores(self) -> None:
        """Tell every worker how many threads are its share: more threads than cores slow everybody down."""
        training = [place for place in self._places.values() if place.job.state != "paused"]
        share = Share(max(1, (os.cpu_count() or 1) // max(1, len(training))))
        for place in training:
            place.send(share)

    def _tell_to_stop(self, job: Job) -> None:
        """Pass a stop on: a worker that trains ends in good order, one that has nothing yet is ended."""
        if job.state in ("starting", "fetching"):
            self._places[job.id].kill()
        else:
            self._places[job.id].send("stop")

    def _note(self, job: Job, number: int, record: Record) -> None:
        member = job.members[number]
        match record:
            case Fetch():
                job.state, job.fetched = "fetching", record
            case Frame():
                job.state = "running" if job.state != "paused" else "paused"
                member.frame, member.history = record, longer(member.history, record)
            case Measuring():
                job.state, job.stopping = "measuring", record.stopped
            case Result():
                unsaved = self._runs.keep(member.id, record.kept, instead=job.follows)
                member.run_id, member.message = member.id, record.message
                job.message = " ".join(filter(None, [job.message, record.message, unsaved]))
                if all(other.run_id for other in job.members):
                    early = job.stopping or any(other.message for other in job.members)
                    self._end(job, "stopped" if early else "finished", job.message)
            case Left():
                self._rescued(job)
                self._end(job, "stopped", record.message)
            case Failure():
                self._end(job, "failed", record.message)
        job.revision += 1

    def _rescued(self, job: Job) -> str:
        """List what a worker has left on disk; a sentence if there is something."""
        found = [member.id for member in job.members if not member.run_id and self._runs.find(member.id)]
        return " What it had trained some seconds before is kept; train it on from there." if found else ""

    def _turn(self, job: Job, state: str) -> None:
        job.state = state
        job.revision += 1

    def _end(self, job: Job, state: str, message: str = "") -> None:
        job.message = message
        self._turn(job, state)

    def _forget(self, owner: str) -> None:
        """One job an owner is remembered, and not those of everybody for ever; their runs live on by themselves."""
        ended = [job for job in self._jobs.values() if not job.active]
        for job in [job for job in ended if job.owner == owner] + [job for job in ended if job.owner != owner][:-MOST_REMEMBERED]:
            del self._jobs[job.id]


def continued(begun: Kept, epochs: int) -> Member:
    """A kept run as a job's, with so many epochs more. Raises SettingError."""
    run = parse(begun.weights, begun.description)
    if not begun.state:
        raise SettingError("model", run.name, "one that was trained here; of a loaded one the optimizer's state is not known")
    config = run.config
    if config.model.kind not in NETWORKED:
        raise SettingError("model", run.name, "a network; a fit is done in one step")
    return Member(replace(config, train=replace(config.train, epochs=config.train.epochs + epochs)), history=run.history)
