"""Many pages that drag at once, and their requests to the server meanwhile.

    python tests/benchmarks/pages.py [--pages 30] [--moves 60]

Each page belongs to a visitor of its own, in one browser. The handle is pressed on each, then the pages take turns: one
move per page, round after round. `requests_while_dragging` counts all requests from the first move to a second after
the last; `followed` counts the pages whose decoded picture has followed the handle; `images` is the median number of
pictures that a page decoded; `server_cpu_s` is the processor time of the server meanwhile, in seconds.

A Gradio page draws sixty frames a second even at rest, for 9 % of a core, and thirty students have thirty computers.
Here the pages share the server's cores, so each is limited to five frames a second.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.processes import descendant_running, processor_seconds
from tests.support.serving import HANDLE, app, chromium

FEW_FRAMES = """(() => {
    const soon = requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (act) => setTimeout(() => soon(act), 200);
})()"""
COUNT = """() => {
    window.decoded = 0;
    document.querySelector('.vae-explore').addEventListener('decoded', () => { window.decoded += 1; });
}"""


def opened(browser: Browser, address: str, count: int) -> list[Page]:
    """Open the first screen for a number of visitors and wait until everything is loaded."""
    pages = []
    for _ in range(count):
        pages.append(browser.new_context(viewport={"width": 800, "height": 700}).new_page())
        pages[-1].add_init_script(FEW_FRAMES)
        pages[-1].goto(address, timeout=120_000)
        pages[-1].wait_for_function(
            "document.querySelector('.vae-explore')?.textContent.includes('test image 0,')", timeout=120_000
        )
    pages[-1].wait_for_timeout(8000)
    return pages


def press(page: Page) -> tuple[float, float]:
    """Press the handle and return its position."""
    page.evaluate(COUNT)
    page.locator(".vae-map-overlay").first.scroll_into_view_if_needed()
    x, y = page.evaluate(HANDLE)
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def drag(pages: list[Page], moves: int) -> tuple[list[str], list[int]]:
    """Drag on all pages at once; return the requested addresses and the number of pictures that each page decoded."""
    places, requests = [press(page) for page in pages], []
    pages[-1].wait_for_timeout(2000)
    for page in pages:
        page.on("request", lambda request: requests.append(request.url))
    for move in range(1, moves + 1):
        turn = 2 * math.pi * move / moves
        for page, (x, y) in zip(pages, places, strict=True):
            page.mouse.move(x + 60 * math.sin(turn), y + 40 * math.sin(2 * turn))
    pages[-1].wait_for_timeout(1000)
    return requests, [page.evaluate("window.decoded") for page in pages]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--moves", type=int, default=60)
    arguments = parser.parse_args()
    with app() as (address, _), chromium() as browser:
        server = descendant_running("app.py")
        pages = opened(browser, address, arguments.pages)
        before = processor_seconds(server)
        requests, decoded = drag(pages, arguments.moves)
        used = processor_seconds(server) - before
    for url in sorted(set(requests)):
        print(url)
    print(
        f"pages: {arguments.pages} followed: {sum(count > 0 for count in decoded)} images: {median(decoded):.0f} "
        f"requests_while_dragging: {len(requests)} server_cpu_s: {used:.2f}"
    )


if __name__ == "__main__":
    main()
