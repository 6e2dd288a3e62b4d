"""Responses that several routes share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ...i18n.message import Message, UserError
from ..translation import language_of

Endpoint = Callable[[Request], Awaitable[Response]]


def binary(
    data: bytes, headers: Mapping[str, str] | None = None, media_type: str = "application/octet-stream"
) -> Response:
    """Return data that a browser does not cache."""
    return Response(data, media_type=media_type, headers={"Cache-Control": "no-store", **(headers or {})})


def uncached_json(content: object) -> JSONResponse:
    """Return JSON that a browser does not cache."""
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def sentence(request: Request, message: Message, status: int) -> Response:
    """Return a message in the visitor's language, with an HTTP status."""
    return Response(message.text(language_of(request)), status)


def not_found() -> Response:
    """Return an empty response with status 404."""
    return Response(status_code=404)


def errors_as_404(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint: a UserError becomes a sentence with status 404."""

    @wraps(endpoint)
    async def wrapper(request: Request) -> Response:
        try:
            return await endpoint(request)
        except UserError as error:
            return sentence(request, error.message, 404)

    return wrapper
