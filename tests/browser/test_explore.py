"""The first tab: the right picture under the handle, whatever moves it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_encode import choose_model
from tests.support.activity import wait_for_frames, wait_until_idle
from tests.support.canvases import MapHandle, grey_values, nearest_class
from vae_core.analysis.latent_map import latent_map
from vae_core.datasets.registry import held_out_images
from vae_core.latent.codes import decode, encode
from vae_core.runs.checkpoint import SHIPPED, load, names

CODES = """async ([url, name, codes]) => {
    const { loadDecoder } = await import(new URL('vae/static/page/api.js', url));
    const decoder = await loadDecoder(name),
        bytes = new Uint8Array(Float32Array.from(codes.flatMap((code) => [...decoder.decode(code)])).buffer);
    let letters = '';
    for (let i = 0; i < bytes.length; i += 32768) letters += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(letters); // as numbers it would be twenty megabytes of text
}"""


def seven() -> tuple[int, list[float]]:
    """A held-out 7 of MNIST that the shipped VAE reconstructs as one: its number and its code."""
    latent = latent_map(load(SHIPPED / "mnist-vae-2d"))
    for index in torch.nonzero(latent.labels == 7)[:, 0].tolist():
        code = latent.code(index)
        if nearest_class(255 * decode(latent.run.model, code[None])[0, 0].numpy()) == 7:
            return index, code.tolist()
    raise AssertionError("no 7 is reconstructed as a 7")


def test_dragging_the_handle_to_the_code_of_a_seven_shows_a_seven(page: Page) -> None:
    map_ = MapHandle(page)
    _, code = seven()
    map_.drag((0, 0), tuple(code))
    assert np.allclose(map_.coordinates(), code, atol=0.05)
    assert nearest_class(grey_values(page.locator(".vae-decoded-image")).astype(np.float32)) == 7


def test_the_decoded_image_is_the_models_image_of_the_coordinates(page: Page) -> None:
    for value, field in zip(("1.25", "-0.5"), page.locator(".vae-coordinate").all(), strict=True):
        field.fill(value)
        field.press("Enter")
    wait_until_idle(page)
    expected = decode(load(SHIPPED / "mnist-vae-2d").model, torch.tensor([[1.25, -0.5]]))[0, 0].numpy() * 255
    assert np.abs(grey_values(page.locator(".vae-decoded-image")) - expected).max() <= 2


def test_every_caption_has_become_words(page: Page) -> None:
    for tab in page.get_by_role("tab").all():
        tab.click()
        wait_until_idle(page)
        assert "__i18n__" not in page.locator("body").inner_text()
    assert page.get_by_text("every point on the map decodes to an image").is_visible()


def test_arrow_keys_move_the_handle_and_shift_moves_it_finely(page: Page) -> None:
    map_ = MapHandle(page)
    map_.overlay.focus()
    steps = []
    for key in ("ArrowRight", "Shift+ArrowRight"):
        before = map_.coordinates()[0]
        for _ in range(5):
            page.keyboard.press(key)
        wait_until_idle(page)
        steps.append(map_.coordinates()[0] - before)
    assert steps[0] > 5 * steps[1] > 0


def test_a_finger_drags_the_handle(new_page: Callable[..., Page]) -> None:
    page = new_page(has_touch=True, viewport={"width": 390, "height": 844})
    map_ = MapHandle(page)
    session, scrolled = page.context.new_cdp_session(page), page.evaluate("scrollY")
    for kind, (x, y) in (
        ("touchStart", (0.0, 0.0)),
        ("touchMove", (0.4, 0.4)),
        ("touchMove", (1.0, 1.0)),
        ("touchEnd", (1.0, 1.0)),
    ):
        px, py = map_.screen(x, y)
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [] if kind == "touchEnd" else [{"x": px, "y": py}]},
        )
        wait_for_frames(page)
    wait_until_idle(page)
    assert np.allclose(map_.coordinates(), (1.0, 1.0), atol=0.15)
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.parametrize("wrong", ["abc", "1e9", ""])
def test_a_wrong_coordinate_gets_a_sentence_and_moves_nothing(page: Page, wrong: str) -> None:
    before = grey_values(page.locator(".vae-decoded-image"))
    field = page.locator(".vae-coordinate").first
    field.fill(wrong)
    field.press("Enter")
    expect(page.locator(".vae-explore .vae-message")).to_contain_text("use a number from −1000 to 1000")
    assert np.array_equal(grey_values(page.locator(".vae-decoded-image")), before)


def test_a_test_image_is_chosen_by_number_with_its_reconstruction(page: Page) -> None:
    page.locator("#explore-number input").fill("61")
    page.locator("#explore-number input").press("Enter")
    expect(page.locator(".vae-explore")).to_contain_text("test image 61, 8")
    image = held_out_images("mnist").pixels[61:62]
    model = load(SHIPPED / "mnist-vae-2d").model
    shown, again, _ = (grey_values(canvas) for canvas in page.locator(".vae-image-views canvas").all())
    assert np.array_equal(shown, image[0, 0].numpy())
    assert np.abs(again - 255 * decode(model, encode(model, image).mean)[0, 0].numpy()).max() <= 2


@pytest.mark.parametrize("wrong", ["10000", "-1", "2.5", ""])
def test_a_wrong_image_number_gets_a_sentence_and_keeps_the_image(page: Page, wrong: str) -> None:
    expect(page.locator(".vae-explore")).to_contain_text("test image 0, 7")
    page.locator("#explore-number input").fill(wrong)
    page.locator("#explore-number input").press("Enter")
    expect(page.locator("#explore-message")).to_contain_text("a whole number from 0 to 9,999")
    expect(page.locator(".vae-explore")).to_contain_text("test image 0, 7")


def test_the_random_button_keeps_to_the_class(page: Page) -> None:
    page.locator("#explore-class input").click()
    page.get_by_role("option", name="4", exact=True).click()
    expect(page.locator(".vae-explore")).to_contain_text(re.compile(r"test image \d+, 4"))
    page.get_by_role("button", name="Random image").click()
    wait_until_idle(page)
    expect(page.locator(".vae-explore")).to_contain_text(re.compile(r"test image \d+, 4"))


def test_a_class_is_switched_off_and_on(page: Page) -> None:
    count = """() => {
        const c = document.querySelector('.vae-map-points');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((n, v) => n + v, 0);
    }"""
    before = page.evaluate(count)
    chip = page.locator("#explore-figure .vae-chip").first
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    wait_until_idle(page)
    without = page.evaluate(count)
    chip.click()
    wait_until_idle(page)
    assert without != before
    assert page.evaluate(count) == before


def test_zooming_shows_a_smaller_part_and_panning_moves_it(page: Page) -> None:
    wide = MapHandle(page)
    page.get_by_role("button", name="Zoom in").first.click()
    near = MapHandle(page)
    assert near.scale[0] == pytest.approx(1.5 * wide.scale[0], rel=0.01)
    start = near.put(0, 0)
    page.mouse.move(start[0] + 60, start[1] + 60)
    page.mouse.down()
    page.mouse.move(start[0] + 160, start[1] + 90, steps=5)
    page.mouse.up()
    assert np.allclose(np.subtract(near.put(0, 0), start), (100, 30), atol=1.5)
    page.get_by_role("button", name="Show all points").first.click()
    assert MapHandle(page).scale[0] == pytest.approx(wide.scale[0], rel=0.01)


def test_hovering_shows_the_image_under_the_pointer(page: Page) -> None:
    map_, (_, code) = MapHandle(page), seven()
    page.mouse.move(*map_.screen(*code))
    wait_until_idle(page)
    tip = page.locator("#explore-figure .vae-tooltip")
    expect(tip).to_be_visible()
    number = int(re.search(r"image (\d+)", tip.inner_text()).group(1))
    assert np.array_equal(grey_values(tip.locator("canvas")), held_out_images("mnist").pixels[number, 0].numpy())


def test_hovering_tells_the_code_of_more_dimensions_than_the_map_has(page: Page) -> None:
    choose_model(page, "mnist-vae-16d")
    box, tip = (
        page.locator("#explore-figure .vae-map-overlay").bounding_box(),
        page.locator("#explore-figure .vae-tooltip"),
    )
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] / 2 + 40 + 3 * step, box["y"] + box["height"] / 2 + step)
        wait_until_idle(page)
        if tip.is_visible():
            break
    expect(tip).to_contain_text("code:")
    number = int(re.search(r"image (\d+)", tip.inner_text()).group(1))
    numbers = [float(value.replace("−", "-")) for value in re.findall(r"[−\d.]+", tip.inner_text().split("code:")[1])]
    latent = latent_map(load(SHIPPED / "mnist-vae-16d")).code(number)
    assert np.allclose(numbers, latent[:8].numpy(), atol=0.011)
    assert tip.inner_text().endswith("…")


def test_dragging_asks_the_server_for_nothing(page: Page) -> None:
    map_, requests = MapHandle(page), []
    page.mouse.move(*map_.screen(0, 0))
    wait_until_idle(page)
    page.mouse.down()
    page.on("request", lambda request: requests.append(request.url))
    for x, y in ((-1.0, 1.0), (1.0, -1.0), (0.0, 0.5)):
        page.mouse.move(*map_.screen(x, y), steps=20)
    assert requests == []
    page.mouse.up()


def test_the_pages_decoder_agrees_with_torch_for_every_shipped_model(page: Page, server: str) -> None:
    apart = {}
    for name in names():
        model = load(SHIPPED / name).model
        codes = torch.randn(500, model.config.latent_dim, generator=torch.Generator().manual_seed(0))
        shown = np.frombuffer(base64.b64decode(page.evaluate(CODES, [server, name, codes.tolist()])), "<f4").reshape(
            500, -1
        )
        apart[name] = np.abs(shown - decode(model, codes).flatten(1).numpy()).max()
    assert {name: difference for name, difference in apart.items() if difference > 2 / 255} == {}


def test_a_dark_digit_on_paper_is_encoded_like_the_data_sets_own(page: Page, tmp_path: Path) -> None:
    digit = held_out_images("mnist").pixels[0, 0].numpy()
    Image.fromarray(255 - digit).resize((280, 280)).save(tmp_path / "digit.png")
    page.locator("input[data-testid^='Upload or paste an image']").set_input_files(tmp_path / "digit.png")
    expect(page.locator(".vae-explore")).to_contain_text("your image")
    wait_until_idle(page)
    assert np.abs(grey_values(page.locator(".vae-image-views canvas").first).astype(float) - digit).mean() < 12


def test_a_file_that_is_no_image_gets_a_sentence(page: Page, tmp_path: Path) -> None:
    (tmp_path / "lie.png").write_text("not a picture")
    page.locator("input[data-testid^='Upload or paste an image']").set_input_files(tmp_path / "lie.png")
    expect(page.locator("#explore-message")).to_contain_text(
        "image: a file that is not one of these pictures is not allowed"
    )
    expect(page.locator(".vae-explore")).to_contain_text("test image 0, 7")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen(new_page: Callable[..., Page], theme: str, width: int) -> None:
    page = new_page(f"?__theme={theme}", viewport={"width": width, "height": 844})
    for tab in ("Explore", "Train", "Interpolate", "Compare"):
        page.get_by_role("tab", name=tab).click()
        wait_until_idle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
