"""The latency from a pointer move to the painted decoded image, in the real app.

    python tests/benchmarks/drag.py [--tfjs tf.min.js]

Sixty moves a second along a curve over the first screen's map, 300 moves, three runs; figures are medians of the runs.
Each kind of decoder is measured (`mlp_28` is the shipped mnist-vae-2d, the others are untrained), also with the
browser's processor slowed four times (`_slow`). Two common alternatives are measured too: a Gradio event per move with
queue=False, decoded by torch on the server (`gradio`), and TensorFlow.js on WebGL (`tfjs`, if its file is given). A
move's latency is the time from the event's own time stamp to the first task after the frame that painted its picture.
The decoded coordinates identify a picture's move, so an older picture after a newer one counts as `out_of_order`, and
so does a last picture that is not the last move's. A move that a newer one overtook has no picture.

Chromium passes a move to the page with the next frame, up to 16.7 ms later. This delay depends on the phase of the
frame at which moves arrive, and at sixty a second all moves of a run share one phase. The script sets it: `p50_ms` and
`p95_ms` are of moves made LEAD before a frame. `any_p50_ms` and `any_p95_ms` are of a fourth run with moves at all
phases, like a hand's; on any page they are greater by up to a frame. `own_p50_ms` and `own_p95_ms` count from the
moment at which the page receives the move. `empty` is a page that only paints a small square, in the same browser and
the same run. The script sends moves without waiting for the browser's reply to the last one: a script that waits sends
each move right after a frame, where the delay is longest.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, CDPSession, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.baselines import gradio_events, tfjs_page
from tests.support.serving import FLAGS, HANDLE, app, chromium_path
from vae_core.config import ModelConfig
from vae_core.export.browser import export_decoder
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import SHIPPED, load
from vae_core.training.variants import build

MOVES, RATE, RUNS = 300, 60, 3
SLOW = 4  # times
LEAD = {1: 0.003, SLOW: 0.005}  # seconds; a browser that is slowed begins its frames later than it says
FIGURES = ("p95_ms", "p50_ms", "own_p95_ms", "own_p50_ms", "images_per_s", "out_of_order")
FRAME = """() => new Promise((done) => {
    const look = (at) => (at > since ? done(performance.timeOrigin + at) : requestAnimationFrame(look)),
        since = performance.now() + 100;
    look(0);
})"""
EMPTY = """<style>* { margin: 0 }</style>
<div class="vae-explore"><canvas class="vae-map-overlay" width="600" height="600"></canvas></div><script>
    const figure = document.querySelector('.vae-explore'), ink = document.querySelector('canvas').getContext('2d');
    let place = null;
    addEventListener('pointermove', (event) => {
        if (!place) requestAnimationFrame(() => {
            ink.fillRect(place.x - 4, place.y - 4, 9, 9);
            figure.dispatchEvent(new CustomEvent('decoded', { detail: place }));
            place = null;
        });
        place = { x: event.clientX, y: event.clientY };
    });</script>"""
WATCH = """() => {
    if (window.moves) return;
    window.moves = []; window.pictures = [];
    const figure = document.querySelector('.vae-explore'), after = new MessageChannel(), waiting = [];
    after.port1.onmessage = () => {
        for (const picture of waiting.splice(0)) window.pictures.push({ ...picture, painted: performance.now() });
    };
    figure.querySelector('.vae-map-overlay').addEventListener('pointermove', (event) => {
        window.moves.push({ x: event.clientX, y: event.clientY, made: event.timeStamp, handed: performance.now() });
    }, true);
    figure.addEventListener('decoded', (event) => {
        waiting.push({ x: event.detail.x, y: event.detail.y });
        after.port2.postMessage(0);
    });
}"""


async def move_to(session: CDPSession, x: float, y: float) -> None:
    """Move the pressed mouse. Playwright's own move runs two scripts in the page while a button is down."""
    await session.send(
        "Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
    )


async def rest(page: Page, session: CDPSession, x: float, y: float) -> dict:
    """Move the handle, wait, and return the picture that is then shown."""
    await move_to(session, x, y)
    await page.wait_for_timeout(1000)
    return await page.evaluate("() => window.pictures.at(-1)")


