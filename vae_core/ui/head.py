"""The head of the page.

Gradio inserts the `head` of `launch` only after its own start. A script that must run earlier is sent with the page.
"""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
CALM_GRADIO = STATIC / "page" / "calm_gradio.js"
HEAD_TAG = b"<head>"
INDEPENDENT_MODULES = ("page/copy_link", "page/address_bar", "page/decimal_comma")  # run without a figure


def inline_script() -> str:
    """Return the script element that runs before Gradio."""
    return f"<script>{CALM_GRADIO.read_text(encoding='utf-8')}</script>"


def preload_links(run: str) -> str:
    """Return preload links for the page's modules and the data of run `run`, the first that a visitor sees.

    Gradio inserts them after its start. If the modules arrived earlier, a figure in a tab that opens at once would miss
    its first props.
    """
    modules = "".join(
        f'<link rel="modulepreload" href="vae/static/{path.relative_to(STATIC).as_posix()}">'
        for path in sorted(STATIC.rglob("*.js"))
        if path != CALM_GRADIO
    )
    data = "".join(
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="vae/{address}">'
        for address in ("page", f"map/{run}", f"decoder/{run}")
    )
    scripts = "".join(f'<script type="module" src="vae/static/{name}.js"></script>' for name in INDEPENDENT_MODULES)
    return modules + data + scripts


class HeadMiddleware:
    """ASGI middleware that inserts `lines` after the <head> tag of every HTML page of `app`."""

    def __init__(self, app: ASGIApp, lines: str) -> None:
        self.app, self.lines = app, lines.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as `app` does, with the lines in the head of a page."""
        delayed: list[Message] = []  # the start of a page's response, until its new length is known

        async def send_with_lines(message: Message) -> None:
            if _starts_page(message):
                delayed.append(message)
                return
            if delayed:
                start, body = delayed.pop(), message.get("body", b"")
                message = {**message, "body": body.replace(HEAD_TAG, HEAD_TAG + self.lines, 1)}
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    headers["content-length"] = str(int(headers["content-length"]) + len(message["body"]) - len(body))
                await send(start)
            await send(message)

        await self.app(scope, receive, send_with_lines)


def _starts_page(message: Message) -> bool:
    """Return whether an ASGI message starts the response of an HTML page."""
    if message["type"] != "http.response.start":
        return False
    return MutableHeaders(scope=message).get("content-type", "").startswith("text/html")
