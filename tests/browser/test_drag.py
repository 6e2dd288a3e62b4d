"""Updates during a drag: the handle, and texts, which cost the page more."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.test_instrument import call
from tests.support.activity import wait_until_idle
from tests.support.canvases import MapHandle, handle_position

SELDOM = """(async () => {
    const busy = (lasts) => { for (const until = performance.now() + lasts; performance.now() < until; ); };
    const done = [], started = performance.now();
    let asked = 0;
    const ask = m.throttle(() => {
        done.push({ asked, at: performance.now() });
        requestAnimationFrame(() => busy(given));
    });
    while (performance.now() < started + 1500) {
        asked += 1;
        ask();
        await new Promise((next) => setTimeout(next, 5));
    }
    await new Promise((next) => setTimeout(next, 700));
    return { apart: done.slice(1).map(({ at }, i) => at - done[i].at), asked, last: done.at(-1).asked };
})()"""


@pytest.mark.parametrize(("frame", "least"), [(0, 99), (40, 499)])
def test_texts_follow_the_more_seldom_the_longer_their_frames_take(
    scripts: Page, server: str, frame: int, least: float
) -> None:
    """The first frame measures how long a frame takes. The latest call counts."""
    frames = call(scripts, server, "page/throttle", SELDOM, frame)
    assert len(frames["apart"]) > 1
    assert min(frames["apart"][1:]) >= least
    assert frames["apart"][0] >= 99
    assert frames["last"] == frames["asked"]


def test_the_handle_is_drawn_where_the_hand_has_dragged_it_and_stays_on_its_code(page: Page) -> None:
    """Panning moves the handle with the map and leaves no trace of it elsewhere."""
    map_ = MapHandle(page)
    x, y = handle_position(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y - 70, steps=12)
    wait_until_idle(page)
    assert handle_position(page) == pytest.approx((x + 120, y - 70), abs=1)
    page.mouse.up()
    code, shift = map_.coordinates(), (40, 25)
    page.mouse.move(x - 150, y + 100)
    page.mouse.down()
    page.mouse.move(x - 150 + shift[0], y + 100 + shift[1], steps=8)
    page.mouse.up()
    wait_until_idle(page)
    assert handle_position(page) == pytest.approx((x + 120 + shift[0], y - 70 + shift[1]), abs=1)
    assert map_.coordinates() == code
