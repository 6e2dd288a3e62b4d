"""Training on a Ray cluster: a process here stands between the server and an actor there, so that no fault of Ray's is the server's.

Ray is an extra, `pip install "ray[default]"`, and imported by this module alone, in that process.
"""

from __future__ import annotations

import json
import logging
import os
import queue
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..config import RunConfig
from ..i18n.message import Message
from ..runs.store import Store, StoredRun
from .messages import Command, Event, Failure, Restarted, TrainingSpec, WorkerConnection
from .worker import run_worker

log = logging.getLogger(__name__)
ADDRESS = "VAE_PLAYGROUND_RAY"  # the environment's variable with the cluster's address
LOOK = 0.1  # seconds between two looks at what the server says


@dataclass(frozen=True)
class Snapshot:
    """What an actor would write to disk, sent to where the disk is."""

    id: str
    kept: StoredRun


class Trainer:
    """The actor: a worker whose line is two queues. `train` runs beside the other methods, in a thread of its own."""

    def __init__(self) -> None:
        self.records: queue.Queue[tuple[int, Event | Snapshot]] = queue.Queue()
        self.words: queue.Queue[Command] = queue.Queue()
        self.wait_for_message: list[Command] = []

    def train(self, specs: tuple[TrainingSpec, ...]) -> None:
        run_worker(specs, self, self)

    def said(self) -> list[tuple[int, Event | Snapshot]]:
        """What the worker has sent since it was asked last."""
        found = []
        with suppress(queue.Empty):
            found.append(self.records.get(timeout=1))
            while True:
                found.append(self.records.get_nowait())
        return found

    def tell(self, word: Command) -> None:
        self.words.put(word)

    def send(self, message: tuple[int, Event]) -> None:
        self.records.put(message)

    def poll(self, timeout: float) -> bool:
        if not self.wait_for_message:
            with suppress(queue.Empty):
                self.wait_for_message.append(self.words.get(timeout=timeout) if timeout else self.words.get_nowait())
        return bool(self.wait_for_message)

    def recv(self) -> Command:
        return self.wait_for_message.pop(0) if self.wait_for_message else self.words.get()

    def write(self, id: str, kept: StoredRun) -> None:
        self.records.put((0, Snapshot(id, kept)))


def train_on_cluster(
    specs: tuple[TrainingSpec, ...], line: WorkerConnection, store: Store | None, address: str
) -> None:
    """In the place of `worker.work`: the same on a machine of the cluster. One that dies there is start_from again once, from its last snapshot."""
    os.environ.setdefault(
        "RAY_gcs_rpc_server_reconnect_timeout_s", "10"
    )  # a head that is gone for good is said to be so in time
    try:
        import ray
    except ImportError:
        return line.send((0, Failure(Message("job.no_ray", {"variable": ADDRESS, "address": address}))))
    with suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            ray.init(
                address,
                log_to_driver=False,
                logging_level="error",
                runtime_env={"py_modules": [str(Path(__file__).parents[1])]},
            )
            relay = Relay(ray, specs, line, store)
            if not relay.run():
                relay.begin_again()
                if not relay.run():
                    line.send((0, Failure(Message("job.machines_died"))))
        except ray.exceptions.RayTaskError as error:
            log.exception("A training on the cluster has failed.")
            line.send((0, Failure(Message("job.cluster_process_ended", {"error": type(error.cause).__name__}))))
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            line.send(
                (0, Failure(Message("job.cluster_unreachable", {"address": address, "error": type(error).__name__})))
            )


class Relay:
    """Passes records and words on between the server's line and an actor."""

    def __init__(self, ray: Any, specs: tuple[TrainingSpec, ...], line: WorkerConnection, store: Store | None) -> None:
        self.ray, self.specs, self.line, self.store = ray, specs, line, store

    def run(self) -> bool:
        """Train on an actor to the end; False if the actor has died."""
        actor = self.ray.remote(num_cpus=1, max_concurrency=4)(Trainer).remote()
        training = actor.train.remote(self.specs)
        try:
            ended = False
            while not ended:
                ended = bool(self.ray.wait([training], timeout=0)[0])
                for message in self._awaited(actor, actor.said.remote()):
                    self._pass_on(*message)
            self.ray.get(training)
        except self.ray.exceptions.RayActorError:
            return False
        self.ray.kill(actor)
        return True

    def begin_again(self) -> None:
        """Say that every run goes on from its last snapshot, or from its beginning."""
        for number, spec in enumerate(self.specs):
            history = json.loads(spec.start_from.description)["history"] if spec.start_from else []
            self.line.send(
                (
                    number,
                    Restarted(
                        Message("job.machine_died"),
                        history,
                    ),
                )
            )

    def _awaited(self, actor: Any, answer: Any) -> list[tuple[int, Event | Snapshot]]:
        """An actor's answer; while it is under way the server is listened to."""
        while not self.ray.wait([answer], timeout=LOOK)[0]:
            self._listen(actor)
        self._listen(actor)
        return self.ray.get(answer)

    def _listen(self, actor: Any) -> None:
        while self.line.poll(0.0):
            actor.tell.remote(self.line.recv())

    def _pass_on(self, number: int, record: Event | Snapshot) -> None:
        if not isinstance(record, Snapshot):
            return self.line.send((number, record))
        config = RunConfig.from_flat(
            json.loads(record.kept.description)["config"]
        )  # with what has been changed on the way
        self.specs = tuple(
            replace(spec, config=config, start_from=record.kept) if spec.run_id == record.id else spec
            for spec in self.specs
        )
        if self.store:
            with suppress(OSError):
                self.store.write(record.id, record.kept)
