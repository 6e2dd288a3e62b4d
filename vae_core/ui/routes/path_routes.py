"""What the page asks while it joins two codes of a run: the way along the data, and any way as a GIF."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import torch
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from torch import Tensor

from ...analysis.latent_map import neighbour_graph_of
from ...export.gif import gif
from ...i18n.message import Message
from ...latent.codes import decode
from ...latent.geodesic import shortest_path
from ...latent.interpolation import spherical, straight
from ...rules import Choice, Range, SettingError, check
from ...runs.catalog import RunCatalog, UnknownRunError
from ...runs.run import Run
from ..translation import language_of

STEPS = 41  # codes of a way, as static/interpolate/paths.js draws it
LARGEST = 200_000  # bytes of a question: two codes of 1,024 numbers need a quarter of that
FARTHEST = Range(-1e6, 1e6)
WAYS: dict[str, Callable[[Run, Tensor, Tensor, Tensor], Tensor]] = {
    "straight": lambda run, a, b, t: straight(a, b, t),
    "spherical": lambda run, a, b, t: spherical(a, b, t),
    "along": lambda run, a, b, t: shortest_path(neighbour_graph_of(run), a, b).at(t),
}


def way_routes(runs: RunCatalog) -> list[BaseRoute]:
    """The addresses below vae/ that answer a question about two codes."""

    def of_question(answer: Callable[[Run, dict[str, object]], Response]):
        async def answered(request: Request) -> Response:
            try:
                asked = await question(request)
                return await asyncio.to_thread(lambda: answer(runs.get(request.path_params["run"]), asked))
            except UnknownRunError as error:
                return Response(error.message.text(language_of(request)), 404)
            except SettingError as error:
                return Response(error.message.text(language_of(request)), 400)

        return answered

    return [
        Route("/vae/way/{run}", of_question(data_way), methods=["POST"]),
        Route("/vae/gif/{run}", of_question(moving), methods=["POST"]),
    ]


async def question(request: Request) -> dict[str, object]:
    """The body of a request, a JSON object. Raises SettingError before much of a large one has come."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise SettingError("request", Message("value.long_text"), Message("allowed.bytes", {"most": LARGEST}))
    try:
        asked = json.loads(body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise SettingError("request", Message("value.this_text"), Message("allowed.json_object"))
    return asked


def code(run: Run, asked: dict[str, object], end: str) -> Tensor:
    """The code (D,) of an end of the way. Raises SettingError."""
    values, dims = asked.get(end), run.config.model.latent_dim
    if not isinstance(values, list) or len(values) != dims:
        raise SettingError(end, values, Message("allowed.list_of_numbers", {"count": dims}))
    return torch.tensor([check(end, FARTHEST, value) for value in values])


def data_way(run: Run, asked: dict[str, object]) -> Response:
    """The codes of the way along the data from `a` to `b` at even steps, which images it goes through, and how often it jumps."""
    way = shortest_path(neighbour_graph_of(run), code(run, asked, "a"), code(run, asked, "b"))
    return JSONResponse(
        {"codes": way.at(torch.linspace(0, 1, STEPS)).tolist(), "images": len(way.images), "bridges": way.bridges}
    )


def moving(run: Run, asked: dict[str, object]) -> Response:
    """A way from `a` to `b` as a GIF; a conditional model decodes the class `label`."""
    way, a, b = check("way", Choice(tuple(WAYS)), asked.get("way")), code(run, asked, "a"), code(run, asked, "b")
    label = check(
        "label",
        Range(0, max(0, run.model.conditions - 1), whole=True),
        asked.get("label") if run.model.conditions else 0,
    )
    codes = WAYS[way](run, a, b, torch.linspace(0, 1, STEPS))
    return Response(
        gif(decode(run.model, codes, torch.full((STEPS,), label))),
        media_type="image/gif",
        headers={"Cache-Control": "no-store"},
    )
