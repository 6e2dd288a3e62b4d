"""Many pages that drag at once, and what they ask the server for meanwhile.

    python tests/benchmarks/pages.py [--pages 30] [--moves 60]

All pages are open in one browser. On each the handle is pressed, then all take their turns: one move a page, round after
round. `requests_while_dragging` counts what any of them asks for from the first move to a second after the last;
`moved` counts the pages whose decoded picture has followed.
"""

from __future__ import annotations

import argparse
import math

from playwright.sync_api import Browser, Page

from serving import app, chromium

SEEN = "() => { window.decoded = 0; document.querySelector('.vae-explore').addEventListener('decoded', () => { window.decoded += 1; }); }"


def opened(browser: Browser, address: str, count: int) -> list[Page]:
    """So many pages on the first screen, at rest."""
    context = browser.new_context(viewport={"width": 800, "height": 700})
    pages = [context.new_page() for _ in range(count)]
    for page in pages:
        page.goto(address)
        page.wait_for_function("document.querySelector('.vae-explore')?.textContent.includes('test image 0,')", timeout=120_000)
    pages[-1].wait_for_timeout(8000)  # what is fetched after the first screen has come
    return pages


def press(page: Page) -> tuple[float, float]:
    """Take hold of the handle; where it is."""
    page.evaluate(SEEN)
    page.locator(".vae-map-overlay").first.scroll_into_view_if_needed()
    box = page.locator(".vae-knob").first.bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*place)
    page.mouse.down()
    return place


def drag(pages: list[Page], moves: int) -> tuple[list[str], int]:
    """Drag on all of them at once: the addresses that were asked for, and how many pages have followed."""
    places, asked = [press(page) for page in pages], []
    pages[-1].wait_for_timeout(1000)
    for page in pages:
        page.on("request", lambda request: asked.append(request.url))
    for move in range(1, moves + 1):
        turn = 2 * math.pi * move / moves
        for page, (x, y) in zip(pages, places):
            page.mouse.move(x + 60 * math.sin(turn), y + 40 * math.sin(2 * turn))
    pages[-1].wait_for_timeout(1000)
    return asked, sum(page.evaluate("window.decoded") > 0 for page in pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--moves", type=int, default=60)
    wanted = parser.parse_args()
    with app() as (address, _), chromium() as browser:
        asked, moved = drag(opened(browser, address, wanted.pages), wanted.moves)
    for url in sorted(set(asked)):
        print(url)
    print(f"pages: {wanted.pages} moved: {moved} requests_while_dragging: {len(asked)}")


if __name__ == "__main__":
    main()
