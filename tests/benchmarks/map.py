"""The map: panning and zooming of ten thousand points, decoded images below them, UMAP, and the page's memory.

    python tests/benchmarks/map.py [--minutes 10]

`frames_per_s`: frames during ten seconds of alternate panning and zooming, one move per frame, in a headless browser
without a graphics card. `manifold_ms`: from the request for a sheet of 20 × 20 decoded images to its pixels, the median
of ten, with the decoder of mnist-vae-2d; `manifold_plain_ms`: the same images decoded one by one by the matrix product
in plain JavaScript, in the same page. `umap_first_s`: from the button to the points of 10,000 codes of 16 dimensions on
the map, library import included. `memory_growth`: the JavaScript heap after garbage collection, after so many minutes
of dragging and switching between ten models, over its size after the first round through all ten.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import CDPSession, Page

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.serving import HANDLE, app, chromium

MODELS = (
    "mnist-vae-2d",
    "mnist-ae-2d",
    "mnist-vae-16d",
    "mnist-cvae-2d",
    "mnist-vade-10d",
    "mnist-hierarchical-8d",
    "mnist-sparse-64d",
    "mnist-pca-2d",
    "mnist-beta4-2d",
    "fashion-vae-2d",
)
FRAMES = """async () => {
    const { LatentMap } = await import(new URL('vae/static/map/latent_map.js', document.baseURI));
    const { loadMap } = await import(new URL('vae/static/page/api.js', document.baseURI));
    const host = document.createElement('div');
    host.style.cssText = 'position: fixed; left: 0; top: 0; width: 680px; z-index: 99';
    document.querySelector('.vae-explore').append(host);
    const map = new LatentMap(host);
    map.setData(await loadMap('mnist-vae-2d'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    let frames = 0;
    const started = performance.now();
    while (performance.now() - started < 10000) {
        if (frames % 120 < 60) map.viewport.pan(frames % 20 < 10 ? 3 : -3, 2 * Math.sin(frames));
        else map.viewport.zoom(frames % 20 < 10 ? 1.03 : 1 / 1.03, 340, 340);
        await new Promise(requestAnimationFrame);
        frames += 1;
    }
    host.remove();
    return frames / ((performance.now() - started) / 1000);
}"""
MANIFOLD = """async () => {
    const at = (name) => import(new URL(`vae/static/${name}.js`, document.baseURI));
    const [{ decodeSheet }, { loadDecoder }, { Decoder }, { Arena }] = await Promise.all(
        ['map/sheet_decoder', 'page/api', 'decoder/decoder', 'decoder/matmul'].map(at));
    const codes = Float32Array.from({ length: 800 }, (_, i) => 4 * Math.sin(i)), times = [];
    for (let turn = 0; turn < 11; turn++) {
        const started = performance.now();
        await decodeSheet('mnist-vae-2d', codes, 0, 20);
        times.push(performance.now() - started);
    }
    class Plain extends Arena { open() { super.open(null); } }
    const plain = new Decoder((await loadDecoder('mnist-vae-2d')).buffer, new Plain());
    plain.decodeAll(codes);
    const started = performance.now();
    plain.decodeAll(codes);
    return [times.slice(1).sort((a, b) => a - b)[5], performance.now() - started];
}"""


def choose(page: Page, model: str) -> None:
    """Choose another model in the first tab and wait for its map."""
    page.get_by_label("Model", exact=True).first.click()
    page.get_by_role("option", name=model, exact=False).first.click()
    page.wait_for_timeout(1500)


def drag(page: Page, seconds: float) -> None:
    """Drag the handle."""
    box, ends = page.locator(".vae-map-overlay").first.bounding_box(), time.perf_counter() + seconds
    page.mouse.move(*page.evaluate(HANDLE))
    page.mouse.down()
    while time.perf_counter() < ends:
        for share in (0.3, 0.7):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + (1 - share) * box["height"], steps=20)
    page.mouse.up()


def heap(session: CDPSession) -> float:
    """Return the megabytes of the JavaScript heap and of typed arrays, after two collections."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def umap(page: Page) -> float:
    """Return the seconds to the first UMAP."""
    choose(page, "mnist-vae-16d")
    page.get_by_label("Map of").select_option("umap")
    button = page.get_by_role("button", name="Compute UMAP")
    button.wait_for()
    started = time.perf_counter()
    button.click()
    page.wait_for_function("document.querySelector('.vae-coordinate')?.ariaLabel?.includes('UMAP')", timeout=300_000)
    return time.perf_counter() - started


def growth(page: Page, minutes: float) -> tuple[float, float]:
    """Return the megabytes after the first round through all models, and at the end."""
    session, ends, first = page.context.new_cdp_session(page), time.perf_counter() + 60 * minutes, 0.0
    while time.perf_counter() < ends or not first:
        for model in MODELS:
            choose(page, model)
            drag(page, 2)
        first = first or heap(session)
    return first, heap(session)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    arguments = parser.parse_args()
    with app() as (address, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_function("document.querySelector('.vae-coordinate')?.value")
        page.wait_for_timeout(8000)  # until the server has warmed up beside the browser
        figures = {"frames_per_s": median(page.evaluate(FRAMES) for _ in range(3))}
        figures["manifold_ms"], figures["manifold_plain_ms"] = page.evaluate(MANIFOLD)
        print(figures, flush=True)
        figures["umap_first_s"] = umap(page)
        print(figures, flush=True)
        first, last = growth(page, arguments.minutes)
        figures |= {"memory_first_mb": first, "memory_last_mb": last, "memory_growth": last / first - 1}
    print(" ".join(f"{name}: {value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
