"""Replays of a training, step by step and saved, and the curves of several models in one figure."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_train import MINUTE, open_train, press_train
from tests.support.activity import open_context, wait_until_idle

CURVES = [f"{part}_{name}" for part in ("training", "held_out") for name in ("reconstruction", "total", "kl")]
ROWS = [{"step": n, "epoch": n / 10, "phase": n // 5, **dict.fromkeys(CURVES, 100.0 - n)} for n in range(1, 10)]

FIRST_POINT = """() => {
  const plot = document.querySelector('#train-curves .vae-chart-plot'), film = document.querySelector('.vae-player');
  new MutationObserver(() => {
    if (plot.ariaLabel.includes('held out')) window.playable ??= !film.hidden;
  }).observe(plot, { attributes: true });
}"""


def picture(canvas: Locator) -> str:
    return canvas.evaluate("(canvas) => canvas.toDataURL()")


def test_a_training_is_played_again_stepped_through_and_saved(page: Page, tmp_path: Path) -> None:
    status = open_train(page, epochs="60", hidden="64,32")
    page.evaluate(FIRST_POINT)
    press_train(page)
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    assert page.evaluate("window.playable") is False  # nothing to play while it went on
    slider, position, play = (
        page.locator(".vae-player .vae-slider"),
        page.locator(".vae-player-position"),
        page.locator(".vae-player .vae-play"),
    )
    expect(position).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    curves, bars, shown = (
        page.locator("#train-curves .vae-chart-plot"),
        page.locator("#train-bars .vae-chart-plot"),
        page.locator("#train-map canvas").first,
    )
    last = page.locator("#train-pictures canvas").last
    wait_until_idle(page)
    at_end, said_at_end = (
        [picture(shown), picture(last), curves.inner_html(), bars.inner_html()],
        curves.get_attribute("aria-label"),
    )
    slider.focus()
    page.keyboard.press("Home")
    expect(position).to_contain_text("epoch 0.")
    wait_until_idle(page)
    at_start = [picture(shown), picture(last), curves.inner_html(), bars.inner_html()]
    assert all(now != before for now, before in zip(at_start, at_end, strict=True))
    assert curves.get_attribute("aria-label") != said_at_end
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("1")
    page.locator(".vae-player .vae-select").select_option("4")
    page.keyboard.press("Shift+Tab")
    slider.focus()
    page.keyboard.press("Space")
    expect(play).to_have_text("Pause")
    expect(position).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    expect(play).to_have_text("Play")
    wait_until_idle(page)
    assert picture(last) == at_end[1]  # the same still, the same pictures
    look_at_files(page, tmp_path, stills=int(slider.get_attribute("max")) + 1)

    page.reload()
    page.get_by_role("tab", name="Train").click()
    expect(position).to_have_text("epoch 60.0, β 1.00", timeout=20_000)
    page.locator("#train-replay input").click()
    page.locator("#train-replay [role=option]").first.click()
    expect(position).to_have_text("epoch 60.0, β 1.00", timeout=20_000)

    page.get_by_role("tab", name="Compare").click()
    several, figure = page.locator("#compare-curve-models input"), page.locator("#compare-curves .vae-chart-plot")
    expect(figure).to_have_attribute(
        "aria-label", re.compile(r"mnist-ae-2d [\d.]+, mnist-vae-2d [\d.]+$"), timeout=20_000
    )
    several.click()
    page.locator("#compare-curve-models [role=option]", has_text="yours").first.click()
    expect(figure).to_have_attribute(
        "aria-label", re.compile(r"mnist-vae-2d [\d.]+, digits-vae-2d.* [\d.]+$"), timeout=20_000
    )
    page.locator("#compare-term").get_by_text("KL").click()
    expect(page.locator("#compare-curves .vae-curves > .vae-message")).to_have_text("Without this term: mnist-ae-2d.")


def look_at_files(page: Page, folder: Path, stills: int) -> None:
    """The film as a GIF, the curves as SVG and PNG, and a logarithmic scale."""
    saved = {}
    for name, place in (("GIF", ".vae-player"), ("SVG", "#train-curves"), ("PNG", "#train-curves")):
        with page.expect_download(timeout=MINUTE) as download:
            page.locator(place).get_by_role("button", name=re.compile(name)).click()
        saved[name] = folder / download.value.suggested_filename
        download.value.save_as(saved[name])
    assert Image.open(saved["GIF"]).n_frames == stills
    assert Image.open(saved["PNG"]).width > 500
    text = saved["SVG"].read_text()
    assert all(word in text for word in ("Loss over training", "epoch", "nats per image", "KL, held out"))
    plot = page.locator("#train-curves .vae-chart-plot")
    before = plot.inner_html()
    page.locator("#train-curves").get_by_label("log scale").check()
    wait_until_idle(page)
    assert plot.inner_html() != before


def test_curves_are_those_that_there_is_something_to_show_of(scripts: Page) -> None:
    """A VAE has six; an autoencoder's total is its reconstruction; what a variant adds is one more; a phase's beginning
    is a line.
    """
    draw = """async ([rows]) => {
      const { lossChart, showLoss } = await import(new URL('vae/static/train/curves.js', location.origin + '/'));
      const chart = lossChart();
      showLoss(chart, rows);
      return [chart.series.map(({ name, points }) => [name, points.length]), chart.marks];
    }"""
    series, marks = scripts.evaluate(draw, [ROWS])
    assert len(series) == 6
    assert all(count == 9 for _, count in series)
    assert marks == [0.5]
    plain = [{key: 0.0 if key == "held_out_kl" else value for key, value in row.items()} for row in ROWS]
    series, _ = scripts.evaluate(draw, [plain])
    assert [name for name, _ in series] == ["reconstruction, held out", "reconstruction, training"]
    series, _ = scripts.evaluate(draw, [[row | {"training_clustering": 0.5} for row in plain]])
    assert series[-1][0].startswith("clustering")
    assert len(series) == 3


CHART = """async () => {
  const { Chart } = await import(new URL('vae/static/train/chart.js', location.origin + '/'));
  window.chart = new Chart({ title: 'a', xTitle: 'b', yTitle: 'c' });
  window.all = (count) => ({ name: 'one', color: '#123456', dash: 'dotted',
    points: [[0, 100], [5, 10], [10, 1]].slice(0, count) });
  window.drawn = (want) => new Promise((done, fail) => {
    const until = performance.now() + 20000, look = () => {
      if (chart.plot._fullLayout && want(chart.plot._fullLayout)) pageActivity.idle(20000, 0).then(done, fail);
      else if (performance.now() > until) fail(new Error(`not drawn: ${want}`));
      else setTimeout(look, 20);
    };
    look();
  });
  window.read = () => [1, 10, 100].map((y) => chart.plot._fullLayout.yaxis.d2p(y));
  document.body.replaceChildren(chart.root);
  chart.show([all(3)]);
  await drawn(({ yaxis }) => yaxis.range[1] > 50 && document.querySelector('.nsewdrag'));
}"""


def test_plotly_draws_what_it_is_given_and_keeps_a_visitors_zoom(browser: Browser, server: str) -> None:
    """Pixels on a linear and a logarithmic scale; values at the cursor; new rows leave a zoom alone, a new
    training ends it.
    """
    page, fetched = open_context(browser).new_page(), []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(server + "vae/page")
    page.evaluate(CHART)
    a, b, c = page.evaluate("read()")
    assert abs((a - b) / (a - c) - 9 / 99) < 1e-3
    page.evaluate("chart.log.click(), drawn(({ yaxis }) => yaxis.type === 'log' && yaxis.range[1] < 3)")
    a, b, c = page.evaluate("read()")
    assert abs((a - b) / (a - c) - 0.5) < 1e-3
    box = page.locator(".nsewdrag").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()
    expect(page.locator(".plotly-notifier")).to_contain_text("Double-click to show everything again.")
    page.evaluate("drawn(({ xaxis }) => !xaxis.autorange)")
    page.evaluate("chart.setCursor(6), chart.show([all(3), all(2)]), drawn(({ shapes }) => shapes.length === 1)")
    left, right = page.evaluate("chart.plot._fullLayout.xaxis.range")
    assert abs(left - 2) < 0.2
    assert abs(right - 4) < 0.2
    assert page.locator(".legendtext").all_text_contents()[0].split() == ["one", "10.0"]
    assert page.locator(".scatterlayer .js-line").count() == 2
    assert page.get_by_role("img", name="a, one 10.0, one 10.0").count() == 1
    page.evaluate("chart.show([]), drawn(({ xaxis }) => xaxis.range[1] === 1)")
    page.context.close()
    assert all(url.startswith((server, "data:", "blob:")) for url in fetched)
    assert sum("plotly-" in url for url in fetched) == 1


def test_the_first_screen_does_without_plotly(page: Page) -> None:
    fetched = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert fetched
    assert not any("vae/plotly" in name or name.endswith("vae/figure") for name in fetched)
