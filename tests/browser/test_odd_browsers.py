"""Browsers that lack something or are set otherwise: no WebGL, a page at twice its size, two tabs on one model, a slow
processor.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_instrument import covered
from tests.support.activity import let_time_pass, open_context, wait_for_frames, wait_until_idle
from tests.support.canvases import handle_coordinates, handle_position

WITHOUT_WEBGL = """
    const native = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith('webgl') ? null : native.call(this, kind, ...more);
    };
    delete window.WebGLRenderingContext; delete window.WebGL2RenderingContext;
    const post = Worker.prototype.postMessage;
    window.asked = 0;
    Worker.prototype.postMessage = function (...message) { window.asked += 1; return post.apply(this, message); };"""
SLOW = 6  # times


def test_the_map_works_at_twice_the_size_without_webgl_and_in_two_tabs(
    browser: Browser, new_page: Callable[..., Page]
) -> None:
    """A browser at 200 % has half as many pixels to lay out, each of them two wide."""
    context = open_context(browser, viewport={"width": 720, "height": 450}, device_scale_factor=2)
    context.add_init_script(WITHOUT_WEBGL)
    page, other = new_page(context=context), new_page(context=context)
    assert page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    page.locator("#explore-figure .vae-map-overlay").scroll_into_view_if_needed()
    before = handle_coordinates(page)
    x, y = handle_position(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=8)
    page.mouse.up()
    moved = handle_coordinates(page)
    assert moved[0] > before[0]
    assert moved[1] > before[1]
    for wrong in ("NaN", "Infinity"):
        field = page.locator("#explore-figure .vae-coordinate").first
        field.fill(wrong)
        field.press("Enter")
        expect(page.locator("#explore-figure .vae-message")).to_contain_text(wrong)
    field.fill(str(moved[0]))
    field.press("Enter")
    assert handle_coordinates(page) == moved
    other.locator("#explore-number input").fill("61")
    other.locator("#explore-number input").press("Enter")
    expect(other.locator("#explore-figure")).to_contain_text("test image 61, 8")
    expect(page.locator("#explore-figure")).to_contain_text("test image 0, 7")
    context.close()


def test_a_slow_page_asks_once_for_the_images_under_its_points(browser: Browser, new_page: Callable[..., Page]) -> None:
    context = open_context(browser)
    context.add_init_script(WITHOUT_WEBGL)
    page = new_page(context=context)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    page.get_by_label("Points", exact=True).first.select_option("none")
    page.get_by_label("Decoded images").first.select_option("even")
    page.wait_for_function("window.asked > 0", timeout=20_000)
    wait_until_idle(page, seconds=60)
    assert page.evaluate("window.asked") == 1
    assert covered(page) > 0.99
    context.close()


def test_a_page_at_rest_asks_for_no_frames(browser: Browser, new_page: Callable[..., Page]) -> None:
    context = open_context(browser)
    context.add_init_script("""const ask = window.requestAnimationFrame;
        window.framesAsked = 0;
        window.requestAnimationFrame = (callback) => {
            window.framesAsked += 1;
            return ask.call(window, callback);
        };""")
    page = new_page(context=context)
    counts = [0]
    while len(counts) < 20 and (counts[-1] == 0 or counts[-1] != counts[-2]):
        let_time_pass(page, 1, "the test counts the frames of a second")
        counts.append(page.evaluate("window.framesAsked"))
    assert counts[-1] == counts[-2]
    context.close()


def test_another_button_and_the_browsers_own_keys_leave_the_map_alone(page: Page) -> None:
    before, (x, y) = handle_coordinates(page), handle_position(page)
    page.mouse.click(x + 60, y + 40, button="right")
    wait_until_idle(page)
    assert handle_coordinates(page) == before
    taken = page.evaluate("""() => ['-', '0', 'ArrowLeft'].map((key) =>
        !document.querySelector('#explore-figure .vae-map-overlay').dispatchEvent(
        new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, cancelable: true })))""")
    assert taken == [False] * 3
    assert handle_coordinates(page) == before


def test_two_fingers_that_are_put_down_and_lifted_choose_nothing(new_page: Callable[..., Page]) -> None:
    page = new_page(has_touch=True, viewport={"width": 390, "height": 844})
    session, before, (x, y) = page.context.new_cdp_session(page), handle_coordinates(page), handle_position(page)
    fingers = [{"x": x + 50, "y": y + 40, "id": 0}, {"x": x - 60, "y": y - 50, "id": 1}]
    for kind, down in (
        ("touchStart", fingers[:1]),
        ("touchStart", fingers),
        ("touchEnd", fingers[:1]),
        ("touchMove", fingers[:1]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": down})
        wait_for_frames(page)
    wait_until_idle(page)
    assert handle_coordinates(page) == before


@pytest.mark.parametrize(
    "worker",
    [
        "undefined",
        "class { constructor() { throw new Error('none'); } }",
        "class extends EventTarget "
        "{ constructor() { super(); setTimeout(() => this.dispatchEvent(new Event('error'))); } }",
    ],
)
def test_the_decoded_grid_is_made_in_the_page_where_there_is_no_worker(
    browser: Browser, new_page: Callable[..., Page], worker: str
) -> None:
    context = open_context(browser)
    context.add_init_script(f"window.Worker = {worker}")
    page = new_page(context=context)
    page.evaluate(
        "document.querySelector('#explore-figure')"
        ".addEventListener('decodedgrid', ({ detail }) => { window.made = detail.count; }, true)"
    )
    page.locator("#explore-figure").get_by_label("Decoded images").select_option(index=1)
    page.wait_for_function("window.made > 50")
    context.close()
