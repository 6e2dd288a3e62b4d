"""What the page fetches of data sets: held-out images and their factors."""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ...datasets.registry import DATASETS, dataset, held_out_images, name_at
from .responses import binary, errors_as_404, not_found

CHUNK = 32  # images in one response, as in static/page/api.js
MAX_PACKED_BYTES = 4 * 2**20  # of a data set that is sent as a whole


def dataset_routes() -> list[BaseRoute]:
    """Return the routes below vae/ to the images of data sets."""
    return [
        Route("/vae/images/{dataset}/all", errors_as_404(all_images)),
        Route("/vae/images/{dataset}/{chunk:int}", errors_as_404(some_images)),
        Route("/vae/factors/{dataset}", errors_as_404(factors)),
    ]


async def some_images(request: Request) -> Response:
    """Answer with CHUNK held-out images (N, C, H, W) as bytes."""
    start = request.path_params["chunk"] * CHUNK
    images = await asyncio.to_thread(held_out_images, name_at(request.path_params["dataset"]))
    return binary(images.pixels[start : start + CHUNK].numpy().tobytes())


async def all_images(request: Request) -> Response:
    """Answer with all held-out images (N, C, H, W) as bytes, unless they need more than MAX_PACKED_BYTES."""
    name = name_at(request.path_params["dataset"])
    packed = await asyncio.to_thread(packed_images if name in DATASETS else _packed, name)
    if not 0 < len(packed) <= MAX_PACKED_BYTES:
        return not_found()
    return binary(packed, {"Content-Encoding": "gzip"})


async def factors(request: Request) -> Response:
    """Answer with the factors (N, F) of all held-out images as float32."""
    name = name_at(request.path_params["dataset"])
    images = await asyncio.to_thread(held_out_images, name) if dataset(name).factors else None
    if images is None or images.factors is None:
        return not_found()
    return binary(images.factors.numpy().astype("<f4").tobytes())


@lru_cache(maxsize=len(DATASETS))
def packed_images(name: str) -> bytes:
    """Return the held-out images of a data set that is not an upload, compressed once for all visitors."""
    return _packed(name)


def _packed(name: str) -> bytes:
    return gzip.compress(held_out_images(name).pixels.numpy().tobytes(), 6)
