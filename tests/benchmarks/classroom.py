"""The load of a class of thirty on a small server.

    python tests/benchmarks/classroom.py [--sessions 30] [--epochs 10] [--visits 1000]

The server starts as a user starts it and is driven over loopback. Three sessions are real browsers; the others speak
Gradio's protocol as the page does. All press Train at once (a 2-D VAE, 10,000 images of MNIST, ten epochs by default)
and watch to the end, while one more visitor requests images in the first tab. Before that, the same training runs
alone three times in sequence. At the end, visitors come, train for a second and leave.

A real class has computers of its own. Here the three browsers share the server's cores, at a lower priority than the
server and the additional visitor: a third of the server's share where the kernel divides cores between groups of
processes.

Memory is the proportional share (PSS) of the server's processes: shared pages count once.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.gradio_session import SHORT_TRAINING, EventIds, GradioSession
from tests.support.processes import descendant_running, memory_mb, process_tree
from tests.support.serving import FLAGS, app, chromium, chromium_path

BROWSERS = 3
BEHIND = 5  # the system's priority of the class's browsers; the server and the visitor have 0
LOADING = 4000  # milliseconds until a page has loaded what it opens; nobody presses Train before that
WEIGHED_EVERY = 8.0  # seconds: to ask thirty processes for their memory takes a third of a second of a core
SETTINGS: dict[str, object] = {"kind": "vae", "latent_dim": 2, "train_size": 10_000}
MAP_POINTS = """() => {
    const seen = (name, found) => {
        const look = () => (found() ? (window[name] = performance.now()) : requestAnimationFrame(look));
        look();
    };
    document.querySelector('#train-start')
        .addEventListener('click', (event) => { window.pressed = event.timeStamp; }, true);
    seen('onMap', () => document.querySelector('#train-map .vae-chip')); // the map has its legend when it has points
    seen('onCurve', () => document.querySelector('#train-curves .scatterlayer .trace'));
}"""
ASK = """() => new Promise((done) => {
    const number = document.querySelector('#explore-number input'), before = number.value, pressed = performance.now();
    const press = () => document.querySelector('#explore-random').click();
    const again = setInterval(press, 5000); // where chance has named the same image
    const look = () => (number.value === before
        ? requestAnimationFrame(look) : (clearInterval(again), done(performance.now() - pressed)));
    press();
    look();
})"""
SINCE = "() => [window.onMap, window.onCurve].map((at) => (at - window.pressed) / 1000)"
KNOWN: list[int] = []  # the server's processes while nobody trains


def open_page(browser: Browser, address: str, tab: str) -> Page:
    """Open a visitor's page at one tab."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    page.get_by_role("tab", name=tab).click()
    page.wait_for_function("document.querySelector('.vae-explore')?.textContent.includes('test image 0,')")
    return page


def ask(page: Page) -> float:
    """Return the milliseconds from the click that requests another test image to the frame with its number."""
    return page.evaluate(ASK)


def first_points(browser: Browser, address: str) -> list[float]:
    """Return the seconds from pressing Train to the first points on map and curve, without other visitors.

    The training is then stopped.
    """
    page = open_page(browser, address, "Train")
    page.wait_for_timeout(LOADING)
    page.evaluate(MAP_POINTS)
    page.locator("#train-start").click()
    page.wait_for_function("window.onMap && window.onCurve", timeout=60_000)
    seconds = page.evaluate(SINCE)
    page.locator("#train-stop").click()
    page.locator("#train-status").get_by_text("Stopped after").wait_for(timeout=60_000)
    page.context.close()
    return seconds


def behind(browser: Browser) -> Browser:
    """Start another browser whose processes have a lower priority than those of the first."""
    before = set(process_tree(os.getpid()))
    another = browser.browser_type.launch(executable_path=chromium_path(), args=FLAGS)
    for pid in set(process_tree(os.getpid())) - before:
        os.setpriority(os.PRIO_PROCESS, pid, BEHIND)
        with suppress(
            OSError
        ):  # a kernel that shares the cores between groups of processes looks at the group's priority only
            Path(f"/proc/{pid}/autogroup").write_text(str(BEHIND))
    return another


