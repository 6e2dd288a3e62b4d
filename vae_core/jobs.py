"""All trainings of the server: who is next, what is told to them, and what becomes of them. A job belongs to the server, not to a tab."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from .config import Range, RunConfig, SettingError, check
from .datasets import Fetch
from .job import Job, Member, continued
from .limits import MOST_OF_A_SWEEP, check_together, check_work, cores, room
from .observation import Frame
from .places import Place, Process
from .runs import Runs
from .worker import Again, Change, Failure, Held, Left, Measuring, Record, Result, Share, longer

MOST_WAITING = 100
MOST_REMEMBERED = 200  # ended jobs
MORE_EPOCHS = Range(0, 500, whole=True)
BEGINNERS = 3  # workers a core that may be getting ready at once: thirty push each other's data out of its caches and take twice the time
GETTING_READY = 1.0  # seconds that a worker counts among them; another one does not wait for longer


class Busy(RuntimeError):
    """No job can be taken now. `str()` is the sentence to show."""


class Jobs:
    """All jobs of the server. Trained runs are added to `runs`."""

    def __init__(self, runs: Runs, most_running: int = 0) -> None:
        self._runs, self._most_running = runs, most_running or room()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._places: dict[str, Place] = {}
        self._getting_ready = threading.Semaphore(BEGINNERS * cores())
        self._closing = False

    def submit(self, owner: str, configs: Sequence[RunConfig]) -> Job:
        """Train one run, or those of a sweep. Raises SettingError for settings that do not fit together, Busy if the owner or the server is."""
        if len(configs) > MOST_OF_A_SWEEP:
            raise SettingError("sweep", len(configs), f"at most {MOST_OF_A_SWEEP} values")
        for config in configs:
            check_together(config)
        check_work(configs)
        return self._take(Job(owner, [Member(config) for config in configs]))

    def train_on(self, owner: str, id: str, epochs: object) -> Job:
        """Train a kept run on, for `epochs` more than it was to have; 0 lets one that was stopped have what it was to have.

        The new run takes the old one's place when it has ended. Raises UnknownRun, SettingError, Busy.
        """
        begun = replace(self._runs.kept(id), owner=owner)
        member = continued(begun, check("epochs", MORE_EPOCHS, epochs))
        check_work([member.config])
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
            if job.id in self._places:
                self._tell_to_stop(job)
            else:
                self._end(job, "stopped")
                self._begin_next()

    def pause(self, job: Job) -> None:
        """Hold the training where it is; its cores go to the others. It is paused when its worker says so."""
        with self._lock:
            if job.state == "running":
                self._places[job.id].send("pause")

    def go_on(self, job: Job) -> None:
        """End a pause."""
        with self._lock:
            if job.state == "paused":
                self._places[job.id].send("go on")
                self._turn(job, "running")
                self._share_cores()

    def change(self, job: Job, change: Change) -> None:
        """Give a running job another β or learning rate; both are allowed values of these settings."""
        with self._lock:
            if job.state in ("running", "paused"):
                self._places[job.id].send(change)

    def drop(self, dataset: str) -> None:
        """End and empty whatever trains or has trained on a visitor's own images: they are about to be deleted."""
        with self._lock:
            for job in [job for job in self._jobs.values() if job.config.data.dataset == dataset]:
                attended = job.state not in ("queued", "finished", "stopped", "failed")
                job.stopping = job.dropped = True
                if not attended:
                    self._empty(job)
                elif job.id in self._places:
                    self._places[job.id].kill()

    def close(self, patience: float = 3.0) -> None:
        """End every worker; those that train keep what they have on disk first, for `patience` seconds at most."""
        with self._lock:
            self._closing = True
            for place in self._places.values():
                place.send("leave")
        until = time.monotonic() + patience
        while self._places and time.monotonic() < until:
            time.sleep(0.02)
        with self._lock:
            for place in self._places.values():
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
        with self._getting_ready:
            if self._closing or not job.active:  # stopped while it waited
                return
            place = self._start(job)
            place.heard(GETTING_READY)
        try:
            while job.active:
                self._note(job, *place.recv())
        except (EOFError, OSError):
            expected = job.stopping or self._closing
            if not job.dropped:
                self._end(job, "stopped" if expected else "failed", "" if expected else place.last_words() + self._rescued(job))
        place.join()
        with self._lock:  # in which all words are sent: none may go to a descriptor that is another's by now
            self._places.pop(job.id).close()
            if job.dropped:
                self._empty(job)
            self._share_cores()
            self._begin_next()

    def _start(self, job: Job) -> Place:
        place = Process(job, self._runs.store)
        job.begun = None  # megabytes that only the worker needs
        with self._lock:
            self._places[job.id] = place
            if job.stopping:  # in this very moment
                place.kill()
            self._share_cores()
        return place

    def _share_cores(self) -> None:
        """Tell every worker how many threads are its share."""
        training = [place for place in self._places.values() if place.job.state != "paused"]
        share = Share(threads_each(len(training), cores()))
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
                job.state, job.message = "running", ""
                member.frame, member.history = record, longer(member.history, record)
            case Held():
                job.state = "paused"
                with self._lock:
                    self._share_cores()
            case Measuring():
                job.state, job.stopping = "measuring", record.stopped
            case Result():
                unsaved = self._runs.keep(member.id, record.kept, instead=job.follows)
                member.run_id, member.message = member.id, record.message
                job.message = " ".join(filter(None, [job.message, record.message, unsaved]))
                if all(other.run_id for other in job.members):
                    early = job.stopping or any(other.message for other in job.members)
                    self._end(job, "stopped" if early else "finished", job.message)
            case Again():
                job.message, job.state = record.message, "starting"
            case Left():
                self._rescued(job)
                self._end(job, "stopped", record.message)
            case Failure():
                self._end(job, "failed", record.message)
        job.revision += 1

    def _empty(self, job: Job) -> None:
        """Leave nothing of a job whose images have been removed."""
        for member in job.members:
            member.frame, member.history, member.run_id = None, [], ""
            self._runs.remove(member.id)
        self._end(job, "failed", "The images have been removed, and what was trained on them.")

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


def threads_each(trainings: int, cores: int) -> int:
    """The share of each of so many trainings: more threads than cores slow everybody down.

    A lone one leaves a core to the server and to its browser, for threads wait for the slowest of them: with both of two cores it
    took as long as with one, or twice as long.
    """
    return max(1, min(cores - 1, cores // max(1, trainings)))
