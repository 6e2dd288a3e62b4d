"""From a pointer's move to the painted decoded image, in the real app.

    python tests/benchmarks/drag.py

The handle is dragged along a smooth curve over the first screen's map: 300 moves, sixty a second, three times. A picture's
latency is the time from the time stamp of the newest move that it shows to the first task after the frame in which it was
painted. Which move it shows is told from the place that was decoded, not from the order of events. What the screen itself
takes after the page's frame is not included.

Chromium hands a move to the page with the next frame, so that a move first waits 0 to 16.7 ms by nothing but the chance of
when in a frame it came. The moves are 1/300 closer together than frames, so that each run meets every moment of a frame
equally often. Two figures tell that wait from the app's share: `own_p95_ms` counts from the moment the page is handed the
move, and `empty_page_p95_ms` is the whole latency of a page that only paints a small square, in the same browser.

The last line has the medians of the three runs; `out_of_order` (pictures of an older move than one painted before),
`strays` (pictures of no move) and `unsettled` (runs after which the picture was not the handle's) are sums.
"""

from __future__ import annotations

import asyncio
import math
import time
from statistics import median
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from serving import app, browser_options

MOVES, RUNS = 300, 3
PERIOD = 1 / 60 / (1 + 1 / MOVES)
NEAR = 0.02  # CSS pixels: how well a decoded place tells its move
MEDIANS = ("p95_ms", "p50_ms", "own_p95_ms", "images_per_s")
SUMS = ("out_of_order", "strays", "unsettled")
FIRST = "document.addEventListener('decoded', () => { window.decodedOnce = true; }, true);"
EMPTY = """<div id="explore-figure"><div class="vae-explore" style="position: relative; width: 600px; height: 600px">
    <canvas class="vae-map-overlay" width="600" height="600"></canvas>
    <div class="vae-knob" style="position: absolute; left: 300px; top: 300px; pointer-events: none"></div></div></div><script>
    const figure = document.querySelector('.vae-explore'), ink = document.querySelector('canvas').getContext('2d');
    let newest = null;
    addEventListener('pointermove', (event) => {
        if (!newest) requestAnimationFrame(() => {
            ink.fillRect(Math.random() * 500, Math.random() * 500, 9, 9);
            figure.dispatchEvent(new CustomEvent('decoded', { detail: { x: newest.clientX, y: newest.clientY } }));
            newest = null;
        });
        newest = event;
    });</script>"""
WATCH = """() => {
    const log = window.log = { moves: [], pictures: [] }, after = new MessageChannel(), waiting = [];
    const figure = document.querySelector('#explore-figure .vae-explore');
    after.port1.onmessage = () => { for (const picture of waiting.splice(0)) log.pictures.push({ ...picture, painted: performance.now() }); };
    figure.querySelector('.vae-map-overlay').addEventListener('pointermove', (event) => {
        log.moves.push({ stamp: event.timeStamp, handed: performance.now(), x: event.clientX, y: event.clientY });
    }, true);
    figure.addEventListener('decoded', (event) => {
        waiting.push({ known: log.moves.length, x: event.detail.x, y: event.detail.y });
        after.port2.postMessage(0);
    });
}"""
SHOWN = "() => [...document.querySelectorAll('#explore-figure .vae-coordinate')].map((field) => field.value)"
Log = dict[str, list[dict[str, float]]]
Axis = tuple[float, float]  # a decoded place = first + second · pixels


class Pointer:
    """The mouse. A move does not wait for the page to have taken it: waiting would tie the moves to the page's frames."""

    def __init__(self, session: CDPSession) -> None:
        self.session = session

    async def send(self, kind: str, x: float, y: float) -> Any:
        buttons = {"button": "left", "buttons": 1, "clickCount": 1}
        return await self.session.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y} | buttons)

    async def follow(self, places: list[tuple[float, float]]) -> float:
        """Move along the places, one each PERIOD; the worst delay against that timetable in seconds."""
        sent, worst, started = [], 0.0, time.perf_counter()
        for step, place in enumerate(places):
            await asyncio.sleep(max(0.0, started + step * PERIOD - time.perf_counter()))
            worst = max(worst, time.perf_counter() - started - step * PERIOD)
            sent.append(asyncio.ensure_future(self.send("mouseMoved", *place)))
        await asyncio.gather(*sent)
        return worst


def curve(box: dict[str, float]) -> list[tuple[float, float]]:
    """The places of a drag, in pixels. No place comes twice, so that each tells its move."""
    middle, turns = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), [2 * math.pi * move / 100 for move in range(MOVES)]
    return [(middle[0] + box["width"] * 0.35 * math.sin(turn), middle[1] + box["height"] * 0.3 * math.sin(1.618 * turn)) for turn in turns]


