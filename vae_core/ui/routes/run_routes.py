"""What the page fetches of runs: maps, codes, decoders, UMAPs and files to download."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...analysis.dimensions import dimensions
from ...analysis.hierarchy import upper_level
from ...analysis.latent_map import latent_map
from ...export.browser import export_decoder
from ...export.files import FILES
from ...jobs.umap_jobs import UmapJobs
from ...runs.catalog import RunCatalog
from ...runs.run import Run
from ..translation import language_of
from .responses import Endpoint, binary, errors_as_404, not_found, uncached_json


class RunRoutes:
    """The routes below vae/ to the runs of `runs` and their UMAPs."""

    def __init__(self, runs: RunCatalog, umap_jobs: UmapJobs) -> None:
        self.runs, self.umap_jobs = runs, umap_jobs

    def routes(self) -> list[BaseRoute]:
        """Return the routes; none of their addresses names a path of the server."""
        return [
            Route("/vae/map/{run}", self._bytes_of(lambda run: latent_map(run).to_bytes())),
            Route("/vae/codes/{run}", self._bytes_of(lambda run: dimensions(run).to_bytes())),
            Route("/vae/level/{run}", self._bytes_of(lambda run: upper_level(run).to_bytes())),
            Route("/vae/decoder/{run}", self._bytes_of(lambda run: export_decoder(run.model))),
            Route("/vae/umap/{run}", errors_as_404(self.umap), methods=["GET", "POST"]),
            Route("/vae/umap/{run}/points", errors_as_404(self.umap_points)),
            Route("/vae/save/{run}.{kind}", errors_as_404(self.save)),
        ]

    async def umap(self, request: Request) -> Response:
        """Answer with the state of a run's UMAP; a POST starts its computation."""
        id = request.path_params["run"]
        run = self.runs.get(id)
        find = self.umap_jobs.start if request.method == "POST" else self.umap_jobs.find
        job = await asyncio.to_thread(find, id, run)
        return uncached_json(job.status(language_of(request)))

    async def umap_points(self, request: Request) -> Response:
        """Answer with the points of a run's UMAP and, if it is ready, the inverse map."""
        id = request.path_params["run"]
        run = self.runs.get(id)
        job = await asyncio.to_thread(self.umap_jobs.find, id, run)
        return binary(job.to_bytes()) if job.embedding else not_found()

    async def save(self, request: Request) -> Response:
        """Answer with a file of a run to download."""
        kind = request.path_params["kind"]
        if kind not in FILES:
            return not_found()
        run = self.runs.get(request.path_params["run"])
        return binary(await asyncio.to_thread(FILES[kind], run), attachment(run.name, kind))

    def _bytes_of(self, export: Callable[[Run], bytes]) -> Endpoint:
        """Return an endpoint that answers with what `export` makes of a run."""

        async def endpoint(request: Request) -> Response:
            id = request.path_params["run"]
            return binary(await asyncio.to_thread(lambda: export(self.runs.get(id))))

        return errors_as_404(endpoint)


def attachment(name: str, kind: str) -> dict[str, str]:
    """Return the header that makes a browser save a response as <name>.<kind>, in ASCII."""
    file = re.sub(r"[^\w.-]+", "_", name).strip("_").encode("ascii", "replace").decode()
    return {"Content-Disposition": f'attachment; filename="{file}.{kind}"'}
