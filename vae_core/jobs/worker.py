"""The worker: one process that trains the runs of one job, sends events to the server and obeys its commands."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import TypeVar

import torch

from ..datasets.registry import ImageSet, fetch, held_out_images, training_images
from ..i18n.message import Message, UserError
from ..runs.checkpoint import build_untrained, parse, read_state, state_bytes
from ..runs.run import Run, measure, title, training_cost
from ..runs.store import StoredRun
from ..runtime.devices import CPU, device
from ..training.changes import record_change, record_end
from ..training.monitor import Frame, Monitor, extend_history
from ..training.recording import Recording, RecordingError
from ..training.trainer import DivergenceError, Step, Training
from .interrupts import InterruptibleConnection, TrainingInterruptedError
from .messages import (
    Change,
    Failure,
    Interrupted,
    Measuring,
    Paused,
    Result,
    SetThreads,
    SnapshotStore,
    TrainingSpec,
    WorkerConnection,
)

log = logging.getLogger(__name__)
SLICE_S = 0.1  # one run of a sweep trains this long before the next one's turn
SNAPSHOT_INTERVAL_S = 20.0  # a machine failure loses at most the training since the last snapshot
MAX_PAUSE_S = 900.0  # a longer pause would hold memory that others need
# The nice values of a worker: always behind the server, and last of all once its user sees a map.
NICE_BEFORE_FIRST_FRAME, NICE_AFTER_FIRST_FRAME = 5, 19
NOTHING_LEFT = Message("job.nothing_left")
REMEDY = Message("job.remedy")
INTERRUPTIONS = {
    "leave": Message("job.server_stopped"),
    "timeout": Message("job.pause_ended", {"minutes": MAX_PAUSE_S / 60}),
}
Value = TypeVar("Value")


def run_worker(specs: tuple[TrainingSpec, ...], connection: WorkerConnection, store: SnapshotStore | None) -> None:
    """Download the data, train the runs, measure them, and send events. Ends at once when the server is gone."""
    os.nice(NICE_BEFORE_FIRST_FRAME)
    with suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            for progress in fetch(specs[0].config.data):
                connection.send((0, progress))
            interruptible = InterruptibleConnection(connection)
            trainers = [RunTrainer(number, spec, interruptible) for number, spec in enumerate(specs)]
            Worker(trainers, interruptible, store).run()
        except UserError as error:
            connection.send((0, Failure(error.message)))
        except (RuntimeError, ValueError) as error:
            log.exception("A training has failed.")
            connection.send((0, Failure(Message("job.failed", {"reason": first_line(error)}).then(REMEDY))))


@dataclass
class RunTrainer:
    """Trains one run of a worker: `number` is its place in the job, `last` its newest step."""

    number: int
    spec: TrainingSpec
    connection: InterruptibleConnection
    history: list[dict[str, float]] = field(default_factory=list)
    changes: list[dict[str, float]] = field(default_factory=list)
    recording: Recording = Recording()
    last: Step | None = None
    message: Message | None = None

    def __post_init__(self) -> None:
        config, start_from = self.spec.config, self.spec.start_from
        self.held_out: ImageSet = held_out_images(config.data.dataset)
        self.model = build_untrained(config).to(device())
        state = None
        if start_from:
            run = parse(start_from.weights, start_from.description)
            self.model.load_state_dict(run.model.state_dict())
            self.history, self.changes = run.history, run.changes
            with suppress(RecordingError):  # a damaged recording starts anew
                self.recording = Recording.from_bytes(start_from.recording) if start_from.recording else self.recording
            state = read_state(start_from.state)
        images = training_images(config.data)
        self.use(Training(self.model, images, config.train, config.loss, state=state))
        if start_from:
            self.changes = record_change(self.changes, run.config, self.training, {"epochs": config.train.epochs})
        self.monitor = Monitor(self.held_out)

    def use(self, training: Training) -> None:
        """Start `training`; make its k-means and mixture fits interruptible."""
        training.phases = [
            replace(phase, before=phase.before and partial(self.connection.run, phase.before))
            for phase in training.phases
        ]
        self.training, self.steps = training, iter(training)

    def advance(self) -> bool:
        """Train for SLICE_S and send frames; False when the training is over."""
        until = perf_counter() + SLICE_S
        try:
            while step := self.with_cpu_fallback(lambda: next(self.steps, None)):
                self.last = step
                self.send_frame(self.with_cpu_fallback(partial(self.monitor.maybe_frame, self.model, step)))
                if perf_counter() > until:
                    return True
        except TrainingInterruptedError:
            pass
        except DivergenceError as error:
            self.message = error.message
        except (RuntimeError, ValueError) as error:
            log.exception("A training cannot continue.")
            self.message = self.failure_message(error)
            self.check_weights()  # the reason may be weights that are not finite
        return False

    def send_frame(self, frame: Frame | None) -> None:
        """Send a frame, if there is one, and add it to the curves and the recording."""
        if frame:
            self.history = extend_history(self.history, frame)
            self.recording = self.recording.append(frame.snapshot())
            self.connection.send((self.number, frame))

    def send_final_frame(self) -> None:
        """Send a frame of the model that is saved, so that the recording ends with it."""
        self.check_weights()
        if self.last:
            with suppress(RuntimeError, ValueError):
                self.send_frame(self.monitor.final_frame(self.model, self.last))

    def check_weights(self) -> None:
        """Restore the last finite weights if the last step broke them, and set the message."""
        try:
            self.training.check_weights()
        except DivergenceError as error:
            self.message = error.message

    def failure_message(self, error: Exception) -> Message:
        """Why the training ends here, as sentences."""
        stopped = Message("job.stopped_after_step", {"step": self.training.steps_taken, "reason": first_line(error)})
        return stopped.then(Message("job.model_kept") if self.last else None).then(REMEDY)

    def with_cpu_fallback(self, call: Callable[[], Value]) -> Value:
        """The result of a call.

        If the GPU fails, usually because its memory is full, repeat it and continue on the CPU.
        """
        try:
            return call()
        except DivergenceError:
            raise
        except RuntimeError as error:
            if self.model.device == CPU:
                raise
            log.warning("A training moves from %s to the CPU. %s", self.model.device, error)
        self.move_to_cpu()  # outside the handler: the exception holds GPU memory
        return call()

    def move_to_cpu(self) -> None:
        """Continue on the CPU from the last step."""
        old, state = self.training, self.training.state()
        self.use(Training(self.model.to(CPU), old.images, old.config, old.loss, state=state))
        torch.cuda.empty_cache()

    def change(self, change: Change) -> None:
        """Continue with another β or learning rate, and record the step of the change."""
        self.training.change(change.beta, change.learning_rate)
        values = {name: value for name, value in vars(change).items() if value is not None}
        self.changes = record_change(self.changes, self.spec.config, self.training, values)

    def stored_run(self, finished: bool) -> StoredRun:
        """The run in its present state, measured on the held-out images if it is finished."""
        self.check_weights()
        self.model.eval()
        config = replace(self.spec.config, loss=self.training.loss, train=self.training.config)
        metrics = training_cost(self.last)
        if finished:
            metrics = self.with_cpu_fallback(lambda: measure(self.model, self.held_out, self.last))
        changes = record_end(self.changes, self.spec.config, self.training, bool(self.message))
        run = Run(title(config), config, self.model, metrics, self.history, changes)
        return StoredRun(
            run.weights(),
            run.description(),
            state_bytes(self.training.state()),
            self.spec.owner,
            finished,
            self.recording.to_bytes(),
        )


class Worker:
    """Trains all runs of one job in turn, so that the maps of a sweep form side by side."""

    def __init__(
        self, trainers: list[RunTrainer], connection: InterruptibleConnection, store: SnapshotStore | None
    ) -> None:
        self.trainers, self.active = trainers, list(trainers)
        self.connection, self.store = connection, store
        self.next_snapshot = perf_counter() + SNAPSHOT_INTERVAL_S

    def run(self) -> None:
        """Train until all runs are done or a command ends them, then send the results, or why there are none."""
        ending = self.obey_commands()
        while self.active and not ending:
            for trainer in list(self.active):
                if not trainer.advance():
                    self.active.remove(trainer)
                ending = ending or self.obey_commands()
            lower_priority()
            if perf_counter() > self.next_snapshot:
                self.save_snapshots()
        if ending in INTERRUPTIONS:
            self.save_snapshots()
            self.connection.send((0, Interrupted(INTERRUPTIONS[ending])))
        elif not any(trainer.last for trainer in self.trainers):
            self.connection.send((0, Failure(self.trainers[0].message or NOTHING_LEFT)))
        else:
            self.send_results(stopped=ending == "stop")

    def send_results(self, stopped: bool) -> None:
        """Send the final frames, then the measured runs."""
        for trainer in self.trainers:
            trainer.send_final_frame()
        self.connection.send((0, Measuring(stopped)))
        for trainer in self.trainers:
            self.connection.send((trainer.number, Result(trainer.stored_run(finished=True), trainer.message)))

    def obey_commands(self) -> str:
        """Obey the commands that have arrived; returns "stop", "leave" or "timeout" to end the training, else ""."""
        paused = False
        while paused or self.connection.poll(0.0):
            if paused and not self.connection.poll(MAX_PAUSE_S):
                return "timeout"
            match self.connection.recv():
                case SetThreads(threads):
                    torch.set_num_threads(threads)
                case Change() as change:
                    for trainer in self.active:
                        trainer.change(change)
                case "stop" | "leave" as command:
                    return command
                case "pause" if not paused:
                    paused = True
                    self.connection.send((0, Paused()))
                case "resume":
                    paused = False
        return ""

    def save_snapshots(self) -> None:
        """Save every run that has trained a step, as unfinished. A full disk does not end the training."""
        self.next_snapshot = perf_counter() + SNAPSHOT_INTERVAL_S
        for trainer in self.trainers:
            if self.store and trainer.last:
                with suppress(OSError):
                    self.store.write(trainer.spec.run_id, trainer.stored_run(finished=False))


def lower_priority() -> None:
    """Give way to the server and to the workers that have not sent a frame yet.

    Linux suspends a SCHED_IDLE process as soon as another one is ready; with the highest nice value it would still run
    for some milliseconds.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not on Linux, or forbidden in a container
        os.setpriority(os.PRIO_PROCESS, 0, NICE_AFTER_FIRST_FRAME)


def first_line(error: Exception) -> str:
    """The first line of a library's error message as a sentence; later lines are meant for programmers."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return line.rstrip(".") + "."
