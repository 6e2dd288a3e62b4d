"""Drawings and pictures of one's own as ends of the third tab's ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Page, expect

from tests.browser.test_compare import open_interpolate
from tests.browser.test_encode import SEVEN, paste, png
from tests.browser.test_interpolate import drag, row, strip
from tests.support.activity import wait_until_idle
from tests.support.canvases import draw_stroke, grey_values, nearest_class
from vae_core.analysis.latent_map import latent_map
from vae_core.datasets.registry import held_out_images
from vae_core.latent.codes import decode, encode
from vae_core.latent.interpolation import straight
from vae_core.runs.checkpoint import SHIPPED, load

MODELS = ("mnist-ae-2d", "mnist-vae-2d")


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    """A stroke on the pad that is open, through points in shares of its side."""
    draw_stroke(page.locator("#interpolate-figure .vae-drawing-pad-canvas:visible"), points)


def own_file(page: Page, letter: str, file: Path) -> None:
    page.locator(f"#interpolate-upload-{letter}").locator("xpath=..").locator("input[type=file]").set_input_files(file)


def test_a_drawing_is_joined_with_a_test_image_by_both_models_until_a_test_image_takes_its_place(page: Page) -> None:
    figure = page.locator("#interpolate-figure")
    open_interpolate(page)
    page.locator("#interpolate-draw-a").click()
    expect(figure).to_contain_text("Drawing for endpoint A")
    draw(page, SEVEN)
    expect(figure).to_contain_text("A: your drawing")
    drawing, b = grey_values(figure.locator(".vae-endpoint canvas").first), 8
    assert nearest_class(drawing.astype(np.float32)) == 7
    wait_until_idle(page)
    for number, name in enumerate(MODELS):
        latent = latent_map(load(SHIPPED / name))
        code = encode(latent.run.model, torch.tensor(drawing)[None, None]).mean[0]
        expected = (
            255 * decode(latent.run.model, straight(code, latent.code(b), torch.linspace(0, 1, 11)))[:, 0].numpy()
        )
        shown = np.stack(
            [grey_values(canvas) for canvas in row(page, number).locator(".vae-strip").first.locator("canvas").all()]
        )
        assert np.abs(shown - expected).max() <= 3
    for kind in ("PNG", "SVG", "GIF"):
        with page.expect_download() as download:
            row(page).locator(".vae-paths").get_by_role("button", name=kind, exact=False).first.click()
        assert "drawing-8" in download.value.suggested_filename
        assert download.value.path().stat().st_size > 1000
    page.keyboard.press("Escape")
    page.locator("#interpolate-a input").press("Enter")
    expect(figure).to_contain_text("A: test image 0, 7")


def test_pictures_are_pasted_and_uploaded_at_any_end_and_a_wrong_one_changes_nothing(
    page: Page, tmp_path: Path
) -> None:
    figure, images = page.locator("#interpolate-figure"), held_out_images("mnist").pixels[:, 0].numpy()
    open_interpolate(page)
    (tmp_path / "wrong.png").write_bytes(b"not a picture")
    own_file(page, "b", tmp_path / "wrong.png")
    expect(page.locator("#interpolate-message")).to_contain_text(
        "image: a file that is not one of these pictures is not allowed"
    )
    expect(figure).to_contain_text("B: test image 8, 5")
    page.locator("#interpolate-draw-b").focus()
    paste(page, png(images[3], 10))
    expect(figure).to_contain_text("B: your picture")
    expect(page.locator("#interpolate-message")).to_have_text("")
    (tmp_path / "digit.png").write_bytes(png(images[4], 10))
    own_file(page, "d", tmp_path / "digit.png")
    expect(page.locator("#interpolate-message")).to_contain_text(
        "image D: a picture is not allowed; use an image C as well"
    )
    own_file(page, "c", tmp_path / "digit.png")
    expect(figure.locator(".vae-blend:visible").first).to_contain_text("triangle of blends")
    assert (
        np.abs(grey_values(figure.locator(".vae-corner-c canvas:visible").first).astype(float) - images[4]).mean() < 12
    )
    before = strip(page, 0)
    drag(page, "B", -50, 30)
    assert not np.array_equal(strip(page, 0), before)
    page.locator("#interpolate-random").click()
    expect(figure).to_contain_text("B: test image")
    expect(page.locator("#interpolate-c input, #interpolate-c textarea")).not_to_have_value("")
