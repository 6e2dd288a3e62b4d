"""Waiting for a page of a browser to be at rest.

A page at rest has no request, timer, frame or worker's answer to wait for, so what it shows is what it goes on showing.
A test that waits for that needs no fixed time, and a test that nothing has happened can rely on it: whatever could
happen has happened.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

COUNT_ACTIVITY = (Path(__file__).parent / "activity.js").read_text(encoding="utf-8")


def open_context(browser: Browser, **options: object) -> BrowserContext:
    """Open a visitor's browser context whose pages count their pending work."""
    context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
    context.add_init_script(COUNT_ACTIVITY)
    return context


def wait_until_idle(page: Page, seconds: float = 20, held: int = 0) -> None:
    """Wait until a page of `open_context` has nothing left to do but the `held` requests that the test itself holds
    back.

    Raises playwright's Error with what is left after `seconds`.
    """
    page.evaluate("([limit, held]) => window.pageActivity.idle(limit, held)", [1000 * seconds, held])


def wait_for_first_image(page: Page, seconds: float = 30) -> None:
    """Wait until the first screen names the first test image."""
    condition = "document.querySelector('.vae-explore')?.textContent.includes('test image 0,')"
    page.wait_for_function(condition, timeout=1000 * seconds)


def wait_until_loaded(page: Page) -> None:
    """Wait until the first screen shows the first test image and all that belongs to it."""
    wait_for_first_image(page)
    wait_until_idle(page)


def wait_for_frames(page: Page, frames: int = 2) -> None:
    """Wait until a page has drawn what it has been told so far: two frames, of which the second begins after the first
    is painted.
    """
    page.evaluate(
        """async (frames) => { for (let i = 0; i < frames; i++) await new Promise(requestAnimationFrame); }""", frames
    )


def let_time_pass(page: Page, seconds: float, reason: str) -> None:
    """Wait for a fixed time, for the rare test in which time itself is the point; `reason` says why no state can be
    waited for.
    """
    assert reason
    page.wait_for_timeout(1000 * seconds)
