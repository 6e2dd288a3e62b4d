"""The texts of a map: over its points, no wider than there is room, and not on each other."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page

from tests.browser.test_instrument import call

RECORDED = """const done = [], context = new Proxy({}, {
    get: (_, name) => (...all) => done.push(name === 'fillText' ? all[0] : name), set: () => true });
    const { Viewport } = await import(new URL('vae/static/map/viewport.js', url)), viewport = new Viewport(() => {});
    viewport.resize(given.width, 400, 1);
    viewport.setView({ x: 0, y: 0, scale: 70 });
    const map = { viewport, legend: { marks: 'dots', gaussians: [], mixture: [] }, data: { axes: given.names },
                  decodedGrid: { draw: () => done.push('pictures') } };"""
BROKEN = """(async () => {
    const host = document.createElement('div');
    host.style.width = '300px';
    document.body.append(host);
    const map = new m.LatentMap(host), values = given.values.map((value) => value ?? NaN);
    map.frame.style.cssText = `height: ${given.height}px; overflow: hidden`;
    map.resize();
    map.setData({ run: 'r', dataset: 'd', points: Float32Array.from(values), labels: new Uint8Array(values.length / 2),
        classes: ['a'], factorNames: [],
        shape: [1, 2, 2], latentDim: 2, standardPrior: true, prior: null });
    await new Promise(requestAnimationFrame);
    const said = map.missing.textContent, { x, y, scale } = map.viewport.view;
    map.clear();
    map.destroy();
    return { said, view: [x, y, scale], after: map.missing.textContent };
})()"""


def painted(page: Page, server: str, width: int, names: list[str]) -> list[str]:
    """Return the drawing calls of a map's bottom layer in order: texts as they are, other calls by name."""
    paint = "m.paintBackground(context, map, {}, () => done.push('points'));"
    body = f"(async () => {{ {RECORDED} {paint} return done; }})()"
    return call(page, server, "map/painting", body, {"width": width, "names": names})


def test_numbers_and_names_are_drawn_after_all_lines_and_points(scripts: Page, server: str) -> None:
    done = painted(scripts, server, 400, ["across", "up"])
    texts = [
        text
        for text in done
        if text not in ("beginPath", "moveTo", "lineTo", "stroke", "strokeText", "points", "pictures")
    ]
    assert texts == [*("−2", "−1", "0", "1", "2") * 2, "up", "across"]
    order = [done.index("pictures"), done.index("stroke"), done.index("points"), done.index(texts[0])]
    assert order == sorted(order)
    assert max(i for i, name in enumerate(done) if name == "stroke") < done.index("points")


def test_a_long_name_leaves_room_for_the_buttons_beside_it(scripts: Page, server: str) -> None:
    name = "z₂, second direction (σ of the prior)"
    assert name in painted(scripts, server, 900, ["across", name])
    lines = painted(scripts, server, 330, ["across", name])
    broken = lines[lines.index("2") :]
    assert name not in lines
    assert " ".join(text for text in broken if text in name).endswith("(σ of the prior)")
    body = "((wide) => m.wrapText(given, 174, wide).map(wide))(m.textMeasure('600 12px system-ui, sans-serif'))"
    widths = call(scripts, server, "page/text_layout", body, name)
    assert len(widths) > 1
    assert max(widths) <= 174


@pytest.mark.parametrize("heap", ["apart", "one heap", "a row"])
def test_names_that_lie_on_each_other_are_moved_apart_and_others_are_not(scripts: Page, server: str, heap: str) -> None:
    places = {
        "apart": [(100 * i, 40 * i) for i in range(10)],
        "one heap": [(50 + i % 3, 50 + i / 7) for i in range(10)],
        "a row": [(30 * i, 0) for i in range(6)],
    }
    boxes = [{"name": str(i), "x": x, "y": y, "wide": 70, "high": 17} for i, (x, y) in enumerate(places[heap])]
    moved = call(scripts, server, "page/text_layout", "m.separateBoxes(given)", boxes)
    for a, b in itertools.combinations(moved, 2):
        assert abs(a["x"] - b["x"]) > 69 or abs(a["y"] - b["y"]) > 16
    assert [box["name"] for box in moved] == [box["name"] for box in boxes]
    if heap == "apart":
        assert moved == boxes
    assert max(max(abs(a["x"] - b["x"]), abs(a["y"] - b["y"])) for a, b in zip(moved, boxes, strict=True)) < 120


def shown(page: Page, server: str, values: list[float | None], height: int = 300) -> dict:
    """Return the message and the view of a map with these codes; None stands for a value that is not finite."""
    return call(page, server, "map/latent_map", BROKEN, {"values": values, "height": height})


def test_codes_that_are_no_numbers_are_counted_and_the_others_shown(scripts: Page, server: str) -> None:
    """Weights that broke in training give such codes; the map was white without a word."""
    lines = shown(scripts, server, [0, 0, 2, 4, None, 1, 3, None, None, None])
    assert lines["said"].startswith("3 of 5 codes are not finite numbers")
    assert lines["after"] == ""
    x, y, scale = lines["view"]
    assert x == pytest.approx(1.5)
    assert 0 < scale < 1e4
    assert 1 < y < 2.1
    assert shown(scripts, server, [None] * 6)["view"][2] > 0
    assert shown(scripts, server, [0, 0, 1, 1])["said"] == ""


def test_a_map_with_hardly_any_height_is_not_upside_down(scripts: Page, server: str) -> None:
    assert shown(scripts, server, [0, 0, 1, 1], height=20)["view"][2] > 0
