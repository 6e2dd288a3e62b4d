"""Saved figures: every file states its content."""

from __future__ import annotations

import io
from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_blends import fill
from tests.browser.test_compare import open_interpolate
from tests.browser.test_encode import choose_model
from tests.browser.test_interpolate import drag, row
from tests.support.activity import wait_until_idle
from tests.support.canvases import grey_values

SVG = "{http://www.w3.org/2000/svg}"


def saved(place: Locator, button: str) -> tuple[str, bytes]:
    """The name and the bytes of the file that a button saves."""
    with place.page.expect_download() as download:
        place.get_by_role("button", name=button, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def texts(drawing: bytes) -> list[str]:
    return [node.text for node in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def open_model(page: Page, name: str) -> Locator:
    choose_model(page, name)
    wait_until_idle(page)
    return page.locator(".vae-explore")


def test_a_map_colored_by_a_factor_is_saved_with_its_color_bar(page: Page) -> None:
    figure = open_model(page, "pendulum-vae-2d")
    figure.get_by_label("Color by").select_option(index=1)
    drawing = saved(figure, "Save this map as SVG")[1]
    bar = figure.locator(".vae-color-bar").inner_text().split()
    assert {figure.get_by_label("Color by").locator("option").nth(1).inner_text(), *bar} <= set(texts(drawing))
    colors = {node.get("fill") for node in ElementTree.fromstring(drawing).iter(f"{SVG}rect")}
    assert len(colors) > 60
    file = Image.open(io.BytesIO(saved(figure, "Save this map as PNG")[1])).convert("RGB")
    key = np.asarray(file)[-52:].reshape(-1, 3)
    assert len(np.unique(key, axis=0)) > 60


def test_a_conditional_models_decoded_map_is_saved_with_the_class_that_is_decoded(page: Page) -> None:
    figure = open_model(page, "mnist-cvae-2d")
    assert "mnist-cvae-2d" in texts(saved(figure, "Save this map as SVG")[1])
    figure.get_by_label("Class to decode").select_option("3")
    figure.get_by_label("Decoded images", exact=True).select_option("even")
    wait_until_idle(page)
    name, drawing = saved(figure, "Save this map as SVG")
    assert name == "mnist-cvae-2d_decoded_as_3.svg"
    assert "mnist-cvae-2d (decoded as 3)" in texts(drawing)


def test_a_strip_is_saved_with_its_ends_and_its_places(page: Page) -> None:
    open_interpolate(page)
    words = texts(saved(row(page), "Save the strip as an SVG image: spherical arc")[1])
    assert words[0] == "mnist-vae-2d: spherical arc, A → B"
    assert {
        "A: test image 0, 7",
        "B: test image 8, 5",
        "t = 0.0",
        "t = 1.0",
    } <= set(words)


def test_blends_are_saved_with_their_corners(page: Page) -> None:
    open_interpolate(page)
    fill(page, "c", "3")
    drag(page, "A", 60, 0)
    words = " ".join(texts(saved(row(page), "Save all blends as one image: SVG")[1]))
    assert words.startswith("mnist-vae-2d: triangle of blends A at the top")
    assert "A: moved from test image 0, 7 B:" in words
    assert "C: test image 3, 0" in words


def test_traversals_are_saved_with_names_nats_and_ranges(page: Page) -> None:
    figure = open_model(page, "mnist-vae-16d")
    figure.locator("summary").click()
    wait_until_idle(page)
    save = figure.locator(".vae-details")
    words, rows = (
        texts(saved(save, "Save these images as SVG")[1]),
        save.locator(".vae-slider-label").all_inner_texts(),
    )
    assert words[0].startswith("Traversals: the effect of each dimension")
    assert len(rows) == 16
    at = [words.index(text.split(" · ")[0]) for text in rows]
    assert [words[i + 1] for i in at] == [text.split(" · ")[1] for text in rows]
    assert {words[i + 2] for i in at} == {"−3.00 to 3.00"}
    file = Image.open(io.BytesIO(saved(save, "Save these images as PNG")[1])).convert("L")
    shown = grey_values(save.locator("canvas").first)
    tile = np.asarray(file)[:, -2 * (11 * 116) :][:, : 8 * 28 : 8]  # the first column, a pixel of each eight
    assert any(np.array_equal(tile[top : top + 8 * 28 : 8], shown) for top in range(80, 240)), (
        "every pixel is a square of its own grey"
    )


def test_every_figure_of_the_first_tab_is_saved_with_what_it_shows(page: Page) -> None:
    figure, button = page.locator(".vae-explore"), "Save these images as SVG"
    posterior = figure.locator(".vae-posterior")
    expect(posterior.get_by_role("button", name=button)).to_be_hidden()
    figure.get_by_role("button", name="Forty samples").click()
    wait_until_idle(page)
    words, drawing = texts(saved(posterior, button)[1]), saved(posterior, button)[1]
    assert words == ["mnist-vae-2d: Forty samples of the posterior, decoded", "test image 0, 7"]
    assert drawing.count(b"<image") == 40
    name, drawing = saved(figure.locator(".vae-chosen-image"), button)
    words = texts(drawing)
    assert name == "mnist-vae-2d_test_image_0_7.svg"
    assert words[0] == "mnist-vae-2d: test image 0, 7"
    assert drawing.count(b"<image") == 3
    assert words[1:3] == figure.locator(".vae-code-text").inner_text().split("\n")
    assert words[3:] == [
        "input",
        "reconstruction",
        "difference",
    ]
    near = figure.locator(".vae-nearest")
    words, drawing = texts(saved(near, button)[1]), saved(near, button)[1]
    assert words[0] == "mnist-vae-2d: Nearest test images, with distances"
    assert drawing.count(b"<image") == 5
    shown = [text.split("\n") for text in near.locator(".vae-neighbour-text").all_inner_texts()]
    assert words[2] == figure.locator(".vae-density").inner_text()
    assert words[3].startswith("test image 0, 7")
    assert words[4::2] == [distance for _, distance in shown]
    assert [text.split(", ")[1] for text in words[3::2]] == [label for label, _ in shown]
    x, y = (field.input_value().replace("-", "−") for field in figure.locator(".vae-coordinate").all())
    words = texts(saved(figure.locator(".vae-explore-side > .vae-panel").first, button)[1])
    assert words == ["mnist-vae-2d: Decoded at the handle", f"z₁ (σ of the prior): {x}", f"z₂ (σ of the prior): {y}"]


def test_a_file_of_pictures_has_the_pages_ground_and_a_title(new_page: Callable[..., Page]) -> None:
    page = new_page("?__theme=dark")
    page.get_by_role("tab", name="Compare").click()
    block = page.locator(".vae-image-row:visible").first
    wait_until_idle(page)
    file = Image.open(io.BytesIO(saved(block, "Save these images as PNG")[1])).convert("RGB")
    assert file.getpixel((1, 1)) == (24, 24, 27)
    assert texts(saved(block, "Save these images as SVG")[1])[0] == block.locator("figcaption").inner_text()