async def before_a_frame(page: Page, lead: float) -> float:
    """Return a time of `time.perf_counter`, `lead` seconds before one of the next frames of the page."""
    begun = await page.evaluate(FRAME) / 1000 - time.time() + time.perf_counter()
    frames = math.ceil((time.perf_counter() + 0.1 - begun) * RATE)
    return begun + frames / RATE - lead


async def drag(page: Page, session: CDPSession, lead: float, period: float = 1 / RATE) -> tuple[list[dict], list[dict]]:
    """Drag the handle along a curve that visits no point twice.

    Return the moves, and the pictures with the index of their move.
    """
    box = await page.locator(".vae-map-overlay").first.bounding_box()
    await page.mouse.move(
        *await page.evaluate(HANDLE) or (box["x"] + 4, box["y"] + 4)
    )  # the other pages have none: they follow any pointer
    await page.mouse.down()
    corners = [(box["x"] + box["width"] * share, box["y"] + box["height"] * share) for share in (0.2, 0.8)]
    rests = [await rest(page, session, *corner) for corner in corners]
    await page.evaluate("() => { window.moves.length = window.pictures.length = 0; }")
    started, made = await before_a_frame(page, lead), []
    for move in range(MOVES):
        turn = 2 * math.pi * move / 97
        await asyncio.sleep(max(0, started + move * period - time.perf_counter()))
        x, y = (
            box["x"] + box["width"] * (0.5 + 0.35 * math.sin(turn)),
            box["y"] + box["height"] * (0.5 + 0.3 * math.sin(2.03 * turn)),
        )
        made.append(asyncio.create_task(move_to(session, x, y)))
    await asyncio.gather(*made)
    await page.wait_for_timeout(1000)
    await page.mouse.up()
    moves, pictures = await page.evaluate("() => [window.moves, window.pictures]")

    def on_screen(picture: dict, axis: str, side: int) -> float:
        """Return the position on the screen."""
        slope = (corners[1][side] - corners[0][side]) / (rests[1][axis] - rests[0][axis])
        return corners[0][side] + slope * (picture[axis] - rests[0][axis])

    before = 0
    for picture in pictures:
        x, y = on_screen(picture, "x", 0), on_screen(picture, "y", 1)
        far = [math.hypot(move["x"] - x, move["y"] - y) for move in moves]
        nearest = min(range(len(moves)), key=far.__getitem__)
        same = [i for i in range(len(moves)) if far[i] < 0.5 and i >= before] or [
            nearest
        ]  # two moves to one place: no eye tells their pictures apart
        before = picture["move"] = min(same, key=lambda i: (round(far[i], 1), i))
        picture["missed_by"] = far[before]
    return moves, pictures


