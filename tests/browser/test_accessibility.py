"""No serious violation that axe finds, on any tab, in light on a screen and in dark on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.support.activity import open_context, wait_until_idle


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 900), ("dark", 390, 844)])
def test_axe_finds_nothing_serious(browser: Browser, server: str, theme: str, width: int, height: int) -> None:
    page = open_context(browser, viewport={"width": width, "height": height}).new_page()
    page.goto(f"{server}?__theme={theme}")
    expect(page.locator(".vae-density")).to_be_visible()
    for tab in ("Explore", "Train", "Interpolate", "Compare"):
        page.get_by_role("tab", name=tab).click()
        wait_until_idle(page)
        violations = Axe().run(page).response["violations"]
        serious = [
            f"{violation['id']}: {node['html'][:160]}"
            for violation in violations
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
        assert serious == [], tab
    page.context.close()
