"""A training observed from its first point to its last.

    python tests/benchmarks/live.py

A two-dimensional VAE with the form's default settings, alone on the machine, in a real browser. `maps_per_s`: redraws
of the map for new frames, per second. `first_map_s`: from the click to the first redraw. `behind_ms`: the largest age
of a frame at its drawing, counted from the response that brought it. `left_off_percent`: the largest error of the
remaining time beyond its rounding to whole seconds, after the first tenth and before the last. `film_kilobytes`: the
compressed size of the recording.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.serving import app, chromium

WATCH = """() => {
    const root = document.querySelector('#train-view'), map = root.querySelector('.vae-map-points').getContext('2d'),
        clear = map.clearRect.bind(map);
    window.maps = []; window.told = []; window.behind = []; window.came = null;
    map.clearRect = (...all) => {
        clear(...all);
        if (window.came) window.maps.push(performance.now()), window.behind.push(performance.now() - window.came),
            window.came = null;
    };
    const ask = window.fetch;
    window.fetch = async (...all) => {
        const answer = await ask(...all);
        if (String(all[0]).includes('vae/live')) window.came = performance.now();
        return answer;
    };
    const status = document.querySelector('#train-status');
    const changes = { childList: true, subtree: true, characterData: true };
    new MutationObserver(() => window.told.push([performance.now(), status.textContent])).observe(status, changes);
}"""


def watch(page: Page) -> dict[str, float]:
    """Observe a training and return what the page showed."""
    page.get_by_role("tab", name="Train").click()
    page.wait_for_selector("#train-view .vae-map-points")
    page.evaluate(WATCH)
    started = page.evaluate("performance.now()")
    page.locator("#train-start").click()
    page.get_by_text("Finished after").wait_for(timeout=300_000)
    page.wait_for_selector(".vae-player:not([hidden])")
    time.sleep(0.5)
    maps, behind, messages = page.evaluate("[window.maps, window.behind, window.told]")
    size = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((entry) => entry.name.includes('vae/recording')).at(-1).encodedBodySize"
    )
    return {
        "maps_per_s": (len(maps) - 1) / (maps[-1] - maps[0]) * 1000,
        "first_map_s": (maps[0] - started) / 1000,
        "behind_ms": max(behind),
        "left_off_percent": 100 * worst(messages),
        "film_kilobytes": size / 1000,
    }


def worst(messages: list[tuple[float, str]]) -> float:
    """Return the largest relative error of the remaining time, up to the measurement of the held-out images."""
    end = next(at for at, text in messages if "Evaluating" in text)
    errors = []
    for at, text in messages:
        match = re.search(r"epoch ([\d.]+) of ([\d.]+) · about (\d+) s left", text)
        if match and 0.1 <= float(match[1]) / float(match[2]) <= 0.9:
            print(f"{text.strip()}, and really {(end - at) / 1000:.1f} s")
            errors.append(max(0.0, abs(float(match[3]) - (end - at) / 1000) - 0.5) / ((end - at) / 1000))
    return max(errors)


def main() -> None:
    """Run the benchmark."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    with app() as (address, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_function("document.querySelector('.vae-explore')?.textContent.includes('test image 0,')")
        page.evaluate("performance.setResourceTimingBufferSize(10000)")  # every still is a request
        page.wait_for_timeout(8000)  # until the server has warmed up beside the browser
        print(" ".join(f"{name}: {value:.2f}" for name, value in watch(page).items()))


if __name__ == "__main__":
    main()