def figures(moves: list[dict], pictures: list[dict]) -> dict[str, float]:
    """Return the figures of one drag."""
    if any(picture["missed_by"] > 0.5 for picture in pictures):
        raise RuntimeError("a picture was decoded at a place where no move led")
    late = sorted(picture["painted"] - moves[picture["move"]]["made"] for picture in pictures)
    own = sorted(picture["painted"] - moves[picture["move"]]["handed"] for picture in pictures)
    order = [picture["move"] for picture in pictures]
    seconds = (moves[-1]["made"] - moves[0]["made"]) / 1000
    shown, last = moves[order[-1]], moves[-1]
    not_the_last = math.hypot(shown["x"] - last["x"], shown["y"] - last["y"]) > 0.5
    return {
        "p95_ms": late[int(0.95 * len(late))],
        "p50_ms": late[len(late) // 2],
        "own_p95_ms": own[int(0.95 * len(own))],
        "own_p50_ms": own[len(own) // 2],
        "images_per_s": (len(pictures) - 1) / seconds,
        "moves_per_s": (len(moves) - 1) / seconds,
        "out_of_order": sum(later < earlier for earlier, later in pairwise(order)) + not_the_last,
    }


def decoders() -> dict[str, Autoencoder]:
    """Return a decoder of each kind."""
    conv = {"network": "conv", "activation": "silu"}
    return {
        "mlp_28": load(SHIPPED / "mnist-vae-2d").model,
        "conv_28": build(ModelConfig(hidden=(32, 64), **conv), (1, 28, 28)).eval(),
        "mlp_64": build(ModelConfig(hidden=(512, 256, 128), activation="relu"), (3, 64, 64)).eval(),
        "conv_64": build(ModelConfig(hidden=(32, 64, 128), **conv), (3, 64, 64)).eval(),
    }


async def several(page: Page, name: str, slow: int = 1) -> dict[str, float]:
    """Return the medians of all runs on one page, and the total of pictures out of order."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    await page.evaluate(WATCH)
    runs = [figures(*await drag(page, session, LEAD[slow])) for _ in range(RUNS)]
    sweep = figures(*await drag(page, session, LEAD[slow], (1 + 1 / MOVES) / RATE))
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    results = {key: median(run[key] for run in runs) for key in FIGURES} | {
        f"any_{key}": sweep[key] for key in ("p95_ms", "p50_ms")
    }
    results["out_of_order"] = sum(run["out_of_order"] for run in [*runs, sweep])
    print(f"{name}: " + " ".join(f"{key}: {value:.2f}" for key, value in results.items()), flush=True)
    return results


async def alone(
    browser: Browser, name: str, open_page: Callable[[Page], Awaitable[None]], slows: tuple[int, ...] = (1,)
) -> dict[str, dict[str, float]]:
    """Measure a page that `open_page` opens, at each slowdown in turn."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await open_page(page)
    results = {
        label: await several(page, label, slow) for slow in slows for label in [name if slow == 1 else f"{name}_slow"]
    }
    await page.close()
    return results


async def in_app(browser: Browser, address: str, name: str, decoder: Autoencoder) -> dict[str, dict[str, float]]:
    """Measure the first screen with this decoder instead of its own, at full speed and slowed."""

    async def open_app(page: Page) -> None:
        """Open the app with the decoder."""
        await page.route("**/vae/decoder/*", lambda route: route.fulfill(body=export_decoder(decoder)))
        await page.goto(address)
        await page.wait_for_function("document.querySelector('.vae-coordinate')?.value")
        await page.wait_for_timeout(8000)  # until the server has warmed up beside the browser

    return await alone(browser, name, open_app, (1, SLOW))


async def measure(browser: Browser, models: dict[str, Autoencoder], tfjs: Path | None) -> dict[str, dict[str, float]]:
    """Return the figures of every page."""

    async def open_gradio(page: Page) -> None:
        """Open the page of Gradio events."""
        await page.goto(address)
        await page.wait_for_selector(".vae-map-overlay")
        await page.wait_for_timeout(3000)

    results = {}
    with app() as (address, _):
        for name, decoder in models.items():
            results |= await in_app(browser, address, name, decoder)
    results |= await alone(browser, "empty", lambda page: page.set_content(EMPTY), (1, SLOW))
    with gradio_events(models["mlp_28"]) as address:
        results |= await alone(browser, "gradio", open_gradio)
    if tfjs:
        results |= await alone(browser, "tfjs", lambda page: tfjs_page(page, tfjs, models["mlp_28"]))
    return results


async def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--tfjs", type=Path, help="TensorFlow.js as one file, tf.min.js of the npm package @tensorflow/tfjs"
    )
    arguments = parser.parse_args()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        results = await measure(browser, decoders(), arguments.tfjs)
        await browser.close()
    ratios = {
        f"{name}_over_ours_{part}": results[name][f"{part}_ms"] / results["mlp_28"][f"{part}_ms"]
        for name in ("gradio", "tfjs")
        if name in results
        for part in ("p50", "any_p50", "own_p50")
    }
    print(
        " ".join(f"{name}_{key}: {value:.2f}" for name, one in results.items() for key, value in one.items())
        + " "
        + " ".join(f"{name}: {value:.2f}" for name, value in ratios.items())
    )


if __name__ == "__main__":
    asyncio.run(main())
