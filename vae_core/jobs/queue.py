"""The queue of all trainings: it starts their workers, passes commands on and stores the results.

Jobs belong to the server, not to a tab.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from ..config import RunConfig
from ..datasets.registry import DownloadProgress
from ..i18n.message import Message, UserError, joined
from ..rules import Range, SettingError, check
from ..runs.catalog import RunCatalog
from ..runtime.resources import cores, max_workers
from ..training.flops import MAX_SWEEP_RUNS, check_operations
from ..training.monitor import Frame, extend_history
from ..training.validation import check_together
from .job import Job, Member, continuation
from .messages import Change, Event, Failure, Interrupted, Measuring, Paused, Restarted, Result
from .processes import LocalWorker, WorkerHandle, share_cores

MAX_QUEUED = 100  # jobs
MAX_ENDED = 200  # jobs that are remembered after their end
MORE_EPOCHS = Range(0, 500, whole=True)
# Workers that may be starting at once: thirty evict each other's data from the caches and take twice as long.
MAX_STARTING_PER_CORE = 3
STARTUP_GRACE_S = 1.0  # a worker that takes longer to start no longer counts as starting
POLL_INTERVAL_S = 0.02
START_FAILED = Message("job.not_started")


class BusyError(UserError):
    """The server cannot accept this job at the moment."""


class JobQueue:
    """All jobs of the server. Trained runs are added to `runs`."""

    def __init__(self, runs: RunCatalog, max_running: int = 0) -> None:
        self.runs, self._max_running = runs, max_running or max_workers()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._members: dict[str, tuple[Job, Member]] = {}
        self._workers: dict[str, WorkerHandle] = {}
        self._starting = threading.Semaphore(MAX_STARTING_PER_CORE * cores())
        self._closing = False

    def submit(self, owner: str, configs: Sequence[RunConfig]) -> Job:
        """Queue the training of one run, or of the runs of a sweep.

        Raises SettingError for conflicting settings, BusyError if the owner has an active job or the queue is full.
        """
        if len(configs) > MAX_SWEEP_RUNS:
            raise SettingError("sweep", len(configs), Message("allowed.sweep_size", {"most": MAX_SWEEP_RUNS}))
        for config in configs:
            check_together(config)
        check_operations(configs)
        return self._enqueue(Job(owner, [Member(config) for config in configs]))

    def continue_run(self, owner: str, id: str, epochs: object) -> Job:
        """Queue a stored run for `epochs` more epochs; with 0 a stopped run finishes its original epochs.

        The new run replaces the old one when it has ended. Raises UnknownRunError, SettingError, BusyError.
        """
        start_from = replace(self.runs.stored(id), owner=owner)
        member = continuation(start_from, check("epochs", MORE_EPOCHS, epochs))
        check_operations([member.config])
        return self._enqueue(Job(owner, [member], start_from=start_from, replaces=id))

    def latest(self, owner: str) -> Job | None:
        """The owner's newest job, active or ended."""
        with self._lock:
            return next((job for job in reversed(self._jobs.values()) if job.owner == owner), None)

    def current(self, owner: str) -> Job | None:
        """The owner's active job."""
        with self._lock:
            return next((job for job in self._jobs.values() if job.owner == owner and job.active), None)

    def member(self, id: str) -> tuple[Job, Member] | None:
        """The job that trains or trained the run `id`, and its member for that run."""
        return self._members.get(id)

    def worker(self, job: Job) -> WorkerHandle | None:
        """The worker of a job, from its start until it is closed."""
        return self._workers.get(job.id)

    def queue_position(self, job: Job) -> int:
        """1 for the next job to start, 0 for a job that is not waiting."""
        with self._lock:
            queued = [other.id for other in self._jobs.values() if other.state == "queued"]
        return queued.index(job.id) + 1 if job.id in queued else 0

    def stop(self, job: Job) -> None:
        """End the training and keep the model as it is. A second stop has no effect."""
        with self._lock:
            if job.stopping or not job.active:
                return
            job.stopping = True
            job.revision += 1
            if job.id in self._workers:
                self._stop_worker(job)
            else:
                self._set_state(job, "stopped")
                self._start_queued()

    def pause(self, job: Job) -> None:
        """Ask a running job to pause; the other jobs get its cores. The job is paused once its worker confirms it."""
        with self._lock:
            if job.state == "running":
                self._workers[job.id].send("pause")

    def resume(self, job: Job) -> None:
        """End a pause."""
        with self._lock:
            if job.state == "paused":
                self._workers[job.id].send("resume")
                self._set_state(job, "running")

    def change(self, job: Job, change: Change) -> None:
        """Give a running job another β or learning rate; both must be allowed values of these settings."""
        with self._lock:
            if job.state in ("running", "paused"):
                self._workers[job.id].send(change)

    def remove_dataset(self, dataset: str) -> None:
        """End all jobs on a visitor's own images, which are about to be deleted, and remove their results."""
        with self._lock:
            for job in [job for job in self._jobs.values() if job.config.data.dataset == dataset]:
                has_thread = job.state not in ("queued", "finished", "stopped", "failed")
                job.stopping = job.data_removed = True
                if not has_thread:
                    self._remove_results(job)
                elif job.id in self._workers:
                    self._workers[job.id].kill()

    def close(self, patience: float = 3.0) -> None:
        """End every worker. Those that train may save a snapshot first, within `patience` seconds."""
        with self._lock:
            self._closing = True
            for worker in self._workers.values():
                worker.send("leave")
        deadline = time.monotonic() + patience
        while self._workers and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL_S)
        with self._lock:
            for worker in self._workers.values():
                worker.kill()

    def _enqueue(self, job: Job) -> Job:
        with self._lock:
            if not job.owner:
                raise BusyError(Message("error.page_opening"))
            if self.current(job.owner):
                raise BusyError(Message("error.still_training"))
            if sum(other.state == "queued" for other in self._jobs.values()) >= MAX_QUEUED:
                raise BusyError(Message("error.queue_full", {"count": MAX_QUEUED}))
            self._forget_ended(job.owner)
            self._jobs[job.id] = job
            self._members |= {member.id: (job, member) for member in job.members}
            self._start_queued()
        return job

    def _start_queued(self) -> None:
        """Start the jobs that have waited longest, up to the limit of running jobs."""
        queued = [job for job in self._jobs.values() if job.state == "queued"]
        running = sum(job.active for job in self._jobs.values()) - len(queued)
        for job in queued[: max(0, self._max_running - running)]:
            self._set_state(job, "starting")
            threading.Thread(target=self._supervise, args=(job,), daemon=True).start()
        for job in queued:
            job.revision += 1  # its position has changed

    def _supervise(self, job: Job) -> None:
        """The main function of a job's thread: start its worker and handle its events until it ends."""
        with self._starting:
            if self._closing or not job.active:  # stopped while it waited
                return
            if worker := self._start_worker(job):
                worker.wait_for_message(STARTUP_GRACE_S)
        if worker:
            self._handle_events(job, worker)
        with self._lock:
            if job.data_removed:
                self._remove_results(job)
            self._start_queued()

    def _start_worker(self, job: Job) -> WorkerHandle | None:
        """The job's worker; if it cannot be started, None, and the job has failed."""
        try:
            worker = LocalWorker(job, self.runs.store)
        except (EOFError, OSError):
            if job.active:  # not stopped meanwhile
                self._set_state(job, "failed", START_FAILED)
            return None
        job.start_from = None  # megabytes that only the worker needs
        with self._lock:
            self._workers[job.id] = worker
            if job.stopping:  # requested meanwhile
                worker.kill()
            share_cores(self._workers.values())
        return worker

    def _handle_events(self, job: Job, worker: WorkerHandle) -> None:
        """Handle the events of a worker until its end, then release it."""
        try:
            while job.active:
                self._handle(job, *worker.recv())
        except (EOFError, OSError):
            expected = job.stopping or self._closing
            if not job.data_removed:
                reason = None if expected else worker.exit_reason()
                message = joined([reason, self._recover_snapshots(job)])
                self._set_state(job, "stopped" if expected else "failed", message)
        worker.join()
        with self._lock:  # which every sender holds: no command may go to a descriptor that has been closed
            del self._workers[job.id]
            share_cores(self._workers.values())
        worker.close()

    def _stop_worker(self, job: Job) -> None:
        """Send the stop command, or kill a worker that has trained nothing yet or has stopped reading."""
        worker = self._workers[job.id]
        if job.state in ("starting", "fetching") or not worker.send("stop"):
            worker.kill()

    def _handle(self, job: Job, number: int, event: Event) -> None:
        """Update a job and its member `number` after an event of its worker."""
        member = job.members[number]
        match event:
            case DownloadProgress():
                job.download = event
                self._set_state(job, "fetching")
            case Frame():
                member.frame, member.history = event, extend_history(member.history, event)
                self._set_state(job, "running")
            case Paused():
                self._set_state(job, "paused")
            case Measuring():
                job.stopping = event.stopped
                self._set_state(job, "measuring")
            case Result():
                self._save_result(job, member, event)
            case Restarted():
                self._restart(job, member, event)
            case Interrupted():
                self._recover_snapshots(job)
                self._set_state(job, "stopped", event.message)
            case Failure():
                self._set_state(job, "failed", event.message.then(self._recover_snapshots(job)))

    def _save_result(self, job: Job, member: Member, result: Result) -> None:
        """Store a trained run. The job ends with the last of its runs."""
        storage_error = self.runs.save(member.id, result.run, replaces=job.replaces)
        member.run_id, member.message = member.id, result.message
        message = joined([job.message, result.message, storage_error])
        ended_early = job.stopping or any(other.message for other in job.members)
        complete = all(other.run_id for other in job.members)
        self._set_state(job, ("stopped" if ended_early else "finished") if complete else job.state, message)

    def _restart(self, job: Job, member: Member, event: Restarted) -> None:
        """Go back to the curves of the last snapshot."""
        member.frame, member.history = None, event.history
        with self._lock:
            job.restarts += 1
            self._workers[job.id].threads = 0  # nothing has been sent to the worker on the next machine
            self._set_state(job, "starting", event.message)

    def _remove_results(self, job: Job) -> None:
        """Remove the runs and the curves of a job whose images have been removed."""
        for member in job.members:
            member.frame, member.history, member.run_id = None, [], ""
            self.runs.remove(member.id)
        self._set_state(job, "failed", Message("job.images_removed"))

    def _recover_snapshots(self, job: Job) -> Message | None:
        """Add the snapshots that a worker left on disk to the runs; returns a sentence about them, if there are any."""
        saved = [member.id for member in job.members if not member.run_id and self.runs.find(member.id)]
        return Message("job.rescued") if saved else None

    def _set_state(self, job: Job, state: str, message: Message | None = None) -> None:
        """Change the state and the message of a job; all state changes go through here. Shares the cores anew."""
        with self._lock:
            previous, job.state, job.message = job.state, state, message
            job.revision += 1
            if state != previous:
                share_cores(self._workers.values())

    def _forget_ended(self, owner: str) -> None:
        """Forget the owner's ended jobs, and the oldest ended ones beyond MAX_ENDED. Their runs stay in the catalog."""
        ended = [job for job in self._jobs.values() if not job.active]
        others = [job for job in ended if job.owner != owner]
        for job in [job for job in ended if job.owner == owner] + others[:-MAX_ENDED]:
            del self._jobs[job.id]
            for member in job.members:
                del self._members[member.id]
