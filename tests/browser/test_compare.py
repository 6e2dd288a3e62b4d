"""The third and fourth tab: two models on the same images and the same noise."""

from __future__ import annotations

import numpy as np
import torch
from playwright.sync_api import Page, expect

from tests.support.activity import wait_until_idle
from tests.support.canvases import grey_values
from vae_core.analysis.latent_map import latent_map
from vae_core.datasets.registry import held_out_images
from vae_core.latent.codes import decode, noise
from vae_core.latent.interpolation import spherical, straight
from vae_core.runs.checkpoint import SHIPPED, load


def choose(page: Page, field: str, option: str) -> None:
    page.locator(f"#{field} input").click()
    page.get_by_role("option", name=option).click()


def open_interpolate(page: Page) -> None:
    page.get_by_role("tab", name="Interpolate").click()
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 0, 7")
    expect(page.locator("#interpolate-figure .vae-path:visible .vae-strip canvas")).to_have_count(44)
    wait_until_idle(page)


def test_strips_are_the_models_images_along_both_ways(page: Page) -> None:
    open_interpolate(page)
    times = torch.linspace(0, 1, 11)
    strips = page.locator("#interpolate-figure .vae-path:visible .vae-strip").all()
    for row, name in enumerate(("mnist-ae-2d", "mnist-vae-2d")):
        latent = latent_map(load(SHIPPED / name))
        for way, path in enumerate((straight, spherical)):
            expected = decode(latent.run.model, path(latent.code(0), latent.code(8), times))[:, 0].numpy() * 255
            shown = np.stack([grey_values(canvas) for canvas in strips[2 * row + way].locator("canvas").all()])
            assert np.abs(shown - expected).max() <= 3


