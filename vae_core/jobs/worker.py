"""A worker's life: one process that trains the models of one job, tells what it sees, and does what it is told."""

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

from ..datasets.registry import Images, fetch, held_out_images, training_images
from ..i18n.message import Message, UserError
from ..runs.checkpoint import build_untrained, parse, read_state, state_bytes
from ..runs.run import Run, measure, title, training_cost
from ..runs.store import StoredRun
from ..runtime.devices import CPU, device
from ..training.changes import record_change, record_end
from ..training.monitor import Frame, Monitor, extend_history
from ..training.recording import Recording
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
SLICE_S = 0.1  # seconds that one model of a sweep trains before it is the next one's turn
SNAPSHOT_INTERVAL_S = 20.0  # seconds; what is lost at most when the machine fails
MAX_PAUSE_S = 900.0  # seconds; a longer pause would hold memory that others need
NICE_BEFORE_FIRST_FRAME, NICE_AFTER_FIRST_FRAME = (
    5,
    19,
)  # the system's priorities of a worker before and after its first frame: behind the server, and last of all
NOTHING_LEFT = Message("job.nothing_left")
REMEDY = Message("job.remedy")
LEAVING = {
    "leave": Message("job.server_stopped"),
    "tired": Message("job.pause_ended", {"minutes": MAX_PAUSE_S / 60}),
}
Answer = TypeVar("Answer")


def run_worker(specs: tuple[TrainingSpec, ...], line: WorkerConnection, store: SnapshotStore | None) -> None:
    """Fetch, train, measure, and send Records. It ends at once when the server is gone."""
    os.nice(NICE_BEFORE_FIRST_FRAME)  # whoever looks at a page comes first
    with suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            for progress in fetch(specs[0].config.data):
                line.send((0, progress))
            ear = InterruptibleConnection(line)
            Worker([RunTrainer(number, spec, ear) for number, spec in enumerate(specs)], ear, store).run()
        except UserError as error:
            line.send((0, Failure(error.message)))
        except (RuntimeError, ValueError) as error:
            log.exception("A training has failed.")
            line.send((0, Failure(Message("job.failed", {"reason": first_line(error)}).then(REMEDY))))


@dataclass
class RunTrainer:
    """One run of a worker."""

    number: int
    spec: TrainingSpec
    line: InterruptibleConnection
    history: list[dict[str, float]] = field(default_factory=list)
    changes: list[dict[str, float]] = field(default_factory=list)
    film: Recording = Recording()
    last: Step | None = None
    message: Message | None = None

    def __post_init__(self) -> None:
        config, start_from = self.spec.config, self.spec.start_from
        self.held_out: Images = held_out_images(config.data.dataset)
        self.model = build_untrained(config).to(device())
        if start_from:
            run = parse(start_from.weights, start_from.description)
            self.model.load_state_dict(run.model.state_dict())
            self.history, self.changes = run.history, run.changes
            self.film = Recording.from_bytes(start_from.film) if start_from.film else self.film
        self.begin(
            Training(
                self.model,
                training_images(config.data),
                config.train,
                config.loss,
                state=read_state(start_from.state) if start_from else None,
            )
        )
        if start_from:
            self.changes = record_change(self.changes, run.config, self.training, {"epochs": config.train.epochs})
        self.monitor = Monitor(self.held_out)

    def begin(self, training: Training) -> None:
        """Take up a training, whose fits are left when it is to end."""
        training.phases = [
            replace(phase, before=phase.before and partial(self.line.run, phase.before)) for phase in training.phases
        ]
        self.training, self.steps = training, iter(training)

    def advance(self) -> bool:
        """Train for a SLICE_S, sending frames; whether there is more to do."""
        until = perf_counter() + SLICE_S
        try:
            while step := self.tried(lambda: next(self.steps, None)):
                self.last = step
                self.show(self.tried(lambda: self.monitor.maybe_frame(self.model, step)))
                if perf_counter() > until:
                    return True
        except TrainingInterruptedError:
            pass
        except DivergenceError as error:
            self.message = error.message
        except (RuntimeError, ValueError) as error:
            log.exception("A training cannot go on.")
            self.message = self.given_up(error)
            self.settle()  # it may have failed because the weights are no numbers any more
        return False

    def show(self, frame: Frame | None) -> None:
        """Send a frame, if there is one, and keep it."""
        if frame:
            self.history, self.film = extend_history(self.history, frame), self.film.append(frame.snapshot())
            self.line.send((self.number, frame))

    def show_end(self) -> None:
        """A last frame, of the model that is kept: what is replayed of a training ends where it has been stopped."""
        self.settle()
        if self.last:
            with suppress(RuntimeError, ValueError):
                self.show(self.monitor.final_frame(self.model, self.last))

    def settle(self) -> None:
        """Go back to the last good weights if the last step broke them, and say so."""
        try:
            self.training.check_weights()
        except DivergenceError as error:
            self.message = error.message

    def given_up(self, error: Exception) -> Message:
        """Why the training ends here."""
        parts = {"step": self.training.steps_taken, "reason": first_line(error)}
        return (
            Message("job.stopped_after_step", parts).then(Message("job.model_kept") if self.last else None).then(REMEDY)
        )

    def tried(self, do: Callable[[], Answer]) -> Answer:
        """What `do` answers. Where the GPU fails, as it does when others have filled its memory, training goes on on the processor."""
        try:
            return do()
        except DivergenceError:
            raise
        except RuntimeError as error:
            if self.model.device == CPU:
                raise
            log.warning("A training leaves %s for the processor. %s", self.model.device, error)
        self.leave_gpu()  # not while the error is handled, which holds memory there
        return do()

    def leave_gpu(self) -> None:
        """Go on on the processor from the last step."""
        state = self.training.state()
        self.begin(
            Training(self.model.to(CPU), self.training.images, self.training.config, self.training.loss, state=state)
        )
        torch.cuda.empty_cache()

    def change(self, word: Change) -> None:
        """Go on with another β or learning rate, and remember when."""
        self.training.change(word.beta, word.learning_rate)
        self.changes = record_change(
            self.changes,
            self.spec.config,
            self.training,
            {name: value for name, value in vars(word).items() if value is not None},
        )

    def kept(self, finished: bool) -> StoredRun:
        """The run as it stands; measured if it is finished."""
        self.settle()
        self.model.eval()
        config = replace(self.spec.config, loss=self.training.loss, train=self.training.config)
        metrics = (
            self.tried(lambda: measure(self.model, self.held_out, self.last)) if finished else training_cost(self.last)
        )
        run = Run(
            title(config),
            config,
            self.model,
            metrics,
            self.history,
            record_end(self.changes, self.spec.config, self.training, bool(self.message)),
        )
        return StoredRun(
            run.weights(),
            run.description(),
            state_bytes(self.training.state()),
            self.spec.owner,
            finished,
            self.film.to_bytes(),
        )


