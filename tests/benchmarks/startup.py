"""The time until a visitor sees the map.

    python tests/benchmarks/startup.py

`overhead_s`: from `python app.py` to its first response, minus the import time of torch and gradio alone; medians of
three runs each, in turn. `first_map_s`: from opening the page to the first decoded image, with the map drawn, in a new
visitor's browser, median of five. `kilobytes`: the size of the app's own files for such a visit, without Gradio's.
`rest_percent`: the share of a core that the browser uses while a page rests, over thirty seconds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.serving import app, chromium

IMPORTS = [sys.executable, "-c", "import torch, gradio"]
# The first frame in which an image has been decoded and the map's canvas has points: pixels with a color of their own.
WATCH = """document.addEventListener('decoded', function look() {
    requestAnimationFrame(() => setTimeout(() => {
        const canvas = document.querySelector('.vae-map-points');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let colored = 0;
        for (let i = 0; i < data.length; i += 4) {
            const color = data.subarray(i, i + 3);
            colored += Math.max(...color) - Math.min(...color) > 60;
        }
        if (colored > 1000) window.firstMap ??= performance.now();
        else look();
    }));
}, { capture: true, once: true });"""


def seconds_of_imports() -> float:
    """Return the seconds of importing torch and gradio."""
    started = time.perf_counter()
    subprocess.run(IMPORTS, check=True)
    return time.perf_counter() - started


def seconds_of_app() -> float:
    """Return the seconds to the app's first response."""
    with app() as (_, seconds):
        return seconds


def open_page(browser: Browser, address: str) -> tuple[float, float]:
    """Return the seconds to the first decoded image, and the bytes of the app's own files."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    session, own, sizes = context.new_cdp_session(page), set(), []
    session.send("Network.enable")
    session.on(
        "Network.responseReceived",
        lambda event: own.add(event["requestId"]) if "/vae/" in event["response"]["url"] else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.append(event["encodedDataLength"]) if event["requestId"] in own else None,
    )
    page.goto(address)
    page.wait_for_function("window.firstMap")
    page.wait_for_timeout(1000)
    seconds = page.evaluate("window.firstMap") / 1000
    context.close()
    return seconds, sum(sizes)


def seconds_of_processor(browser: Browser) -> float:
    """Return the processor time of all the browser's processes so far, in seconds."""
    return sum(
        process["cpuTime"]
        for process in browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    )


def rest(browser: Browser, address: str) -> float:
    """Return the share of a core that a page uses while nobody touches it, in percent."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.wait_for_timeout(10_000)
    before = seconds_of_processor(browser)
    page.wait_for_timeout(30_000)
    return (seconds_of_processor(browser) - before) / 30 * 100


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    imports, starts = [], []
    for _ in range(3):
        imports.append(seconds_of_imports())
        starts.append(seconds_of_app())
        print(f"imports: {imports[-1]:.2f} s, app: {starts[-1]:.2f} s", flush=True)
    with app() as (address, _), chromium() as browser:
        time.sleep(10)
        pages = [open_page(browser, address) for _ in range(5)]
        resting = rest(browser, address)
    print(" ".join(f"{seconds:.2f} s" for seconds, _ in pages))
    first_map, size = map(median, zip(*pages, strict=True))
    print(
        f"overhead_s: {median(starts) - median(imports):.2f} first_map_s: {first_map:.2f} "
        f"kilobytes: {size / 1000:.0f} rest_percent: {resting:.1f}"
    )


if __name__ == "__main__":
    main()
