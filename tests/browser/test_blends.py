"""The third tab, continued: the path along the data, blends of three and four images, and saved files."""

from __future__ import annotations

import base64
import io
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_compare import open_interpolate
from tests.browser.test_interpolate import LOWER, drag, end, row, strip
from tests.support.activity import wait_until_idle
from tests.support.canvases import grey_values
from vae_core.analysis.latent_map import latent_map, neighbour_graph_of
from vae_core.latent.codes import decode
from vae_core.latent.geodesic import shortest_path
from vae_core.runs.checkpoint import SHIPPED, load

WEIGHTS = """async ([url, side]) => {
    const { triangleWeights, squareWeights } = await import(new URL('vae/static/interpolate/blends.js', url));
    return [triangleWeights(side), squareWeights(side)];
}"""


def fill(page: Page, field: str, text: str) -> None:
    page.locator(f"#interpolate-{field} input").fill(text)
    page.locator(f"#interpolate-{field} input").press("Enter")


def show_along(page: Page) -> None:
    page.get_by_role("checkbox", name="along the data").check()
    expect(row(page)).to_contain_text("× the straight distance")


def blends(page: Page) -> np.ndarray:
    wait_until_idle(page)
    return np.stack([grey_values(canvas) for canvas in row(page).locator(".vae-blend-row canvas").all()])


def decoded(codes: torch.Tensor) -> np.ndarray:
    return decode(load(SHIPPED / LOWER).model, codes)[:, 0].numpy() * 255


def test_opening_the_tab_asks_for_no_way_along_the_data(page: Page) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    open_interpolate(page)
    assert not [address for address in requests if "/vae/path/" in address]
    expect(row(page).locator(".vae-path").nth(2)).to_be_hidden()


def test_the_strip_along_the_data_is_the_shortest_paths_and_an_end_at_rest_asks_for_another(page: Page) -> None:
    open_interpolate(page)
    show_along(page)
    run = load(SHIPPED / LOWER)
    codes, graph = latent_map(run).codes.mean, neighbour_graph_of(run)
    expected = decoded(shortest_path(graph, codes[0], codes[8]).at(torch.linspace(0, 1, 41)[::4]))
    assert np.abs(strip(page, 2) - expected).max() <= 4
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    drag(page, "B", 40, 60)
    wait_until_idle(page)
    assert [address.split("/vae/")[1] for address in requests] == [f"path/{LOWER}"]
    shown = strip(page, 2)
    assert np.abs(shown[0] - expected[0]).max() <= 4
    assert np.abs(shown[-1] - expected[-1]).max() > 50


def test_a_way_is_switched_off_and_on(page: Page) -> None:
    open_interpolate(page)
    line = row(page).locator(".vae-path").first
    page.get_by_role("checkbox", name="straight line").uncheck()
    expect(line).to_be_hidden()
    page.get_by_role("checkbox", name="straight line").check()
    expect(line).to_be_visible()


@pytest.mark.parametrize("side", [2, 7])
def test_weights_sum_to_one_and_corners_and_edges_are_exact(page: Page, server: str, side: int) -> None:
    triangle, square = page.evaluate(WEIGHTS, [server, side])
    assert [len(line) for line in triangle] == list(range(1, side + 1))
    assert [len(line) for line in square] == [side] * side
    assert np.allclose([sum(weights) for weights in [*sum(triangle, []), *sum(square, [])]], 1)
    assert [triangle[0][0], triangle[-1][0], triangle[-1][-1]] == np.eye(3).tolist()
    assert [square[0][0], square[0][-1], square[-1][0], square[-1][-1]] == np.eye(4).tolist()
    share = np.linspace(0, 1, side)
    assert np.allclose([line[0] for line in triangle], np.stack([1 - share, share, 0 * share], 1))
    assert np.allclose(
        square, np.stack([np.outer(down, right) for down in (1 - share, share) for right in (1 - share, share)], 2)
    )


def test_three_images_make_a_triangle_and_four_a_square(page: Page, server: str) -> None:
    open_interpolate(page)
    expect(row(page).locator(".vae-blend")).to_be_hidden()
    codes = latent_map(load(SHIPPED / LOWER)).codes.mean[[0, 8, 3, 18]]
    triangle, square = page.evaluate(WEIGHTS, [server, 7])
    for field, number, weights in (("c", "3", triangle), ("d", "18", square)):
        fill(page, field, number)
        weights = torch.tensor(sum(weights, []))
        expect(row(page).locator(".vae-blend-row canvas")).to_have_count(len(weights))
        assert np.abs(blends(page) - decoded(weights @ codes[: weights.shape[1]])).max() <= 3
        expect(end(page, field.upper())).to_be_visible()
    before = blends(page)
    drag(page, "D", 50, 0)
    after = blends(page).reshape(7, 7, 28, 28)
    assert np.array_equal(after[0], before.reshape(after.shape)[0])
    assert not np.array_equal(after[-1, -1], before[-1])
    for field in "dc":
        fill(page, field, "")
    expect(row(page).locator(".vae-blend")).to_be_hidden()
    expect(end(page, "C")).to_be_hidden()


