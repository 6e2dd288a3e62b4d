"""What is done with a training beside starting it: pause, change, a place in the line, training on, a sweep, the
server's end.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.test_instrument import call
from tests.browser.test_stale_answers import load
from tests.browser.test_train import MINUTE, fill, open_train, press_train
from tests.support.activity import let_time_pass, wait_until_idle, wait_until_loaded
from tests.support.canvases import grey_values


def unfold(page: Page, title: str) -> None:
    """Open an accordion."""
    page.get_by_role("button", name=title).click()


def test_a_training_is_paused_changed_stopped_and_trained_on(page: Page) -> None:
    status = open_train(page, epochs="400", hidden="768,512,256")
    press_train(page)
    expect(status).to_contain_text("epoch", timeout=MINUTE)
    page.locator("#train-pause").click()
    expect(status).to_contain_text("Paused at epoch", timeout=20_000)
    text = status.inner_text()
    let_time_pass(page, 0.7, "a paused training must say nothing new, and its stream of answers stays open")
    assert status.inner_text() == text
    page.get_by_role("button", name="Resume").click()
    expect(status).to_contain_text("left", timeout=20_000)
    expect(page.locator("#train-pause")).to_have_text("Pause")

    unfold(page, "Change during training")
    page.locator("#controls-apply").click()
    expect(page.locator("#train-message")).to_contain_text("Enter a new β or learning rate")
    page.locator("#controls-beta textarea, #controls-beta input").first.fill("1000")
    page.locator("#controls-apply").click()
    expect(page.locator("#train-message")).to_contain_text("beta: 1000 is not allowed; use a number from 0 to 100")
    page.locator("#controls-beta textarea, #controls-beta input").first.fill("8")
    page.locator("#controls-apply").click()
    expect(page.locator("#train-message")).to_contain_text("Changed")
    page.locator("#train-stop").click()
    expect(status).to_contain_text("Stopped after", timeout=20_000)
    page.locator("#train-pause").click()
    expect(page.locator("#train-message")).to_contain_text("You have no training in progress")

    unfold(page, "Continue training a model")
    expect(page.locator("#controls-model input")).to_have_value(re.compile("digits-vae-2d"))
    page.locator("#controls-epochs input").fill("-1")
    page.locator("#controls-continue").click()
    expect(page.locator("#train-message")).to_contain_text("epochs: -1 is not allowed")
    page.locator("#controls-epochs input").fill("2")
    page.locator("#controls-continue").click()
    expect(status).to_contain_text("of 402", timeout=MINUTE)
    page.locator("#train-stop").click()
    expect(status).to_contain_text("Stopped after", timeout=20_000)


def test_a_training_is_in_the_lists_though_a_model_was_loaded_meanwhile(page: Page, tmp_path: Path) -> None:
    status = open_train(page, epochs="400", hidden="256,128")
    press_train(page)
    expect(status).to_contain_text("epoch", timeout=MINUTE)
    load(page, tmp_path, "other")
    page.locator("#train-stop").click()
    expect(status).to_contain_text("is listed in every tab", timeout=20_000)
    page.get_by_role("tab", name="Explore").click()
    page.locator("#explore-model input").click()
    for name in ("other", "digits-vae-2d"):
        expect(page.get_by_role("option", name=f"{name} (yours)")).to_be_visible()


def test_a_sweep_forms_its_maps_side_by_side(page: Page) -> None:
    status = open_train(page, epochs="3", hidden="16")
    unfold(page, "Train several models")
    fill(page, "beta", "1")
    page.locator("#controls-values textarea, #controls-values input").first.fill("0.5")
    page.locator("#controls-sweep").click()
    expect(page.locator("#train-message")).to_contain_text("values: 0.5 is not allowed; use 2 to 6 values")
    page.locator("#controls-values textarea, #controls-values input").first.fill("0.5, 1, 20")
    page.locator("#controls-sweep").click()
    expect(status).to_contain_text("All 3 models of the sweep are listed", timeout=MINUTE)
    expect(page.locator("#train-small-multiples figcaption")).to_have_text(["β 0.5", "β 1.0", "β 20.0"])
    wait_until_idle(page)
    maps = page.locator("#train-small-multiples .vae-map-points").all()
    before = [grey_values(canvas) for canvas in maps]
    page.locator("#train-small-multiples .vae-chip").first.click()
    wait_until_idle(page)
    assert all(not np.array_equal(grey_values(canvas), then) for canvas, then in zip(maps, before, strict=True)), (
        "one legend for all maps"
    )
    with page.expect_download() as download:
        page.locator("#train-small-multiples .vae-small-multiple").nth(2).get_by_role(
            "button", name="Save this map as SVG"
        ).click()
    assert download.value.suggested_filename == "β_20.0.svg"
    page.get_by_role("tab", name="Explore").click()
    page.locator("#explore-model input").click()
    expect(page.get_by_role("option", name="digits-vae-2d-beta20 (yours)")).to_be_visible()
    page.reload()
    wait_until_loaded(page)
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#train-small-multiples figcaption")).to_have_text(["β 0.5", "β 1.0", "β 20.0"], timeout=20_000)


SMALL_MULTIPLES = """(async () => {
    const root = document.createElement('div');
    root.style.width = '900px';
    document.body.append(root);
    const multiples = new m.SmallMultiples(root), about = { dataset: 'd', classes: ['a', 'b'], factorNames: [],
        shape: [1, 2, 2], latentDim: 2, standardPrior: true,
        prior: null, labels: btoa('\\0\\x01\\0\\x01\\0\\x01\\0\\x01') };
    multiples.show(given.map((points, i) => ({ ...about, title: `${i}`, points })), null);
    multiples.maps.forEach((map) => map.resize());
    const scales = multiples.maps.map(({ viewport }) => viewport.view.scale),
        legends = root.querySelectorAll(':scope > .vae-legend').length;
    multiples.show([], null);
    return { scales, legends, left: root.children.length };
})()"""


def test_the_maps_of_a_sweep_have_one_scale_and_one_that_has_exploded_its_own(scripts: Page, server: str) -> None:
    directions = np.array([0, 0, 1, 1, -1, 1, 1, -1, -1, -1, 0.5, 0, 0, 0.5, -0.5, 0])
    halves = [base64.b64encode((directions * spread).astype("<f2").tobytes()).decode() for spread in (3, 0.05, 900)]
    scales = call(scripts, server, "train/small_multiples", SMALL_MULTIPLES, halves)
    wide, narrow, exploded = scales["scales"]
    assert wide == narrow
    assert exploded < wide / 100
    assert (scales["legends"], scales["left"]) == (1, 0)
