"""UMAP in a process of its own: one run after another, at a visitor's request; everybody shares the results."""

from __future__ import annotations

import io
import logging
import os
import threading
import zipfile
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from ..analysis.latent_map import LatentMap, latent_map
from ..analysis.umap import Embedder, InverseGrid, UmapPoints
from ..i18n.message import Message
from ..runs.run import Run
from ..runs.store import Store
from ..runtime.container import pack
from .processes import CONTEXT, start_process

log = logging.getLogger(__name__)
IDLE_S = 300  # the process waits this long for another run: compiling UMAP anew would take longer than fitting it
MAX_JOBS = 64  # in memory
FINGERPRINT_CODES = 100  # a stored UMAP belongs to a model with the same first codes
# The part of the whole time, from and to, that each stage takes.
STAGES = {
    "waiting": (0.0, 0.0),
    "loading": (0.0, 0.1),
    "neighbours": (0.1, 0.4),
    "layout": (0.4, 0.6),
    "inverse": (0.6, 1.0),
}


@dataclass
class UmapJob:
    """The UMAP of a run: first its `embedding`, a little later the `inverse`.

    `state` is one of none, running, embedded, ready, failed; while it runs, `stage` is one of STAGES and `share` the
    part of all work that is done, from 0 to 1.
    """

    state: str = "none"
    stage: str = "waiting"
    share: float = 0.0
    message: Message | None = None
    embedding: UmapPoints | None = None
    inverse: InverseGrid | None = None

    def status(self, language: str) -> dict[str, object]:
        """The state for a page that waits, as JSON, with its message in a language."""
        message = self.message.text(language) if self.message else ""
        return {"state": self.state, "stage": self.stage, "share": self.share, "message": message}

    def update(self, event: tuple[str, float] | UmapPoints | InverseGrid) -> None:
        """Handle what the process has sent: a result, or (stage, share of that stage)."""
        match event:
            case UmapPoints():
                self.embedding, self.state = event, "embedded"
            case InverseGrid():
                self.inverse, self.state = event, "ready"
            case (stage, share):
                start, end = STAGES[stage]
                self.stage, self.share = stage, start + share * (end - start)

    def fail(self, message: Message) -> None:
        """End with a sentence that says why."""
        self.message, self.state = message, "failed"

    def to_bytes(self) -> bytes:
        """A container with `points` (N, 2) float32 and the inverse's `codes` (side, side, D) float16.

        Without an inverse `side` is 0 and there are no codes. Raises ValueError without an embedding.
        """
        if self.embedding is None:
            raise ValueError(self.state)
        points, inverse = self.embedding.points.astype(np.float32), self.inverse
        if inverse is None:
            return pack({"side": 0}, {"points": points})
        header = {"side": len(inverse.codes), "low": inverse.low.tolist(), "high": inverse.high.tolist()}
        return pack(header, {"points": points, "codes": inverse.codes.astype(np.float16)})


class UmapJobs:
    """The UMAP of every run that a visitor has asked for, by the run's id.

    Results outlive the server in its `store`.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._lock, self._process_lock = threading.Lock(), threading.Lock()
        self._jobs: OrderedDict[str, UmapJob] = OrderedDict()
        self._worker: tuple[BaseProcess, Connection] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of the process that computes, if there is one."""
        return self._worker[0].pid if self._worker else None

    def find(self, id: str, run: Run) -> UmapJob:
        """The UMAP of a run as far as it is computed."""
        return self._jobs.get(id) or self._load(id, run) or UmapJob()

    def start(self, id: str, run: Run) -> UmapJob:
        """Compute the UMAP of a run, unless it is computed or running. After a failure a new attempt starts."""
        with self._lock:
            job = self._jobs.get(id) or self._load(id, run)
            if job is None or job.state == "failed":
                job = self._jobs[id] = UmapJob("running")
                threading.Thread(target=self._compute, args=(job, id, run), daemon=True).start()
                while len(self._jobs) > MAX_JOBS:
                    self._jobs.popitem(last=False)
        return job

    def close(self) -> None:
        """End the process."""
        if self._worker:
            self._worker[0].terminate()

    def _load(self, id: str, run: Run) -> UmapJob | None:
        """The stored UMAP, unless it is damaged or belongs to other weights of the same name."""
        if not self._store:
            return None
        try:
            with np.load(io.BytesIO(self._store.read_companion(id, ".umap"))) as arrays:
                fingerprint, points = arrays["of"], UmapPoints(arrays["points"])
                inverse = InverseGrid(arrays["low"], arrays["high"], arrays["codes"])
            if not np.allclose(fingerprint, _fingerprint(latent_map(run)), atol=1e-2):
                return None
        except (KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile):
            return None
        self._jobs[id] = UmapJob("ready", "inverse", 1.0, embedding=points, inverse=inverse)
        return self._jobs[id]

    def _save(self, id: str, run_map: LatentMap, embedding: UmapPoints, inverse: InverseGrid) -> None:
        """Store a UMAP, if the disk has room for it."""
        if self._store:
            data = io.BytesIO()
            np.savez(
                data,
                of=_fingerprint(run_map),
                points=embedding.points,
                low=inverse.low,
                high=inverse.high,
                codes=inverse.codes,
            )
            with suppress(OSError):
                self._store.write_companion(id, ".umap", data.getvalue())

    def _compute(self, job: UmapJob, id: str, run: Run) -> None:
        """The main function of a job's thread: compute and store the UMAP, or set the reason of the failure."""
        try:
            run_map = latent_map(run)
        except (OSError, RuntimeError, ValueError) as error:
            log.exception("A model has no map.")
            return job.fail(Message("umap.no_map", {"reason": str(error)}))
        with self._process_lock:
            try:
                self._fit(job, run_map)
                if job.embedding and job.inverse:
                    self._save(id, run_map, job.embedding, job.inverse)
            except (EOFError, OSError):
                job.fail(self._exit_reason())

    def _fit(self, job: UmapJob, run_map: LatentMap) -> None:
        """Send the codes to the process and handle its events until the job is ready."""
        connection = self._running_process()[1]
        codes = run_map.codes.mean
        connection.send((codes.numpy(), run_map.plane.project(codes).numpy()))
        while job.state != "ready":
            job.update(connection.recv())

    def _exit_reason(self) -> Message:
        """Forget a process that has ended, and say how it ended."""
        if self._worker is None:
            return Message("umap.not_started")
        process, self._worker = self._worker[0], None
        process.join()
        return Message("umap.process_ended", {"code": process.exitcode})

    def _running_process(self) -> tuple[BaseProcess, Connection]:
        """The process that waits for codes, or a new one."""
        if self._worker is None or not self._worker[0].is_alive():
            connection, process_end = CONTEXT.Pipe()
            self._worker = start_process(fit_umaps, (process_end,)), connection
            process_end.close()
        return self._worker


def _fingerprint(run_map: LatentMap) -> np.ndarray:
    return run_map.codes.mean[:FINGERPRINT_CODES].numpy()


def fit_umaps(connection: Connection) -> None:
    """The main function of the process: receive (codes, initial points), send events.

    Trainings have priority over it.
    """
    os.nice(10)
    with suppress(BrokenPipeError, EOFError):
        while connection.poll(IDLE_S):
            codes, initial_points = connection.recv()
            embedder = Embedder(codes, initial_points, lambda stage, share: connection.send((stage, share)))
            connection.send(embedder.fit())
            connection.send(embedder.inverse())