def test_an_end_that_was_moved_stays_when_another_image_comes(page: Page) -> None:
    open_interpolate(page)
    drag(page, "A", 60, 0)
    before = strip(page, 0)
    fill(page, "c", "3")
    expect(row(page).locator(".vae-blend-row canvas")).to_have_count(28)
    assert np.array_equal(strip(page, 0), before)
    fill(page, "a", "1")
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 1,")
    assert np.abs(strip(page, 0)[0] - decoded(latent_map(load(SHIPPED / LOWER)).code(1)[None])[0]).max() <= 3


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("d", "5", "image D: 5 is not allowed; use an image C as well"),
        ("c", "seven", "image: seven is not allowed; use a whole number from 0 to 9,999"),
        ("c", "10000", "image: 10000 is not allowed"),
    ],
)
def test_a_wrong_third_or_fourth_image_gets_a_sentence_and_keeps_what_is_shown(
    page: Page, field: str, wrong: str, sentence: str
) -> None:
    open_interpolate(page)
    before = strip(page, 0)
    fill(page, field, wrong)
    expect(page.locator("#interpolate-message")).to_contain_text(sentence)
    expect(row(page).locator(".vae-blend")).to_be_hidden()
    assert np.array_equal(strip(page, 0), before)


def test_a_strip_is_saved_as_the_pictures_that_are_shown(page: Page) -> None:
    open_interpolate(page)
    with page.expect_download() as download:
        row(page).get_by_role("button", name="Save the strip as a PNG image: spherical arc").click()
    assert download.value.suggested_filename == "mnist-vae-2d_0-8_spherical.png"
    saved = np.asarray(Image.open(download.value.path()).convert("L"))
    shown = strip(page, 1)
    top = saved.shape[0] - 2 * (4 + 18 + 112)  # a line of words is below; every pixel is a square of eight
    for i in range(11):
        assert np.array_equal(saved[top : top + 224 : 8, 2 * (4 + 116 * i) : 2 * 116 * (i + 1) : 8], shown[i])
    with page.expect_download() as download:
        row(page).get_by_role("button", name="Save the strip as an SVG image: spherical arc").click()
    assert download.value.suggested_filename == "mnist-vae-2d_0-8_spherical.svg"
    drawing = ElementTree.parse(download.value.path()).getroot()
    images = [
        Image.open(io.BytesIO(base64.b64decode(image.get("href").split(",")[1]))).convert("L")
        for image in drawing.iter("{http://www.w3.org/2000/svg}image")
    ]
    assert drawing.get("width") == str(4 + 11 * 116)
    assert np.array_equal(np.stack(images), shown)


def test_a_way_is_saved_as_a_gif_and_a_moved_end_is_named_so(page: Page) -> None:
    open_interpolate(page)
    drag(page, "A", 60, 0)
    with page.expect_download() as download:
        row(page).get_by_role(
            "button", name="Save the path as an animated GIF that goes there and back: straight line"
        ).click()
    assert download.value.suggested_filename == "mnist-vae-2d_moved-8_straight.gif"
    file = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert file.format == "GIF"
    assert file.size == (224, 224)
    assert file.n_frames == 80
    assert np.abs(np.asarray(file.convert("L"))[::8, ::8] - strip(page, 0)[0].astype(int)).max() <= 3


def test_blends_are_saved_as_one_picture(page: Page) -> None:
    open_interpolate(page)
    fill(page, "c", "3")
    shown = blends(page)
    with page.expect_download() as download:
        row(page).get_by_role("button", name="Save all blends as one image: PNG").click()
    assert download.value.suggested_filename == "mnist-vae-2d_0-8-3_triangle.png"
    saved = np.asarray(Image.open(download.value.path()).convert("L"))
    top = saved.shape[0] - 2 * 7 * 116
    assert saved.shape[1] == 2 * (4 + 7 * 116)
    assert np.array_equal(saved[top : top + 224 : 8, 2 * (4 + 3 * 116) : 2 * 4 * 116 : 8], shown[0])


def test_playing_moves_the_slider_until_it_is_stopped(page: Page) -> None:
    open_interpolate(page)
    slider = page.locator(".vae-slider")
    page.get_by_role("button", name="Play").click()
    for _ in range(3):
        expect(slider).not_to_have_value(slider.input_value())
    page.get_by_role("button", name="Pause").click()
    at = slider.input_value()
    wait_until_idle(page)
    assert slider.input_value() == at
    expect(page.get_by_role("button", name="Play")).to_be_visible()
