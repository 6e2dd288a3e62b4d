"""The head of the page as the server sends it. What `launch` is given for it, Gradio writes there itself when it has started: too late for most of it."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
HEAD = b"<head>"


def lines(run: str) -> str:
    """What runs before Gradio, and what the browser fetches of the first map, of this run, while Gradio is still starting."""
    calm, *modules = sorted(STATIC.glob("*.js"), key=lambda path: path.name != "calm.js")
    data = "".join(f'<link rel="preload" as="fetch" crossorigin="anonymous" href="vae/{address}">' for address in ("page", f"map/{run}", f"decoder/{run}"))
    preloads = "".join(f'<link rel="modulepreload" href="vae/static/{path.name}">' for path in modules)
    return f'<script>{calm.read_text(encoding="utf-8")}</script>{data}{preloads}<script type="module" async src="vae/static/copy.js"></script>'


class Head:
    """ASGI middleware that puts lines first in the head of every page that `app` answers with."""

    def __init__(self, app: ASGIApp, lines: str) -> None:
        self.app, self.lines = app, lines.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []  # the beginning of a page, until it is known how long the page becomes

        async def put(message: Message) -> None:
            if message["type"] == "http.response.start" and MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
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
