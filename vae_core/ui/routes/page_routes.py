"""What the page itself fetches: texts, colors, the style and script of charts, and the modules of static/."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ...i18n.texts import page_words
from ..figure_style import CURVES, EXTRAS, PALETTE, SCALES, plotly_script, plotly_template, plotly_version
from ..translation import language_of
from .responses import not_found

STATIC = Path(__file__).parents[1] / "static"
REVALIDATED = {"Cache-Control": "no-cache"}  # a browser asks each time whether its copy is current
VERSIONED = {"Cache-Control": "public, max-age=31536000, immutable"}  # for an address that has a version


def page_routes() -> list[BaseRoute]:
    """Return the routes below vae/ to what every page needs."""
    return [
        Route("/vae/page", page),
        Route("/vae/figure", chart_style),
        Route("/vae/plotly-{version}.js", plotly),
        Mount("/vae/static", RevalidatedFiles(directory=STATIC)),
    ]


async def page(request: Request) -> Response:
    """Answer with the scripts' texts in the visitor's language, and the colors of classes, scales and curves."""
    content = {
        "words": page_words(language_of(request)),
        "colors": PALETTE,
        "scales": SCALES,
        "curves": CURVES | {"extras": EXTRAS},
    }
    return JSONResponse(content, headers=REVALIDATED)


async def chart_style(request: Request) -> Response:
    """Answer with the template of charts, and the version of the script that draws them."""
    template = await asyncio.to_thread(plotly_template)
    return JSONResponse({"version": plotly_version(), "template": template}, headers=REVALIDATED)


async def plotly(request: Request) -> Response:
    """Answer with the script that draws charts."""
    if request.path_params["version"] != plotly_version():
        return not_found()
    script = await asyncio.to_thread(plotly_script)
    return Response(script, media_type="text/javascript", headers={"Content-Encoding": "gzip", **VERSIONED})


class RevalidatedFiles(StaticFiles):
    """Static files that a browser revalidates, so that an update reaches it."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return a file with the header that asks for revalidation."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(REVALIDATED)
        return response
