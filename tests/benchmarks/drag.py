"""From a pointer's move to the painted decoded image, in the real app.

    python tests/benchmarks/drag.py

Sixty moves a second along a curve over the first screen's map, 300 moves, three times. A move's latency is the time from
the event's own time stamp to the first task after the frame in which its picture was painted. A picture answers the newest
move before it; moves that a newer one overtook are not counted as pictures. Medians of the three runs.

Chromium hands a move to the page with the next frame, so that a move first waits 0 to 16.7 ms, by nothing but the chance of
when in a frame it came. That is the screen's and not the app's: each run first looks for the moment within a frame at which
moves wait least, and then keeps to it. The wait is part of `p95_ms`. Two figures tell it from the app's share: `own_p95_ms`
counts from the moment the page is handed the move, and `empty_page_p95_ms` is the whole latency of a page that does nothing
but paint a small square, in the same browser and the same run.
"""

from __future__ import annotations

import math
import time
from statistics import median

from playwright.sync_api import Page

from serving import app, chromium

MOVES, RATE, RUNS = 300, 60, 3
EMPTY = """<div id="explore-figure"><div class="vae-explore" style="width: 600px; height: 600px"><canvas class="vae-map-overlay" width="600" height="600"></canvas>
    <input class="vae-coordinate" value="0"><input class="vae-coordinate" value="0"></div></div><script>
    const figure = document.querySelector('.vae-explore'), ink = document.querySelector('canvas').getContext('2d');
    addEventListener('pointermove', () => requestAnimationFrame(() => {
        ink.fillRect(Math.random() * 500, Math.random() * 500, 9, 9);
        figure.dispatchEvent(new CustomEvent('decoded', { detail: { x: 0, y: 0 } }));
    }));</script>"""
WATCH = """() => {
    window.moves = []; window.waits = []; window.pictures = [];
    const figure = document.querySelector('.vae-explore'), after = new MessageChannel(), waiting = [];
    after.port1.onmessage = () => { for (const picture of waiting.splice(0)) window.pictures.push({ ...picture, painted: performance.now() }); };
    figure.querySelector('.vae-map-overlay').addEventListener('pointermove', (event) => {
        window.moves.push(event.timeStamp);
        window.waits.push(performance.now() - event.timeStamp);
    }, true);
    figure.addEventListener('decoded', (event) => {
        waiting.push({ move: window.moves.length - 1, x: event.detail.x, y: event.detail.y });
        after.port2.postMessage(0);
    });
}"""


def drag(page: Page, count: int, phase: float) -> None:
    """Hold the handle and move it along a curve, each move at the same moment of a sixtieth of a second."""
    box = page.locator("#explore-figure .vae-map-overlay").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*middle)
    page.wait_for_timeout(300)
    page.mouse.move(*middle)
    page.mouse.down()
    page.evaluate("() => { window.moves.length = window.waits.length = window.pictures.length = 0; }")
    started = (math.ceil(time.perf_counter() * RATE) + phase) / RATE
    for move in range(count):
        turn = 2 * math.pi * move / 100
        x, y = middle[0] + box["width"] * 0.35 * math.sin(turn), middle[1] + box["height"] * 0.3 * math.sin(2 * turn)
        pause = started + move / RATE - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        page.mouse.move(x, y)
    page.wait_for_timeout(300)
    page.mouse.up()


def best_phase(page: Page) -> float:
    """The share of a frame at which moves wait least for the next one."""
    waits = {}
    for phase in (eighth / 8 for eighth in range(8)):
        drag(page, 20, phase)
        waits[phase] = median(page.evaluate("() => window.waits"))
    return min(waits, key=waits.get)


def measure(page: Page) -> dict[str, float]:
    """The figures of one drag."""
    moves, pictures = page.evaluate("() => [window.moves, window.pictures]")
    known = [picture for picture in pictures if 0 <= picture["move"] < len(moves)]
    waits = page.evaluate("() => window.waits")
    own = sorted(picture["painted"] - moves[picture["move"]] - waits[picture["move"]] for picture in known)
    late = sorted(picture["painted"] - moves[picture["move"]] for picture in known)
    order = [picture["move"] for picture in known]
    shown = [float(field.input_value()) for field in page.locator(".vae-coordinate").all()]
    at_rest = all(abs(value - pictures[-1][axis]) < 0.006 for value, axis in zip(shown, "xy"))
    seconds = (moves[-1] - moves[0]) / 1000
    return {"own_p95_ms": own[int(0.95 * len(own))], "p50_ms": late[len(late) // 2], "p95_ms": late[int(0.95 * len(late))], "images_per_s": len(known) / seconds, "moves_per_s": len(moves) / seconds,
            "out_of_order": sum(later < earlier for earlier, later in zip(order, order[1:])) + (not at_rest)}


def several(page: Page) -> list[dict[str, float]]:
    """The figures of all runs on one page."""
    page.evaluate(WATCH)
    runs = []
    for _ in range(RUNS):
        drag(page, MOVES, best_phase(page))
        runs.append(measure(page))
        print(" ".join(f"{name}: {value:.2f}" for name, value in runs[-1].items()), flush=True)
    return runs


def main() -> None:
    with app() as (address, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_function("document.querySelector('.vae-coordinate')?.value")
        page.wait_for_timeout(8000)  # until the server has warmed up beside the browser
        runs = several(page)
        page.set_content(EMPTY)
        empty = several(page)
    print(" ".join(f"{name}: {median(run[name] for run in runs):.2f}" for name in ("p95_ms", "p50_ms", "own_p95_ms", "images_per_s"))
          + f" out_of_order: {sum(run['out_of_order'] for run in runs)} empty_page_p95_ms: {median(run['p95_ms'] for run in empty):.2f}")


if __name__ == "__main__":
    main()
