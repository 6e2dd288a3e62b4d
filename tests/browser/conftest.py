"""A real server and a real browser.

A console error or a request that leaves the machine fails the test that caused it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.activity import open_context, wait_for_first_image, wait_until_loaded
from tests.support.serving import FLAGS, app, chromium_path

HARMLESS = (
    "ResizeObserver loop",
    "AbortError",
    "Connection errored out",
)  # the last two: a reload ends the stream that Gradio holds open


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The app as a user starts it; a failing test shows its output."""
    with app(output=None) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = chromium_path()
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=FLAGS)


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens pages, each in its own context unless one is given, and checks for errors."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(
        path: str = "?__theme=light", context: BrowserContext | None = None, training: bool = False, **options: object
    ) -> Page:
        if context is None:
            context = open_context(browser, **options)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((server, "data:", "blob:")) else wrong.append(f"outside: {request.url}")
            ),
        )
        page.goto(server + path)
        if training:  # the page of a visitor whose training runs is never at rest
            wait_for_first_image(page)
        else:
            wait_until_loaded(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in wrong if not any(harmless in text for harmless in HARMLESS)] == []


@pytest.fixture(scope="session")
def machine(browser: Browser, server: str) -> BrowserContext:
    """A school's computer: one visitor after the other sits down at it, and finds the page's files in its cache.

    An almost empty tab stays open. It keeps the browser's process alive, with which a page opens in two thirds of the
    time.
    """
    context = open_context(browser)
    context.new_page().goto(server + "vae/page")
    return context


@pytest.fixture
def page(new_page: Callable[..., Page], machine: BrowserContext) -> Iterator[Page]:
    """A visitor on the first screen; the browser forgets the visitor afterwards."""
    yield new_page(context=machine)
    stays, *others = machine.pages
    for one in others:
        one.close()
    stays.evaluate("localStorage.clear(), sessionStorage.clear()")
    machine.clear_permissions()


@pytest.fixture(scope="session")
def scripts(browser: Browser, server: str) -> Page:
    """A page of the server with nothing on it, from which a test imports the page's modules: it opens at once."""
    page = browser.new_page()
    page.goto(server + "vae/page")
    return page
