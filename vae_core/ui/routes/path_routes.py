"""What the page asks about a path between two codes: the path along the data, and any path as a GIF."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

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
from ...runs.catalog import RunCatalog
from ...runs.run import Run
from .responses import Endpoint, binary, errors_as_404, sentence

STEPS = 41  # codes of a path, as static/interpolate/paths.js draws it
MAX_REQUEST_BYTES = 200_000  # two codes of 1,024 numbers need a quarter of that
COORDINATES = Range(-1e6, 1e6)
# The codes (T, D) at times t (T,) of the paths from a to b, (D,) each.
PATHS: dict[str, Callable[[Run, Tensor, Tensor, Tensor], Tensor]] = {
    "straight": lambda run, a, b, t: straight(a, b, t),
    "spherical": lambda run, a, b, t: spherical(a, b, t),
    "along": lambda run, a, b, t: shortest_path(neighbour_graph_of(run), a, b).at(t),
}

Question = Mapping[str, Any]


def path_routes(runs: RunCatalog) -> list[BaseRoute]:
    """Return the routes below vae/ that answer questions about two codes of a run."""

    def answering(answer: Callable[[Run, Question], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                question = await read_question(request)
                return await asyncio.to_thread(lambda: answer(runs.get(request.path_params["run"]), question))
            except SettingError as error:
                return sentence(request, error.message, 400)

        return errors_as_404(endpoint)

    return [
        Route("/vae/path/{run}", answering(data_path), methods=["POST"]),
        Route("/vae/gif/{run}", answering(path_gif), methods=["POST"]),
    ]


async def read_question(request: Request) -> Question:
    """Return the JSON object in a request's body. Raises SettingError, for a long body before it has all arrived."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            allowed = Message("allowed.bytes", {"most": MAX_REQUEST_BYTES})
            raise SettingError("request", Message("value.long_text"), allowed)
    try:
        question = json.loads(body)
    except ValueError:
        question = None
    if not isinstance(question, dict):
        raise SettingError("request", Message("value.this_text"), Message("allowed.json_object"))
    return question


def endpoint_code(run: Run, question: Question, name: str) -> Tensor:
    """Return the code (D,) of the endpoint `name`. Raises SettingError."""
    values, dims = question.get(name), run.config.model.latent_dim
    if not isinstance(values, list) or len(values) != dims:
        raise SettingError(name, values, Message("allowed.list_of_numbers", {"count": dims}))
    return torch.tensor([check(name, COORDINATES, value) for value in values])


def data_path(run: Run, question: Question) -> Response:
    """Answer with the path along the data from `a` to `b`: STEPS codes, and how many images and bridges it uses."""
    path = shortest_path(neighbour_graph_of(run), endpoint_code(run, question, "a"), endpoint_code(run, question, "b"))
    codes = path.at(torch.linspace(0, 1, STEPS)).tolist()
    return JSONResponse({"codes": codes, "images": len(path.images), "bridges": path.bridges})


def path_gif(run: Run, question: Question) -> Response:
    """Answer with the path named `path` from `a` to `b` as a GIF; a conditional model decodes the class `label`."""
    name = check("path", Choice(tuple(PATHS)), question.get("path"))
    a, b = endpoint_code(run, question, "a"), endpoint_code(run, question, "b")
    classes = run.model.conditions
    label = check("label", Range(0, max(0, classes - 1), whole=True), question.get("label") if classes else 0)
    codes = PATHS[name](run, a, b, torch.linspace(0, 1, STEPS))
    return binary(gif(decode(run.model, codes, torch.full((STEPS,), label))), media_type="image/gif")
