"""What the page's scripts and links fetch: modules, maps, codes, decoders, images, saved runs. No address names a server path."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ...analysis.dimensions import dimensions
from ...analysis.hierarchy import upper_level
from ...analysis.latent_map import latent_map
from ...datasets.registry import DATASETS, DataUnavailableError, dataset, held_out_images, name_at
from ...export.browser import export_decoder
from ...export.files import FILES
from ...i18n.message import UserError
from ...i18n.texts import page_words
from ...jobs.umap_jobs import UmapJobs
from ...runs.catalog import RunCatalog
from ...runs.run import Run
from ..figure_style import CURVES, EXTRAS, PALETTE, SCALES, plotly_script, plotly_template, plotly_version
from ..translation import language_of
from .path_routes import way_routes

STATIC = Path(__file__).parents[1] / "static"
CHUNK = 32  # images in one answer, as in static/page/api.js
MOST_BYTES = 4 * 2**20  # of a data set that is sent whole


def routes(runs: RunCatalog, umap_jobs: UmapJobs) -> list[BaseRoute]:
    """The addresses below vae/."""

    def of_run(make: Callable[[Run], bytes]):
        async def answer(request: Request) -> Response:
            try:
                return _bytes(await asyncio.to_thread(lambda: make(runs.get(request.path_params["run"]))))
            except UserError as error:
                return Response(error.message.text(language_of(request)), 404)

        return answer

    async def umap(request: Request) -> Response:
        id = request.path_params["run"]
        try:
            run = runs.get(id)
        except UserError as error:
            return Response(error.message.text(language_of(request)), 404)
        known = await asyncio.to_thread(umap_jobs.start if request.method == "POST" else umap_jobs.find, id, run)
        return JSONResponse(known.status(language_of(request)), headers={"Cache-Control": "no-store"})

    async def umap_points(request: Request) -> Response:
        id = request.path_params["run"]
        try:
            known = await asyncio.to_thread(lambda: umap_jobs.find(id, runs.get(id)))
        except UserError as error:
            return Response(error.message.text(language_of(request)), 404)
        return _bytes(known.to_bytes()) if known.embedding else Response(status_code=404)

    async def save(request: Request) -> Response:
        make = FILES.get(request.path_params["kind"])
        if make is None:
            return Response(status_code=404)
        try:
            run = runs.get(request.path_params["run"])
            data = await asyncio.to_thread(make, run)
        except UserError as error:
            return Response(error.message.text(language_of(request)), 404)
        return _bytes(data, attachment(run.name, request.path_params["kind"]))

    return [
        Route("/vae/page", page),
        Route("/vae/figure", figure),
        Route("/vae/plotly-{version}.js", plotly),
        Mount("/vae/static", Static(directory=STATIC)),
        Route("/vae/map/{run}", of_run(lambda run: latent_map(run).to_bytes())),
        Route("/vae/codes/{run}", of_run(lambda run: dimensions(run).to_bytes())),
        Route("/vae/level/{run}", of_run(lambda run: upper_level(run).to_bytes())),
        Route("/vae/umap/{run}", umap, methods=["GET", "POST"]),
        Route("/vae/umap/{run}/points", umap_points),
        Route("/vae/decoder/{run}", of_run(lambda run: export_decoder(run.model))),
        Route("/vae/images/{dataset}/all", all_images),
        Route("/vae/images/{dataset}/{chunk:int}", images),
        Route("/vae/factors/{dataset}", factors),
        Route("/vae/save/{run}.{kind}", save),
        *way_routes(runs),
    ]


def attachment(name: str, kind: str) -> dict[str, str]:
    """The header that makes a browser save an answer as <name>.<kind>, in ASCII."""
    file = re.sub(r"[^\w.-]+", "_", name).strip("_").encode("ascii", "replace").decode()
    return {"Content-Disposition": f'attachment; filename="{file}.{kind}"'}


async def page(request: Request) -> Response:
    """The words of the page's scripts in the visitor's language, and the colors of classes, numbers and curves."""
    words = page_words(language_of(request))
    return JSONResponse(
        {"words": words, "colors": PALETTE, "scales": SCALES, "curves": CURVES | {"extras": EXTRAS}},
        headers={"Cache-Control": "no-cache"},
    )


async def figure(request: Request) -> Response:
    """How figures with axes look, and the version of the script that draws them."""
    looks = await asyncio.to_thread(plotly_template)
    return JSONResponse({"version": plotly_version(), "template": looks}, headers={"Cache-Control": "no-cache"})


async def plotly(request: Request) -> Response:
    """The script that draws them. Its address has its version, so that a browser may keep it."""
    if request.path_params["version"] != plotly_version():
        return Response(status_code=404)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(await asyncio.to_thread(plotly_script), media_type="text/javascript", headers=headers)


def named(request: Request) -> str:
    """The data set that is asked for, or nothing if there is none at this address."""
    try:
        return name_at(request.path_params["dataset"])
    except DataUnavailableError:
        return ""


async def images(request: Request) -> Response:
    """32 held-out images as bytes."""
    name, start = named(request), request.path_params["chunk"] * CHUNK
    if not name or start < 0:
        return Response(status_code=404)
    found = await asyncio.to_thread(held_out_images, name)
    return _bytes(found.pixels[start : start + CHUNK].numpy().tobytes())


async def all_images(request: Request) -> Response:
    """All held-out images as bytes, if they come to no more than MOST_BYTES when they are packed."""
    name = named(request)
    packed = await asyncio.to_thread(packed_images if name in DATASETS else _packed, name) if name else b""
    if not 0 < len(packed) <= MOST_BYTES:
        return Response(status_code=404)
    return _bytes(packed, {"Content-Encoding": "gzip"})


@lru_cache(maxsize=len(DATASETS))
def packed_images(name: str) -> bytes:
    """The held-out images of a data set of the table, packed once for everybody."""
    return _packed(name)


def _packed(name: str) -> bytes:
    return gzip.compress(held_out_images(name).pixels.numpy().tobytes(), 6)


async def factors(request: Request) -> Response:
    """The factors of all held-out images as float32, a row an image."""
    name = named(request)
    if not name or not dataset(name).factors:
        return Response(status_code=404)
    found = await asyncio.to_thread(held_out_images, name)
    return _bytes(found.factors.numpy().astype("<f4").tobytes())


class Static(StaticFiles):
    """Files that a browser asks about again each time: an update must reach it."""

    def file_response(self, *args, **kwargs) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def _bytes(data: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(
        data, media_type="application/octet-stream", headers={"Cache-Control": "no-store"} | (headers or {})
    )
