"""Where UMAP runs: in a process of its own, one run after the other, start_from by a visitor and kept for everybody."""

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
from .processes import CONTEXT, begin

log = logging.getLogger(__name__)
IDLE = 300  # seconds that the process waits for another run: it has compiled UMAP, which takes longer than fitting
MOST_KEPT = 64
SAME = 100  # codes by which a model is known again
SHARES = {
    "waiting": (0.0, 0.0),
    "loading": (0.0, 0.1),
    "neighbours": (0.1, 0.4),
    "layout": (0.4, 0.6),
    "inverse": (0.6, 1.0),
}  # of the time


@dataclass
class UmapJob:
    """What the server knows of a run's UMAP: its `places` come first, the `inverse` a little later.

    `state` is one of none, running, places, ready, failed; while it runs, `stage` is one of SHARES and `share` that of all done.
    """

    state: str = "none"
    stage: str = "waiting"
    share: float = 0.0
    message: Message | None = None
    places: UmapPoints | None = None
    inverse: InverseGrid | None = None

    def status(self, language: str) -> dict[str, object]:
        """What the page asks for while it waits, worded in a language."""
        message = self.message.text(language) if self.message else ""
        return {"state": self.state, "stage": self.stage, "share": self.share, "message": message}

    def note(self, record: tuple[str, float] | UmapPoints | InverseGrid) -> None:
        """Take in what the process has sent."""
        match record:
            case UmapPoints():
                self.places, self.state = record, "places"
            case InverseGrid():
                self.inverse, self.state = record, "ready"
            case (stage, share):
                begin, end = SHARES[stage]
                self.stage, self.share = stage, begin + share * (end - begin)

    def fail(self, message: Message) -> None:
        """Note why there is no UMAP."""
        self.message, self.state = message, "failed"

    def to_bytes(self) -> bytes:
        """A container with `points` (N, 2) float32 and the inverse's `codes` (side, side, D) float16, its corners in the header.

        As long as there is no inverse, `side` is 0 and there are no codes.
        """
        points, inverse = self.places.points.astype(np.float32), self.inverse
        if inverse is None:
            return pack({"side": 0}, {"points": points})
        header = {"side": len(inverse.codes), "low": inverse.low.tolist(), "high": inverse.high.tolist()}
        return pack(header, {"points": points, "codes": inverse.codes.astype(np.float16)})


class UmapJobs:
    """The UMAP of every run that somebody has asked for, by the run's id. What is done outlives the server in its `store`."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._known: OrderedDict[str, UmapJob] = OrderedDict()
        self._worker: tuple[BaseProcess, Connection] | None = None

    def of(self, id: str, run: Run) -> UmapJob:
        """How far a run's UMAP has come."""
        return self._known.get(id) or self._kept(id, run) or UmapJob()

    def begin(self, id: str, run: Run) -> UmapJob:
        """Compute it unless that has been done or start_from. A second call changes nothing; after a failure it tries again."""
        with self._lock:
            known = self._known.get(id) or self._kept(id, run)
            if known is None or known.state == "failed":
                known = self._known[id] = UmapJob("running")
                threading.Thread(target=self._compute, args=(known, id, run), daemon=True).start()
                while len(self._known) > MOST_KEPT:
                    self._known.popitem(last=False)
        return known

    def close(self) -> None:
        """End the process."""
        if self._worker:
            self._worker[0].terminate()

    def _kept(self, id: str, run: Run) -> UmapJob | None:
        """What is on disk, unless it is damaged, or of other weights: those that ship may be made again."""
        if not self._store:
            return None
        try:
            with np.load(io.BytesIO(self._store.read_beside(id, ".umap"))) as found:
                of, points, inverse = (
                    found["of"],
                    found["points"],
                    InverseGrid(found["low"], found["high"], found["codes"]),
                )
            if not np.allclose(of, latent_map(run).codes.mean[:SAME].numpy(), atol=1e-2):
                return None
        except (KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile):
            return None
        self._known[id] = UmapJob("ready", "inverse", 1.0, places=UmapPoints(points), inverse=inverse)
        return self._known[id]

    def _keep(self, id: str, known: UmapJob, laid: LatentMap) -> None:
        """Write it to disk. A full one is no reason to be without it now."""
        if self._store:
            data, inverse = io.BytesIO(), known.inverse
            np.savez(
                data,
                of=laid.codes.mean[:SAME].numpy(),
                points=known.places.points,
                low=inverse.low,
                high=inverse.high,
                codes=inverse.codes,
            )
            with suppress(OSError):
                self._store.write_beside(id, ".umap", data.getvalue())

    def _compute(self, known: UmapJob, id: str, run: Run) -> None:
        """A run's thread: lay it out as soon as it is its turn, or say why that cannot be."""
        try:
            laid = latent_map(run)
        except (OSError, RuntimeError, ValueError) as error:
            log.exception("A model has no map.")
            return known.fail(Message("umap.no_map", {"reason": str(error)}))
        with self._turn:
            try:
                self._lay_out(known, laid)
                self._keep(id, known, laid)
            except (EOFError, OSError):
                known.fail(self._let_go())

    def _lay_out(self, known: UmapJob, laid: LatentMap) -> None:
        connection = self._process()[1]
        connection.send((laid.codes.mean.numpy(), laid.plane.project(laid.codes.mean).numpy()))
        while known.state != "ready":
            known.note(connection.recv())

    def _let_go(self) -> Message:
        """Leave a process that does not answer to its end; how it ended."""
        if self._worker is None:
            return Message("umap.not_started")
        process, self._worker = self._worker[0], None
        process.join()
        return Message("umap.process_ended", {"code": process.exitcode})

    def _process(self) -> tuple[BaseProcess, Connection]:
        """The process that waits, or a new one."""
        if self._worker is None or not self._worker[0].is_alive():
            ours, theirs = CONTEXT.Pipe()
            self._worker = begin(work, (theirs,)), ours
            theirs.close()
        return self._worker


def work(connection: Connection) -> None:
    """The process's life: codes and their start in, records out. It gives way to trainings, and ends with the server."""
    os.nice(10)
    with suppress(BrokenPipeError, EOFError):
        while connection.poll(IDLE):
            codes, start = connection.recv()
            embedder = Embedder(codes, start, lambda stage, share: connection.send((stage, share)))
            connection.send(embedder.places())
            connection.send(embedder.inverse())
