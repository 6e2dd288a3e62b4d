"""All trainings of the server: who is next, what is told to them, and what becomes of them. A job belongs to the server, not to a tab."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from ..config import RunConfig
from ..datasets.registry import Fetch
from ..i18n.message import Message, UserError, joined
from ..rules import Range, SettingError, check
from ..runs.catalog import RunCatalog
from ..runtime.resources import cores, room
from ..training.flops import MAX_SWEEP_RUNS, check_operations
from ..training.monitor import Frame, extend_history
from ..training.validation import check_together
from .job import Job, Member, continued
from .messages import Change, Event, Failure, Interrupted, Measuring, Paused, Restarted, Result
from .processes import LocalWorker, WorkerHandle, share_cores

MAX_QUEUED = 100
MAX_ENDED = 200  # ended jobs
MORE_EPOCHS = Range(0, 500, whole=True)
MAX_STARTING_PER_CORE = 3  # workers a core that may be getting ready at once: thirty push each other's data out of its caches and take twice the time
START_FAILED = Message("job.not_started")
STARTUP_GRACE_S = 1.0  # seconds that a worker counts among them; another one does not wait for longer


class BusyError(UserError):
    """The server cannot take this job yet."""


class JobQueue:
    """All jobs of the server. Trained runs are added to `runs`."""

    def __init__(self, runs: RunCatalog, most_running: int = 0) -> None:
        self._runs, self._most_running = runs, most_running or room()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._members: dict[str, tuple[Job, Member]] = {}
        self._places: dict[str, WorkerHandle] = {}
        self._getting_ready = threading.Semaphore(MAX_STARTING_PER_CORE * cores())
        self._closing = False

    def submit(self, owner: str, configs: Sequence[RunConfig]) -> Job:
        """Train one run, or those of a sweep. Raises SettingError for settings that do not fit together, BusyError if the owner or the server is."""
        if len(configs) > MAX_SWEEP_RUNS:
            raise SettingError("sweep", len(configs), Message("allowed.sweep_size", {"most": MAX_SWEEP_RUNS}))
        for config in configs:
            check_together(config)
        check_operations(configs)
        return self._take(Job(owner, [Member(config) for config in configs]))

    def continue_run(self, owner: str, id: str, epochs: object) -> Job:
        """Train a kept run on, for `epochs` more than it was to have; 0 lets one that was stopped have what it was to have.

        The new run takes the old one's place when it has ended. Raises UnknownRunError, SettingError, BusyError.
        """
        start_from = replace(self._runs.stored(id), owner=owner)
        member = continued(start_from, check("epochs", MORE_EPOCHS, epochs))
        check_operations([member.config])
        return self._take(Job(owner, [member], start_from=start_from, replaces=id))

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
        return self._members.get(id)

    def queue_position(self, job: Job) -> int:
        """1 for the next to begin, 0 for one that has start_from."""
        with self._lock:
            waiting = [other.id for other in self._jobs.values() if other.state == "queued"]
        return waiting.index(job.id) + 1 if job.id in waiting else 0

    def stop(self, job: Job) -> None:
        """End the training; the model stays as it stands. A second stop changes nothing."""
        with self._lock:
            if job.stopping or not job.active:
                return
            job.stopping = True
            job.revision += 1
            if job.id in self._places:
                self._tell_to_stop(job)
            else:
                self._turn(job, "stopped")
                self._begin_next()

    def pause(self, job: Job) -> None:
        """Hold the training where it is; its cores go to the others. It is paused when its worker says so."""
        with self._lock:
            if job.state == "running":
                self._places[job.id].send("pause")

    def resume(self, job: Job) -> None:
        """End a pause."""
        with self._lock:
            if job.state == "paused":
                self._places[job.id].send("go on")
                self._turn(job, "running")

    def change(self, job: Job, change: Change) -> None:
        """Give a running job another β or learning rate; both are allowed values of these settings."""
        with self._lock:
            if job.state in ("running", "paused"):
                self._places[job.id].send(change)

    def remove_dataset(self, dataset: str) -> None:
        """End and empty whatever trains or has trained on a visitor's own images: they are about to be deleted."""
        with self._lock:
            for job in [job for job in self._jobs.values() if job.config.data.dataset == dataset]:
                attended = job.state not in ("queued", "finished", "stopped", "failed")
                job.stopping = job.data_removed = True
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
            if not job.owner:
                raise BusyError(Message("error.page_opening"))
            if self.current(job.owner):
                raise BusyError(Message("error.still_training"))
            if sum(other.state == "queued" for other in self._jobs.values()) >= MAX_QUEUED:
                raise BusyError(Message("error.queue_full", {"count": MAX_QUEUED}))
            self._forget(job.owner)
            self._jobs[job.id] = job
            self._members |= {member.id: (job, member) for member in job.members}
            self._begin_next()
        return job

    def _begin_next(self) -> None:
        """Start those who have waited longest, as many as there is room for."""
        waiting = [job for job in self._jobs.values() if job.state == "queued"]
        under_way = sum(job.active for job in self._jobs.values()) - len(waiting)
        for job in waiting[: max(0, self._most_running - under_way)]:
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
            if place:
                place.wait_for_message(STARTUP_GRACE_S)
        if place:
            self._hear(job, place)
        with self._lock:
            if job.data_removed:
                self._empty(job)
            self._begin_next()

    def _start(self, job: Job) -> WorkerHandle | None:
        """The job's worker; None, and a sentence, where it cannot be started."""
        try:
            place = LocalWorker(job, self._runs.store)
        except (EOFError, OSError):
            if job.active:  # not stopped in this very moment
                self._turn(job, "failed", START_FAILED)
            return None
        job.start_from = None  # megabytes that only the worker needs
        with self._lock:
            self._places[job.id] = place
            if job.stopping:  # in this very moment
                place.kill()
            share_cores(self._places.values())
        return place

    def _hear(self, job: Job, place: WorkerHandle) -> None:
        """Note what a worker says until its end, and let it go."""
        try:
            while job.active:
                self._note(job, *place.recv())
        except (EOFError, OSError):
            expected = job.stopping or self._closing
            if not job.data_removed:
                self._turn(
                    job,
                    "stopped" if expected else "failed",
                    joined([None if expected else place.exit_reason(), self._rescued(job)]),
                )
        place.join()
        with self._lock:  # in which all words are sent: none may go to a descriptor that is another's by now
            del self._places[job.id]
            share_cores(self._places.values())
        place.close()

    def _tell_to_stop(self, job: Job) -> None:
        """Pass a stop on: a worker that trains ends in good spec, one that has nothing yet or hears nothing any more is ended."""
        place = self._places[job.id]
        if job.state in ("starting", "fetching") or not place.send("stop"):
            place.kill()

    def _note(self, job: Job, number: int, record: Event) -> None:
        member = job.members[number]
        match record:
            case Fetch():
                job.download = record
                self._turn(job, "fetching")
            case Frame():
                member.frame, member.history = record, extend_history(member.history, record)
                self._turn(job, "running")
            case Paused():
                self._turn(job, "paused")
            case Measuring():
                job.stopping = record.stopped
                self._turn(job, "measuring")
            case Result():
                self._take_in(job, member, record)
            case Restarted():
                self._begin_again(job, member, record)
            case Interrupted():
                self._rescued(job)
                self._turn(job, "stopped", record.message)
            case Failure():
                self._turn(job, "failed", record.message.then(self._rescued(job)))

    def _take_in(self, job: Job, member: Member, result: Result) -> None:
        """Keep a trained run. The job has ended when all are there."""
        unsaved = self._runs.save(member.id, result.kept, instead=job.replaces)
        member.run_id, member.message = member.id, result.message
        said = joined([job.message, result.message, unsaved])
        early = job.stopping or any(other.message for other in job.members)
        ended = "stopped" if early else "finished"
        self._turn(job, ended if all(other.run_id for other in job.members) else job.state, said)

    def _begin_again(self, job: Job, member: Member, lost: Restarted) -> None:
        member.frame, member.history = None, lost.history
        with self._lock:
            job.attempts += 1
            self._places[job.id].share = None  # the next machine's worker has been told nothing
            self._turn(job, "starting", lost.message)

    def _empty(self, job: Job) -> None:
        """Leave nothing of a job whose images have been removed."""
        for member in job.members:
            member.frame, member.history, member.run_id = None, [], ""
            self._runs.remove(member.id)
        self._turn(job, "failed", Message("job.images_removed"))

    def _rescued(self, job: Job) -> Message | None:
        """List what a worker has left on disk; a sentence if there is something."""
        found = [member.id for member in job.members if not member.run_id and self._runs.find(member.id)]
        return Message("job.rescued") if found else None

    def _turn(self, job: Job, state: str, message: Message | None = None) -> None:
        """The one way to another state, and to what is said of it. The cores are shared among those who train from then on."""
        with self._lock:
            before, job.state, job.message = job.state, state, message
            job.revision += 1
            if state != before:
                share_cores(self._places.values())

    def _forget(self, owner: str) -> None:
        """One job an owner is remembered, and not those of everybody for ever; their runs live on by themselves."""
        ended = [job for job in self._jobs.values() if not job.active]
        for job in [job for job in ended if job.owner == owner] + [job for job in ended if job.owner != owner][
            :-MAX_ENDED
        ]:
            del self._jobs[job.id]
            for member in job.members:
                del self._members[member.id]
