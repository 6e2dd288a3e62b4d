"""What the page fetches of trainings: the newest snapshot, recordings to replay, recordings as GIF, and curves."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...config import RunConfig
from ...datasets.registry import held_out_images
from ...export.gif import recording_gif
from ...i18n.message import Message
from ...i18n.texts import texts
from ...jobs.queue import JobQueue
from ...runs.catalog import RunCatalog, UnknownRunError
from ...runs.run import title
from ...training.monitor import MAP_POINTS, RECONSTRUCTIONS, one_per_class
from ...training.recording import Recording, finite
from ..components.figures import encoded
from ..components.map_properties import map_properties
from ..figure_style import PALETTE
from ..translation import language_of
from .responses import binary, errors_as_404, sentence, uncached_json

MAX_WAIT_S = 5.0  # that a request for a newer snapshot stays open
# Between two looks for a newer snapshot, at first and at most: thirty open requests must not occupy a core.
FIRST_POLL_S, MAX_POLL_S = 0.02, 0.05


@dataclass(frozen=True)
class TrainingView:
    """A training on show: an active one with its newest snapshot alone, or an ended one with its whole recording."""

    name: str
    config: RunConfig
    recording: Recording
    history: list[dict[str, float]]
    active: bool = False

    def properties(self, after: float = -1.0) -> dict[str, object]:
        """Return what the page needs besides snapshots: the curves' rows after the step `after`.

        The first request, with `after` below 0, also gets what stays the same.
        """
        rows = [finite(row) for row in self.history if row["step"] > after]
        constant = _constant_properties(self.config) if after < 0 and self.recording.snapshots else {}
        return {"name": self.name, "active": self.active, "history": rows} | constant


def _constant_properties(config: RunConfig) -> dict[str, object]:
    images = held_out_images(config.data.dataset).first(MAP_POINTS)
    originals = images.pixels[one_per_class(images, RECONSTRUCTIONS)].numpy()
    return map_properties(config) | {
        "labels": encoded(images.labels.numpy().astype("u1")),
        "originals": encoded(originals),
    }


class TrainingRoutes:
    """The routes below vae/ to trainings: the active ones of `jobs`, and the stored recordings of `runs`."""

    def __init__(self, runs: RunCatalog, jobs: JobQueue) -> None:
        self.runs, self.jobs = runs, jobs

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/vae/live/{id}", errors_as_404(self.live)),
            Route("/vae/recording/{id}", errors_as_404(self.recording)),
            Route("/vae/recording/{id}/gif", errors_as_404(self.recording_gif)),
            Route("/vae/curves/{id}", errors_as_404(self.curves)),
        ]

    async def live(self, request: Request) -> Response:
        """Answer with the newest snapshot when it is newer than the step `after`, or when the training has ended."""
        try:
            after = float(request.query_params.get("after", "-1"))
        except ValueError:
            return sentence(request, Message("error.after"), 400)
        waited, pause = 0.0, FIRST_POLL_S
        while True:
            view = self._view(request)
            newest = view.recording.snapshots[-1:]
            if not view.active or (newest and newest[0].step > after) or waited > MAX_WAIT_S:
                break
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(1.5 * pause, MAX_POLL_S)
        properties = await asyncio.to_thread(view.properties, after)
        return binary(Recording(newest).after(after).blob(properties))

    async def recording(self, request: Request) -> Response:
        """Answer with a whole recording."""
        view = self._view(request)
        if not view.recording.snapshots:
            return sentence(request, Message("page.recording_none"), 404)
        data = await asyncio.to_thread(lambda: gzip.compress(view.recording.blob(view.properties()), 4))
        return binary(data, {"Content-Encoding": "gzip"})

    async def recording_gif(self, request: Request) -> Response:
        """Answer with a whole recording as a GIF."""
        view = self._view(request)
        if not view.recording.snapshots:
            return sentence(request, Message("page.recording_none"), 404)
        data = await asyncio.to_thread(_gif_of, view, language_of(request))
        return binary(data, media_type="image/gif")

    async def curves(self, request: Request) -> Response:
        """Answer with the rows of a training's curves."""
        view = self._view(request)
        return uncached_json({"name": view.name, "history": [finite(row) for row in view.history]})

    def _view(self, request: Request) -> TrainingView:
        """Return the training of a request. Raises UnknownRunError and RecordingError."""
        id = request.path_params["id"]
        job, member = self.jobs.member(id) or (None, None)
        if job and member and (job.active or not member.run_id):  # it runs, or it ended without a model to store
            newest = (member.frame.snapshot(),) if member.frame else ()
            return TrainingView(title(member.config), member.config, Recording(newest), member.history, job.active)
        run = self.runs.get(id)
        return TrainingView(run.name, run.config, self._stored_recording(id), run.history)

    def _stored_recording(self, id: str) -> Recording:
        """Return a run's recording; it is empty for a shipped or loaded model."""
        with suppress(UnknownRunError):
            data = self.runs.stored(id, ("recording",)).recording
            return Recording.from_bytes(data) if data else Recording()
        return Recording()


def _gif_of(view: TrainingView, language: str) -> bytes:
    words = texts(language)
    images = held_out_images(view.config.data.dataset).first(MAP_POINTS)
    colors = [_rgb(PALETTE[label % len(PALETTE)]) for label in images.labels.tolist()]
    captions = [
        words["page.recording_at"].format(epoch=f"{snapshot.row['epoch']:.1f}", beta=f"{snapshot.row['beta']:.2f}")
        for snapshot in view.recording.snapshots
    ]
    titles = (words["page.recording_map"], words["page.recording_reconstructions"], words["page.recording_samples"])
    return recording_gif(view.recording, colors, captions, titles)


def _rgb(color: str) -> tuple[int, int, int]:
    """Return a color such as #4080ff as red, green and blue from 0 to 255."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue
