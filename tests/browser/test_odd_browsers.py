"""Browsers that lack something: WebGL, or a quick processor."""

from __future__ import annotations

from typing import Callable

from playwright.sync_api import Browser, Page

from .test_instrument import covered

WITHOUT_WEBGL = """
    const known = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind.startsWith('webgl') ? null : known.call(this, kind, ...more); };
    delete window.WebGLRenderingContext; delete window.WebGL2RenderingContext;
    const post = Worker.prototype.postMessage;
    window.asked = 0;
    Worker.prototype.postMessage = function (...message) { window.asked += 1; return post.apply(this, message); };"""
SLOW = 6  # times


def test_a_slow_page_asks_once_for_the_images_under_its_points(browser: Browser, new_page: Callable[..., Page]) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(WITHOUT_WEBGL)
    page = new_page(context=context)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
    page.get_by_label("Points", exact=True).first.select_option("none")
    page.get_by_label("Decoded images").first.select_option("even")
    page.wait_for_function("window.asked > 0", timeout=20_000)
    page.wait_for_timeout(3000)
    assert page.evaluate("window.asked") == 1 and covered(page) > 0.99
    context.close()
