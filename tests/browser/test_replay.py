"""A training is played again, stepped through and saved; curves of several models stand in one figure."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from .test_train import MINUTE, open_train, press_train

ROWS = [{"step": n, "epoch": n / 10, "phase": n // 5, **{f"{part}_{name}": 100.0 - n for part in ("training", "held_out") for name in ("reconstruction", "total", "kl")}} for n in range(1, 10)]


def picture(canvas: Locator) -> str:
    return canvas.evaluate("(canvas) => canvas.toDataURL()")


def test_a_training_is_played_again_stepped_through_and_saved(page: Page, tmp_path: Path) -> None:
    status = open_train(page, epochs="60", hidden="64,32")
    press_train(page)
    expect(page.locator("#train-curves canvas")).to_have_attribute("aria-label", re.compile("held out"), timeout=MINUTE)
    expect(page.locator(".vae-film")).to_be_hidden()  # nothing to play while it goes on
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    slider, told, play = page.locator(".vae-film .vae-slider"), page.locator(".vae-film-told"), page.locator(".vae-film .vae-play")
    expect(told).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    curves, shown = page.locator("#train-curves canvas"), [page.locator(f"#train-{part} canvas").first for part in ("map", "curves", "bars")]
    last = page.locator("#train-pictures canvas").last
    at_end, said_at_end = [picture(canvas) for canvas in (*shown, last)], curves.get_attribute("aria-label")
    slider.focus()
    page.keyboard.press("Home")
    expect(told).to_contain_text("epoch 0.")
    page.wait_for_timeout(200)
    assert all(picture(canvas) != before for canvas, before in zip((*shown, last), at_end, strict=True))
    assert curves.get_attribute("aria-label") != said_at_end
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("1")
    page.locator(".vae-film .vae-select").select_option("4")
    page.keyboard.press("Shift+Tab")
    slider.focus()
    page.keyboard.press("Space")
    expect(play).to_have_text("Pause")
    expect(told).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    expect(play).to_have_text("Play")
    page.wait_for_timeout(200)
    assert picture(last) == at_end[-1]  # the same still, the same pictures
    look_at_files(page, tmp_path, stills=int(slider.get_attribute("max")) + 1)

    page.reload()
    page.get_by_role("tab", name="Train").click()
    expect(told).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    page.locator("#train-replay input").click()
    page.locator("#train-replay [role=option]").first.click()
    expect(told).to_have_text("epoch 60.0, β 1.00", timeout=20_000)

    page.get_by_role("tab", name="Compare").click()
    several, figure = page.locator("#compare-several input"), page.locator("#compare-curves canvas")
    expect(figure).to_have_attribute("aria-label", re.compile(r"mnist-ae-2d [\d.]+, mnist-vae-2d [\d.]+$"), timeout=20_000)
    several.click()
    page.locator("#compare-several [role=option]", has_text="yours").first.click()
    expect(figure).to_have_attribute("aria-label", re.compile(r"mnist-vae-2d [\d.]+, digits-vae-2d.* [\d.]+$"), timeout=20_000)
    page.locator("#compare-term").get_by_text("KL").click()
    expect(page.locator("#compare-curves .vae-message")).to_have_text("No such term: mnist-ae-2d.")


def look_at_files(page: Page, folder: Path, stills: int) -> None:
    """The film as a GIF, the curves as SVG and PNG, and a logarithmic scale."""
    saved = {}
    for name, place in (("GIF", ".vae-film"), ("SVG", "#train-curves"), ("PNG", "#train-curves")):
        with page.expect_download(timeout=MINUTE) as download:
            page.locator(place).get_by_role("button", name=re.compile(name)).click()
        saved[name] = folder / download.value.suggested_filename
        download.value.save_as(saved[name])
    assert Image.open(saved["GIF"]).n_frames == stills and Image.open(saved["PNG"]).width > 500
    text = saved["SVG"].read_text()
    assert all(f">{word}</text>" in text for word in ("Loss over training", "epoch", "nats per image", "KL, held out"))
    before = picture(page.locator("#train-curves canvas"))
    page.locator("#train-curves").get_by_label("log scale").check()
    page.wait_for_timeout(200)
    assert picture(page.locator("#train-curves canvas")) != before


def test_curves_are_those_that_there_is_something_to_show_of(scripts: Page) -> None:
    """A VAE has six; an autoencoder's total is its reconstruction; what a variant adds is one more; a phase's beginning is a line."""
    drawn = """async ([rows]) => {
      const { lossChart, showLoss } = await import(new URL('vae/static/curves.js', location.origin + '/'));
      const chart = lossChart();
      showLoss(chart, rows);
      return [chart.series.map(({ name, points }) => [name, points.length]), chart.marks];
    }"""
    series, marks = scripts.evaluate(drawn, [ROWS])
    assert len(series) == 6 and all(count == 9 for _, count in series) and marks == [0.5]
    plain = [{key: 0.0 if key == "held_out_kl" else value for key, value in row.items()} for row in ROWS]
    series, _ = scripts.evaluate(drawn, [plain])
    assert [name for name, _ in series] == ["reconstruction, held out", "reconstruction, training"]
    series, _ = scripts.evaluate(drawn, [[row | {"training_clustering": 0.5} for row in plain]])
    assert series[-1][0].startswith("clustering") and len(series) == 3


def test_what_is_drawn_stands_where_its_numbers_say(scripts: Page) -> None:
    """Pixels and back, on a linear and on a logarithmic scale."""
    found = scripts.evaluate("""async () => {
      const { Chart } = await import(new URL('vae/static/chart.js', location.origin + '/'));
      const chart = new Chart({ title: 'a', across: 'b', up: 'c' });
      document.body.append(chart.root);
      chart.show([{ name: 'one', color: '#000', dash: 'solid', points: [[0, 100], [5, 10], [10, 1]] }]);
      const ink = chart.readInk(), context = chart.canvas.getContext('2d'), read = () => [1, 10, 100].map((y) => chart.view.py(y));
      chart.paint(context, 400, ink);
      const linear = read(), x = chart.view.toX(chart.view.px(7.5));
      chart.log.checked = true;
      chart.paint(context, 400, ink);
      chart.setCursor(6);
      return { linear, log: read(), x, told: chart.key.textContent };
    }""")
    (a, b, c), (d, e, f) = found["linear"], found["log"]
    assert abs((a - b) / (a - c) - 9 / 99) < 1e-6 and abs((d - e) / (d - f) - 0.5) < 1e-6
    assert abs(found["x"] - 7.5) < 1e-6 and found["told"] == "one 10.0"