class Worker:
    """All runs of one job, advanced in turn, so that a sweep's maps form side by side."""

    def __init__(self, trainers: list[RunTrainer], line: InterruptibleConnection, store: SnapshotStore | None) -> None:
        self.trainers, self.going, self.line, self.store = trainers, list(trainers), line, store
        self.next_snapshot = perf_counter() + SNAPSHOT_INTERVAL_S

    def run(self) -> None:
        word = self.listen()
        while self.going and not word:
            for trainer in list(self.going):
                if not trainer.advance():
                    self.going.remove(trainer)
                word = word or self.listen()
            step_back()
            self.snapshot()
        if word in LEAVING:
            self.keep()
            return self.line.send((0, Interrupted(LEAVING[word])))
        if not any(trainer.last for trainer in self.trainers):
            return self.line.send((0, Failure(self.trainers[0].message or NOTHING_LEFT)))
        for trainer in self.trainers:
            trainer.show_end()
        self.line.send((0, Measuring(stopped=word == "stop")))
        for trainer in self.trainers:
            self.line.send((trainer.number, Result(trainer.kept(finished=True), trainer.message)))

    def listen(self) -> str:
        """Do what the server has said; "stop", "leave" or "tired" if that is to be the end."""
        paused = False
        while paused or self.line.poll(0.0):
            if paused and not self.line.poll(MAX_PAUSE_S):
                return "tired"
            match self.line.recv():
                case SetThreads(threads):
                    torch.set_num_threads(threads)
                case Change() as change:
                    for trainer in self.going:
                        trainer.change(change)
                case "stop" | "leave" as word:
                    return word
                case "pause" if not paused:
                    paused = True
                    self.line.send((0, Paused()))
                case "go on":
                    paused = False
        return ""

    def snapshot(self) -> None:
        """Keep what is trained so far, every now and then."""
        if perf_counter() > self.next_snapshot:
            self.keep()
            self.next_snapshot = perf_counter() + SNAPSHOT_INTERVAL_S

    def keep(self) -> None:
        """Write every run that has start_from to disk, unfinished as it is. A full disk does not stop a training."""
        for trainer in self.trainers:
            if self.store and trainer.last:
                with suppress(OSError):
                    self.store.write(trainer.spec.run_id, trainer.kept(finished=False))


def step_back() -> None:
    """Leave the cores to whoever looks at a page, and to those who have seen nothing of their training yet.

    Linux lets an idle process wait as soon as another one has something to do; one of the least priority goes on for some milliseconds.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # another system, or a container that forbids it
        os.setpriority(os.PRIO_PROCESS, 0, NICE_AFTER_FIRST_FRAME)


def first_line(error: Exception) -> str:
    """What a library says of its failure, as a sentence; the lines that follow are for programmers."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return line.rstrip(".") + "."