async def drag(page: Page, pointer: Pointer) -> dict[str, float]:
    """Take the handle where it is, move it along the curve, let it rest, let it go; the figures of this run."""
    overlay, knob = [await page.locator(f"#explore-figure .vae-{name}").bounding_box() for name in ("map-overlay", "knob")]
    grip = (knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2)
    await pointer.send("mouseMoved", *grip)
    await pointer.send("mousePressed", *grip)
    axes = await scale(page, pointer, overlay)
    await page.evaluate("() => { log.moves.length = log.pictures.length = 0; }")
    worst = await pointer.follow(curve(overlay))
    await page.wait_for_timeout(500)
    log, shown = await page.evaluate("() => log"), await page.evaluate(SHOWN)
    await pointer.send("mouseReleased", *curve(overlay)[-1])
    last = log["pictures"][-1]
    settled = shown == [f"{last[axis]:.2f}" for axis in "xy"] and shown_move(log, last, axes) == len(log["moves"]) - 1
    return figures(log, axes) | {"unsettled": not settled, "late_by_ms": 1000 * worst}


async def scale(page: Page, pointer: Pointer, box: dict[str, float]) -> tuple[Axis, Axis]:
    """How pixels become decoded places while this drag lasts, from two places far apart."""
    found = []
    for share in (0.25, 0.75):
        await pointer.send("mouseMoved", box["x"] + share * box["width"], box["y"] + share * box["height"])
        await page.wait_for_timeout(300)
        found.append(await page.evaluate("() => [log.moves.at(-1), log.pictures.at(-1)]"))
    (move, picture), (far, there) = found
    steps = {axis: (there[axis] - picture[axis]) / (far[axis] - move[axis]) for axis in "xy"}
    return tuple((picture[axis] - steps[axis] * move[axis], steps[axis]) for axis in "xy")


def shown_move(log: Log, picture: dict[str, float], axes: tuple[Axis, Axis]) -> int | None:
    """The newest move whose place the picture shows, of those that came before it."""
    x, y = ((picture[axis] - start) / step for axis, (start, step) in zip("xy", axes))
    moves = log["moves"][:int(picture["known"])]
    return next((i for i in reversed(range(len(moves))) if math.hypot(moves[i]["x"] - x, moves[i]["y"] - y) < NEAR), None)


def figures(log: Log, axes: tuple[Axis, Axis]) -> dict[str, float]:
    """The figures of one drag from what the page has noted."""
    moves, known = log["moves"], [(shown_move(log, picture, axes), picture) for picture in log["pictures"]]
    order = [move for move, _ in known if move is not None]
    late = sorted(picture["painted"] - moves[move]["stamp"] for move, picture in known if move is not None)
    own = sorted(picture["painted"] - moves[move]["handed"] for move, picture in known if move is not None)
    first, last = moves[0]["stamp"], moves[-1]["stamp"]
    during = sum(picture["painted"] <= last for picture in log["pictures"])
    newest = [max(order[:i + 1]) for i in range(len(order))]
    return {"p95_ms": late[int(0.95 * len(late))], "p50_ms": late[len(late) // 2], "own_p95_ms": own[int(0.95 * len(own))],
            "images_per_s": 1000 * during / (last - first), "moves_per_s": 1000 * (len(moves) - 1) / (last - first),
            "out_of_order": sum(move < best for move, best in zip(order, newest)), "strays": len(known) - len(order)}


async def several(page: Page) -> list[dict[str, float]]:
    """The figures of all runs on one page."""
    await page.evaluate(WATCH)
    pointer, runs = Pointer(await page.context.new_cdp_session(page)), []
    for _ in range(RUNS):
        runs.append(await drag(page, pointer))
        print(" ".join(f"{name}: {value:.2f}" for name, value in runs[-1].items()), flush=True)
    return runs


async def measure(address: str) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """The runs of the app and of the empty page, in one browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**browser_options())
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.add_init_script(FIRST)
        await page.goto(address)
        await page.wait_for_function("window.decodedOnce")
        await page.wait_for_timeout(8000)  # until the server has warmed up beside the browser
        runs = await several(page)
        await page.goto("about:blank")
        await page.set_content(EMPTY)
        print("the empty page:")
        empty = await several(page)
        await browser.close()
    return runs, empty


def main() -> None:
    with app() as (address, _):
        runs, empty = asyncio.run(measure(address))
    print(" ".join([*(f"{name}: {median(run[name] for run in runs):.2f}" for name in MEDIANS),
                    *(f"{name}: {sum(run[name] for run in runs)}" for name in SUMS),
                    f"empty_page_p95_ms: {median(run['p95_ms'] for run in empty):.2f}"]))


if __name__ == "__main__":
    main()
