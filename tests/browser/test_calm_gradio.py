"""The script that runs before Gradio: it drops the frame callback of Gradio's counter of seconds and no other."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

COUNTER = """() => new Promise((done) => {
    const start = performance.now();
    let ran = false;
    const id = window.requestAnimationFrame(() => { ran = (performance.now() - start) / 1e3 >= 0; });
    setTimeout(() => done([id !== 0, ran]), 300);
})"""
REQUEST = """() => {
    const start = performance.now(), seen = window.counted = { frames: 0 };
    return window.requestAnimationFrame(() => { seen.frames += (performance.now() - start) / 1e3 < 0 ? 2 : 1; });
}"""


def test_a_callback_of_our_own_that_looks_like_gradios_counter_runs(page: Page) -> None:
    assert page.evaluate(COUNTER) == [True, True]


def test_gradios_own_counter_is_dropped_and_the_console_says_so_once(page: Page) -> None:
    """With this version of Gradio both marks match while the page loads."""
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    page.reload()
    page.wait_for_function("document.querySelector('.vae-explore')?.textContent.includes('test image 0,')")
    assert len([text for text in warnings if "counter of seconds" in text]) == 1


@pytest.mark.parametrize(
    ("script", "frames"), [("assets/statustracker-AbC_1-2.js", 0), ("vae/static/train/counter.js", 1)]
)
def test_only_a_callback_of_gradios_status_tracker_is_dropped(script: str, frames: int, page: Page) -> None:
    """The same source, requested by scripts of two addresses."""
    request = f"({REQUEST})\n//# sourceURL={page.url.split('?')[0]}{script}"
    for _ in range(2):
        assert (page.evaluate(request) == 0) == (frames == 0)
    page.evaluate("() => new Promise((done) => window.requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("window.counted.frames") == frames
