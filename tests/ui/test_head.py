"""The lines in the head of a page."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vae_core.ui.head import STATIC, HeadMiddleware, inline_script, preload_links

PAGE = "<!doctype html><html><head><title>é</title></head><body>a <head> in a text</body></html>"


def page(request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def text(request: Request) -> PlainTextResponse:
    return PlainTextResponse(PAGE)


def parts(request: Request) -> StreamingResponse:
    return StreamingResponse(iter(["<p>", "no head", "</p>"]), media_type="text/html")


CLIENT = TestClient(
    Starlette(
        routes=[Route("/", page), Route("/text", text), Route("/parts", parts)],
        middleware=[Middleware(HeadMiddleware, lines="<meta>é")],
    )
)


def test_lines_come_first_in_a_pages_head_and_its_length_is_right() -> None:
    answer = CLIENT.get("/")
    assert answer.text == PAGE.replace("<head>", "<head><meta>é", 1)
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_head_request_and_responses_without_a_page_stay_unchanged() -> None:
    assert CLIENT.head("/").text == ""
    assert CLIENT.get("/text").text == PAGE
    assert CLIENT.get("/parts").text == "<p>no head</p>"


def test_the_lines_name_every_module_and_the_first_map() -> None:
    lines = preload_links("mnist-vae-2d")
    assert all(
        f'"vae/static/{path.relative_to(STATIC).as_posix()}"' in lines
        for path in STATIC.rglob("*.js")
        if path.name != "calm_gradio.js"
    )
    assert 'href="vae/map/mnist-vae-2d"' in lines
    assert "calm_gradio.js" not in lines
    assert inline_script().startswith("<script>//")
    assert inline_script().endswith("</script>")
