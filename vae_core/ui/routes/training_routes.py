"""What the page fetches of trainings: what is to be seen now, films to replay, films as GIF, curves."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ...config import RunConfig
from ...datasets.registry import address_of, dataset, held_out_images
from ...export.gif import film_gif
from ...i18n.message import Message, UserError
from ...i18n.texts import texts
from ...jobs.queue import JobQueue
from ...runs.catalog import RunCatalog, UnknownRunError
from ...runs.run import title
from ...training.monitor import MAP_POINTS, RECONSTRUCTIONS, one_per_class
from ...training.recording import Recording, finite
from ..components.figures import encoded
from ..figure_style import PALETTE
from ..translation import language_of

WAIT = 5.0  # seconds that a question for news stays open
LOOK, SELDOM = (
    0.02,
    0.05,
)  # seconds between two looks for news, at first and at most: thirty who wait are not to keep a core busy


@dataclass(frozen=True)
class Training:
    """A training that can be shown: one that goes on, with its newest still alone, or one that has ended, with its whole film."""

    name: str
    config: RunConfig
    film: Recording
    history: list[dict[str, float]]
    active: bool = False

    def about(self, after: float = -1.0) -> dict[str, object]:
        """What a film's page has to know besides its snapshots: of the curves the rows of later steps; once, of the images what does not change."""
        rows = [finite(row) for row in self.history if row["step"] > after]
        return {"name": self.name, "active": self.active, "history": rows} | (
            {} if after >= 0 or not self.film.snapshots else _about_images(self.config)
        )


def _about_images(config: RunConfig) -> dict[str, object]:
    name = config.data.dataset
    known, images = dataset(name), held_out_images(name).first(MAP_POINTS)
    originals = images.pixels[one_per_class(images, RECONSTRUCTIONS)].numpy()
    return {
        "dataset": address_of(name),
        "shape": known.shape,
        "classes": known.classes,
        "factorNames": known.factors,
        "standardPrior": config.model.capabilities.has_standard_prior,
        "latentDim": config.model.latent_dim,
        "labels": encoded(images.labels.numpy().astype("u1")),
        "originals": encoded(originals),
    }


def kept_film(runs: RunCatalog, id: str) -> Recording:
    """The film of a run; an empty one where none is kept, as of what is shipped or was loaded."""
    with suppress(UnknownRunError):
        data = runs.stored(id, ("recording",)).recording
        return Recording.from_bytes(data) if data else Recording()
    return Recording()


def film_routes(runs: RunCatalog, jobs: JobQueue) -> list[BaseRoute]:
    """The addresses of trainings below vae/."""

    def find(id: str) -> Training:
        job, member = jobs.member(id) or (None, None)
        if job and (job.active or not member.run_id):  # what goes on, and what has ended with nothing to keep
            return Training(
                title(member.config),
                member.config,
                Recording((member.frame.snapshot(),) if member.frame else ()),
                member.history,
                job.active,
            )
        run = runs.get(id)
        return Training(run.name, run.config, kept_film(runs, id), run.history)

    def found(answer: Callable) -> Callable:
        async def checked(request: Request) -> Response:
            try:
                return await answer(request, lambda: find(request.path_params["id"]))
            except UserError as error:
                return Response(error.message.text(language_of(request)), 404)

        return checked

    return [
        Route("/vae/live/{id}", found(live)),
        Route("/vae/film/{id}", found(film)),
        Route("/vae/film/{id}/gif", found(as_gif)),
        Route("/vae/curves/{id}", found(curves)),
    ]


async def live(request: Request, find: Callable[[], Training]) -> Response:
    """The newest still if it is newer than the step `after`, as soon as there is one; the end of the training is news as well."""
    try:
        after = float(request.query_params.get("after", "-1"))
    except ValueError:
        return Response(Message("error.after").text(language_of(request)), 400)
    waited, pause = 0.0, LOOK
    while True:
        training = find()
        news = training.film.snapshots[-1:]
        if not training.active or (news and news[0].step > after) or waited > WAIT:
            break
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(1.5 * pause, SELDOM)
    about = await asyncio.to_thread(training.about, after)
    return _bytes(Recording(news).after(after).blob(about))


async def film(request: Request, find: Callable[[], Training]) -> Response:
    """A whole film."""
    training = find()
    if not training.film.snapshots:
        return Response(texts(language_of(request))["page.recording_none"], 404)
    data = await asyncio.to_thread(lambda: gzip.compress(training.film.blob(training.about()), 4))
    return _bytes(data, {"Content-Encoding": "gzip"})


async def as_gif(request: Request, find: Callable[[], Training]) -> Response:
    """A whole film as a moving picture."""
    training, words = find(), texts(language_of(request))
    if not training.film.snapshots:
        return Response(words["page.recording_none"], 404)
    images = held_out_images(training.config.data.dataset).first(MAP_POINTS)
    colors = [tuple(bytes.fromhex(PALETTE[label % len(PALETTE)][1:])) for label in images.labels.tolist()]
    told = [
        words["page.recording_at"].format(epoch=f"{snapshot.row['epoch']:.1f}", beta=f"{snapshot.row['beta']:.2f}")
        for snapshot in training.film.snapshots
    ]
    titles = (words["page.recording_map"], words["page.recording_reconstructions"], words["page.recording_samples"])
    return _bytes(await asyncio.to_thread(film_gif, training.film, colors, told, titles), media_type="image/gif")


async def curves(request: Request, find: Callable[[], Training]) -> Response:
    """The rows of a training's curves."""
    training = find()
    return JSONResponse(
        {"name": training.name, "history": [finite(row) for row in training.history]},
        headers={"Cache-Control": "no-store"},
    )


def _bytes(
    data: bytes, headers: dict[str, str] | None = None, media_type: str = "application/octet-stream"
) -> Response:
    return Response(data, media_type=media_type, headers={"Cache-Control": "no-store"} | (headers or {}))