def test_the_slider_moves_in_the_page_without_asking_the_server(page: Page) -> None:
    open_interpolate(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    slider = page.locator(".vae-slider")
    now = page.locator(".vae-path-image").first
    pictures = []
    for value in ("0", "0.5", "1"):
        slider.fill(value)
        wait_until_idle(page)
        pictures.append(grey_values(now))
    first = page.locator("#interpolate-figure .vae-strip").first.locator("canvas")
    assert np.array_equal(pictures[0], grey_values(first.nth(0)))
    assert np.array_equal(pictures[2], grey_values(first.nth(10)))
    assert not np.array_equal(pictures[0], pictures[1])
    assert requests == []


def test_a_wrong_image_keeps_the_way_that_is_shown(page: Page) -> None:
    open_interpolate(page)
    page.locator("#interpolate-a input").fill("10000")
    page.locator("#interpolate-a input").press("Enter")
    expect(page.locator("#interpolate-message")).to_contain_text("use a whole number from 0 to 9,999")
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 0, 7")


def test_models_of_two_data_sets_get_a_sentence(page: Page) -> None:
    open_interpolate(page)
    choose(page, "interpolate-upper", "fashion-ae-2d")
    expect(page.locator("#interpolate-message")).to_contain_text("were trained on different data sets")
    page.get_by_role("tab", name="Compare").click()
    choose(page, "compare-left", "fashion-ae-2d")
    expect(page.locator("#compare-message")).to_contain_text("were trained on different data sets")


def test_both_models_decode_the_same_noise(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-message")).to_contain_text("same 64 draws")
    wait_until_idle(page)
    for side, name in (("left", "mnist-ae-2d"), ("right", "mnist-vae-2d")):
        expected = decode(load(SHIPPED / name).model, noise(64, 2, 0))[:, 0].numpy() * 255
        canvases = page.locator(f"#compare-images-{side} .vae-image-grid").nth(1).locator("canvas").all()
        assert np.abs(np.stack([grey_values(canvas) for canvas in canvases[:12]]) - expected[:12]).max() <= 2


def test_new_noise_changes_the_samples_and_the_seed_brings_them_back(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-images-left canvas")).to_have_count(86)
    canvas, seed = page.locator("#compare-images-left canvas").nth(2), page.locator("#compare-seed input")
    wait_until_idle(page)
    before = grey_values(canvas)
    page.locator("#compare-resample").click()
    expect(seed).not_to_have_value("0")
    wait_until_idle(page)
    assert not np.array_equal(grey_values(canvas), before)
    seed.fill("0")
    seed.press("Enter")
    wait_until_idle(page)
    assert np.array_equal(grey_values(canvas), before)
    seed.fill("-1")
    seed.press("Enter")
    expect(page.locator("#compare-message")).to_contain_text("seed: -1 is not allowed")


def test_an_image_is_chosen_by_its_number_or_its_point_for_both_models(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    number, maps = (
        page.locator("#compare-number input"),
        [page.locator(f"#compare-map-{side} .vae-map-overlay") for side in ("left", "right")],
    )
    rows = [page.locator(f"#compare-images-{side} .vae-image-row").first for side in ("left", "right")]
    expect(rows[1]).to_contain_text("Test image 0, 7, and its reconstruction")
    wait_until_idle(page)
    before = [grey_values(canvas) for canvas in maps]
    number.fill("61")
    number.press("Enter")
    images = held_out_images("mnist")
    for row, name in zip(rows, ("mnist-ae-2d", "mnist-vae-2d"), strict=True):
        latent = latent_map(load(SHIPPED / name))
        code = ", ".join(f"{value:.2f}" for value in latent.code(61)).replace("-", "−")
        expect(row).to_contain_text(f"Test image 61, 8, and its reconstruction · code {code}")
        wait_until_idle(page)
        original, again = (grey_values(canvas) for canvas in row.locator("canvas").all())
        assert np.array_equal(original, images.pixels[61, 0].numpy())
        assert np.abs(again - decode(latent.run.model, latent.code(61)[None])[0, 0].numpy() * 255).max() <= 2
    assert all(not np.array_equal(grey_values(canvas), then) for canvas, then in zip(maps, before, strict=True)), (
        "the mark has moved on both maps"
    )
    number.fill("10000")
    number.press("Enter")
    expect(page.locator("#compare-message")).to_contain_text("use a whole number from 0 to 9,999")
    expect(rows[0]).to_contain_text("Test image 61, 8")
    box = maps[0].bounding_box()
    for step in range(60):
        if number.input_value() != "10000":
            break
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 3 * step)
        wait_until_idle(page)
    for row in rows:
        expect(row).to_contain_text(f"Test image {number.input_value()},")
    expect(page.locator("#compare-message")).to_contain_text("same 64 draws")


def test_another_data_set_keeps_the_number_of_the_image_only_if_it_has_one(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    number = page.locator("#compare-number input")
    number.fill("9000")
    number.press("Enter")
    expect(page.locator("#compare-images-left .vae-image-row").first).to_contain_text("Test image 9000,")
    for side in ("left", "right"):
        choose(page, f"compare-{side}", "pendulum-vae-2d")
        wait_until_idle(page)
    expect(number).to_have_value("0")
    expect(page.locator("#compare-images-left .vae-image-row").first).to_contain_text("Test image 0")


def test_the_class_that_the_decoded_images_of_a_map_are_of_is_chosen(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    choose(page, "compare-right", "mnist-cvae-2d")
    figure = page.locator("#compare-map-right")
    wait_until_idle(page)
    expect(figure.get_by_label("Class to decode")).to_be_hidden()
    figure.get_by_label("Decoded images", exact=True).select_option("even")
    expect(page.locator("#compare-map-left").get_by_label("Class to decode")).to_be_hidden()
    wait_until_idle(page)
    before = grey_values(figure.locator(".vae-map-points"))
    figure.get_by_label("Class to decode").select_option("3")
    wait_until_idle(page)
    assert (grey_values(figure.locator(".vae-map-points")) != before).mean() > 0.05


def test_latent_sizes_that_differ_are_said_with_what_it_means(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    choose(page, "compare-left", "mnist-vae-16d")
    expect(page.locator("#compare-message")).to_contain_text(
        "share the first 2 numbers of each draw; the larger one uses 14 more"
    )


def test_the_table_holds_the_models_figures(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    metrics = load(SHIPPED / "mnist-vae-2d").metrics
    table = page.locator("#compare-table")
    expect(table).to_contain_text(f"{metrics['parameters']:,}")
    expect(table).to_contain_text(f"−{metrics['negative_elbo']:,.1f}")
    expect(table).to_contain_text("none")
