"""Training on a Ray cluster: a local process relays between server and actor; Ray's failures do not reach the server.

Ray is an extra, `pip install "ray[default]"`. Only that process imports it.
"""

from __future__ import annotations

import json
import logging
import os
import queue
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from ..config import RunConfig
from ..i18n.message import Message
from ..runs.store import Store, StoredRun
from .messages import Command, Event, Failure, Restarted, TrainingSpec, WorkerConnection
from .worker import run_worker

log = logging.getLogger(__name__)
ADDRESS = "VAE_PLAYGROUND_RAY"  # the environment's variable with the cluster's address
POLL_INTERVAL_S = 0.1
RayObject: TypeAlias = Any  # an actor's handle or a reference to a result, which Ray leaves untyped


@dataclass(frozen=True)
class RemoteSnapshot:
    """An unfinished run that an actor sends to the machine with the disk."""

    id: str
    run: StoredRun


class Trainer:
    """The actor: a worker whose connection is two queues.

    `train` runs in a thread of its own beside the other methods.
    """

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[int, Event | RemoteSnapshot]] = queue.Queue()
        self.commands: queue.Queue[Command] = queue.Queue()
        self.pending: list[Command] = []

    def train(self, specs: tuple[TrainingSpec, ...]) -> None:
        """Train the runs to their end."""
        run_worker(specs, self, self)

    def take_events(self) -> list[tuple[int, Event | RemoteSnapshot]]:
        """The events since the last call; waits up to a second for the first one."""
        events = []
        with suppress(queue.Empty):
            events.append(self.events.get(timeout=1))
            while True:
                events.append(self.events.get_nowait())
        return events

    def put_command(self, command: Command) -> None:
        """Pass a command to the worker."""
        self.commands.put(command)

    def send(self, message: tuple[int, Event]) -> None:
        """Send an event, as a WorkerConnection."""
        self.events.put(message)

    def poll(self, timeout: float) -> bool:
        """Whether a command arrives within `timeout` seconds, as a WorkerConnection."""
        if not self.pending:
            with suppress(queue.Empty):
                self.pending.append(self.commands.get(timeout=timeout) if timeout else self.commands.get_nowait())
        return bool(self.pending)

    def recv(self) -> Command:
        """The next command, as a WorkerConnection."""
        return self.pending.pop(0) if self.pending else self.commands.get()

    def write(self, id: str, run: StoredRun) -> None:
        """Send a snapshot, as a SnapshotStore."""
        self.events.put((0, RemoteSnapshot(id, run)))


def train_on_cluster(
    specs: tuple[TrainingSpec, ...], connection: WorkerConnection, store: Store | None, address: str
) -> None:
    """`run_worker` on a machine of the cluster. If that machine dies, restart once from the last snapshot."""
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "10")  # report a lost head node in time
    try:
        import ray
    except ImportError:
        return connection.send((0, Failure(Message("job.no_ray", {"variable": ADDRESS, "address": address}))))
    with suppress(BrokenPipeError, EOFError, ConnectionResetError):
        try:
            ray.init(
                address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"py_modules": [str(Path(__file__).parents[1])]},
            )
            relay = Relay(ray, specs, connection, store)
            if not relay.run():
                relay.announce_restart()
                if not relay.run():
                    connection.send((0, Failure(Message("job.machines_died"))))
        except ray.exceptions.RayTaskError as error:
            log.exception("A training on the cluster has failed.")
            reason = Message("job.cluster_process_ended", {"error": type(error.cause).__name__})
            connection.send((0, Failure(reason)))
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            reason = Message("job.cluster_unreachable", {"address": address, "error": type(error).__name__})
            connection.send((0, Failure(reason)))


class Relay:
    """Forwards events and commands between the server and an actor, and stores the snapshots on this machine."""

    def __init__(
        self, ray: ModuleType, specs: tuple[TrainingSpec, ...], connection: WorkerConnection, store: Store | None
    ) -> None:
        self.ray, self.specs, self.connection, self.store = ray, specs, connection, store

    def run(self) -> bool:
        """Train on an actor to the end; False if the actor has died."""
        actor = self.ray.remote(num_cpus=1, max_concurrency=4)(Trainer).remote()
        training = actor.train.remote(self.specs)
        try:
            ended = False
            while not ended:
                ended = bool(self.ray.wait([training], timeout=0)[0])
                for message in self._wait_for_answer(actor, actor.take_events.remote()):
                    self.forward_event(*message)
            self.ray.get(training)
        except self.ray.exceptions.RayActorError:
            return False
        self.ray.kill(actor)
        return True

    def announce_restart(self) -> None:
        """Send for every run that it restarts from its last snapshot, or from its beginning."""
        message = Message("job.machine_died")
        for number, spec in enumerate(self.specs):
            history = json.loads(spec.start_from.description)["history"] if spec.start_from else []
            self.connection.send((number, Restarted(message, history)))

    def forward_event(self, number: int, event: Event | RemoteSnapshot) -> None:
        """Forward an event to the server; store a snapshot, from which a restart continues."""
        if not isinstance(event, RemoteSnapshot):
            self.connection.send((number, event))
            return
        config = RunConfig.from_flat(json.loads(event.run.description)["config"])  # with the changes during training
        self.specs = tuple(
            replace(spec, config=config, start_from=event.run) if spec.run_id == event.id else spec
            for spec in self.specs
        )
        if self.store:
            with suppress(OSError):
                self.store.write(event.id, event.run)

    def _wait_for_answer(self, actor: RayObject, answer: RayObject) -> list[tuple[int, Event | RemoteSnapshot]]:
        """The result of a call to the actor; meanwhile the server's commands are forwarded."""
        while not self.ray.wait([answer], timeout=POLL_INTERVAL_S)[0]:
            self._forward_commands(actor)
        self._forward_commands(actor)
        return self.ray.get(answer)

    def _forward_commands(self, actor: RayObject) -> None:
        while self.connection.poll(0.0):
            actor.put_command.remote(self.connection.recv())
