"""The head of the page. What `launch` is given for it, Gradio writes there itself when it has started; what is to run before comes with the page."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
CALM = STATIC / "page" / "calm_gradio.js"
HEAD = b"<head>"


def first() -> str:
    """What runs before Gradio."""
    return f"<script>{CALM.read_text(encoding='utf-8')}</script>"


def later(run: str) -> str:
    """What the browser fetches of the first map, of this run, while Gradio is starting.

    Gradio writes it. Fetched before that, modules are there so early that a figure of a tab that is opened at once misses its first props.
    """
    modules = "".join(
        f'<link rel="modulepreload" href="vae/static/{path.relative_to(STATIC).as_posix()}">'
        for path in sorted(STATIC.rglob("*.js"))
        if path != CALM
    )
    data = "".join(
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="vae/{address}">'
        for address in ("page", f"map/{run}", f"decoder/{run}")
    )
    heard = "".join(
        f'<script type="module" src="vae/static/{name}.js"></script>'
        for name in ("page/copy_link", "page/address_bar", "page/decimal_comma")
    )
    return modules + data + heard


class Head:
    """ASGI middleware that puts lines first in the head of every page that `app` answers with."""

    def __init__(self, app: ASGIApp, lines: str) -> None:
        self.app, self.lines = app, lines.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []  # the beginning of a page, until it is known how long the page becomes

        async def put(message: Message) -> None:
            if message["type"] == "http.response.start" and MutableHeaders(scope=message).get(
                "content-type", ""
            ).startswith("text/html"):
                return held.append(message)
            if held:
                start, body = held.pop(), message.get("body", b"")
                message = {**message, "body": body.replace(HEAD, HEAD + self.lines, 1)}
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    headers["content-length"] = str(int(headers["content-length"]) + len(message["body"]) - len(body))
                await send(start)
            await send(message)

        await self.app(scope, receive, put)