def class_of(events: EventIds, browser: Browser, count: int, root: int) -> dict[str, float]:
    """Let all sessions press Train at once; measure the sessions, the additional visitor and the memory."""
    theirs = behind(browser)
    pages = [open_page(theirs, events.address, "Train") for _ in range(min(BROWSERS, count))]
    for page in pages:
        page.locator("#setting-epochs input").fill(str(SETTINGS["epochs"]))
        page.evaluate(MAP_POINTS)
    visitor, waits, most, weighed = open_page(browser, events.address, "Explore"), [], 0.0, 0.0
    ends: dict[int, float] = {}
    visitors = [GradioSession(events) for _ in range(count - len(pages))]
    visitor.wait_for_timeout(LOADING)
    with ThreadPoolExecutor(count) as pool:
        started = time.perf_counter()
        sessions = [pool.submit(session.train, SETTINGS) for session in visitors]
        for page in pages:
            page.locator("#train-start").click()
        while len(ends) < len(pages) or not all(session.done() for session in sessions):
            now = time.perf_counter() - started
            for number, page in enumerate(pages):
                if number not in ends and "Finished after" in page.locator("#train-status").inner_text():
                    ends[number] = now
            waits.append(ask(visitor))
            if now > weighed + WEIGHED_EVERY:
                most, weighed = max(most, memory_mb(root)), now
            visitor.wait_for_timeout(300)
        results = [session.result() for session in sessions]
    first = max([*(page.evaluate(SINCE)[0] for page in pages), *(first for first, _, _ in results)])
    theirs.close()
    return {
        "first_frame_s": first,
        "all_done_s": max([*ends.values(), *(end for _, end, _ in results)]),
        "failed": sum(not well for _, _, well in results),
        "visitor_p95_ms": quantiles(waits, n=20)[-1],
        "memory_mb": most,
    }


def visits(events: EventIds, count: int, root: int) -> dict[str, float]:
    """Let visitors come, train for a second and leave; measure what remains of them."""

    def visit(_: int) -> None:
        """Visit once: open the page, train and leave."""
        session = GradioSession(events)
        session.press_train(SHORT_TRAINING)
        session.call(events.follow, [session.owner], until="epoch")
        time.sleep(1)
        session.call(events.stop, [session.owner])
        session.client.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(16)))  # what is loaded once for all
        settle(root)
        before, files = memory_mb(root), left_over()
        list(pool.map(visit, range(count)))
    settle(root)
    return {
        "visits": count,
        "memory_growth": memory_mb(root) / before - 1,
        "processes_left": len(process_tree(root)) - len(KNOWN),
        "files_left": left_over() - files,
    }


def settle(root: int) -> None:
    """Wait until no training is active."""
    for _ in range(120):
        time.sleep(1)
        if len(process_tree(root)) <= len(KNOWN):
            return


def left_over() -> int:
    """Return the files in the temporary folder, without stored runs and the files of this script's browsers."""
    paths = [path for path in Path(tempfile.gettempdir()).rglob("*") if path.is_file() and path.suffix != ".run"]
    return sum(not any(part.startswith("playwright") for part in path.parts) for path in paths)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30, help="students who press Train at once")
    parser.add_argument("--visits", type=int, default=1000, help="visitors who train for a second and leave")
    parser.add_argument("--epochs", type=int, default=10, help="of each training; fewer for a quick look")
    arguments = parser.parse_args()
    SETTINGS["epochs"] = arguments.epochs
    with app() as (address, _), chromium() as browser:
        root = descendant_running("app.py")
        time.sleep(15)  # the server has got ready for its first training
        figures = report(
            dict(
                zip(
                    ("first_map_s", "first_point_s"),
                    map(median, zip(*(first_points(browser, address) for _ in range(5)), strict=True)),
                    strict=True,
                )
            )
        )
        events = EventIds.read(address)
        KNOWN.extend(process_tree(root))
        alone = [GradioSession(events).train(SETTINGS)[1] for _ in range(3)]
        figures |= report({"alone_s": sum(alone) / len(alone)})
        figures |= report(class_of(events, browser, arguments.sessions, root))
        figures |= report({"over_one_by_one": figures["all_done_s"] / (arguments.sessions * figures["alone_s"])})
        figures |= report(visits(events, arguments.visits, root)) if arguments.visits else {}
    report(figures)


def report(figures: dict[str, float]) -> dict[str, float]:
    """Print figures at once, since the whole run takes a quarter of an hour, and return them."""
    print(" ".join(f"{name}: {value:.4g}" for name, value in figures.items()), flush=True)
    return figures


if __name__ == "__main__":
    main()
