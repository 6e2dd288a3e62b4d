"""An own image on the first tab: drawn, pasted or uploaded, how far it is from the data, and draws from its
posterior.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.activity import wait_for_frames, wait_until_idle
from tests.support.canvases import draw_stroke, grey_values, handle_coordinates, handle_position, nearest_class
from vae_core.datasets.registry import held_out_images
from vae_core.latent.codes import decode, encode
from vae_core.runs.checkpoint import SHIPPED, load

expect.set_options(timeout=20_000)  # the first own image of a run waits for the errors of all held-out ones
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
PASTE = """([target, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)), files = new DataTransfer();
    files.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
    document.querySelector(target).dispatchEvent(new ClipboardEvent('paste',
        { clipboardData: files, bubbles: true, cancelable: true }));
}"""
FIXED = "Math.random = () => 0.5"  # every ε is −√(2 log 2)
EPSILON = -np.sqrt(2 * np.log(2))


def figure(page: Page) -> Locator:
    return page.locator("#explore-figure")


def open_pad(page: Page) -> Locator:
    page.get_by_role("button", name="Draw by hand").click()
    return page.locator("#explore-figure .vae-drawing-pad-canvas")


def stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """A stroke of the mouse through points in shares of the pad's side."""
    draw_stroke(page.locator("#explore-figure .vae-drawing-pad-canvas"), points)


def views(page: Page) -> list[np.ndarray]:
    """Input, reconstruction and difference of the chosen image."""
    wait_until_idle(page)
    return [grey_values(canvas) for canvas in page.locator(".vae-image-views canvas").all()]


def png(image: np.ndarray, factor: int = 1) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image.repeat(factor, 0).repeat(factor, 1)).save(file, "PNG")
    return file.getvalue()


def paste(page: Page, data: bytes, target: str = "body") -> None:
    page.evaluate(PASTE, [target, base64.b64encode(data).decode()])


def choose_model(page: Page, name: str) -> None:
    before = page.locator(".vae-code-text").inner_text()
    page.locator("#explore-model input").click()
    page.get_by_role("option", name=f"· {name}").click()
    expect(page.locator(".vae-code-text")).not_to_have_text(before, use_inner_text=True)


def table(page: Page) -> np.ndarray:
    """The numbers of the draw: a row a dimension, μ, σ, ε, z."""
    rows = page.evaluate(
        "[...document.querySelectorAll('.vae-sample-table tbody tr')]"
        ".map((row) => [...row.cells].slice(1).map((cell) => cell.textContent))"
    )
    return np.array([[float(cell.replace("−", "-")) for cell in row] for row in rows if row[0]])


def inked(page: Page) -> int:
    """Return the number of pixels drawn on the map's overlay."""
    return page.evaluate("""() => { const c = document.querySelector('#explore-figure .vae-map-overlay');
        const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        return data.filter((value, i) => i % 4 === 3 && value).length }""")


def test_a_drawn_seven_is_seen_as_mnist_was_made_and_encoded(page: Page) -> None:
    open_pad(page)
    stroke(page, SEVEN)
    expect(figure(page)).to_contain_text("your drawing, as the network sees it")
    network_input, again, _ = views(page)
    rows = np.flatnonzero(network_input.max(1) > 100)
    assert rows[-1] - rows[0] + 1 == 20
    assert [round(np.average(np.arange(28), weights=network_input.sum(axis))) for axis in (0, 1)] == [14, 14]
    assert nearest_class(network_input.astype(np.float32)) == 7
    model = load(SHIPPED / "mnist-vae-2d").model
    code = encode(model, torch.tensor(network_input)[None, None]).mean
    assert np.abs(again - 255 * decode(model, code)[0, 0].numpy()).max() <= 2
    assert handle_coordinates(page) == pytest.approx(code[0].tolist(), abs=0.006)
    expect(figure(page)).to_contain_text("nats: larger than for")


def test_a_dot_is_a_stroke_as_well(page: Page) -> None:
    """A click, and a press that trembles on its place, both leave a disc of the brush's width."""
    pad = open_pad(page)
    stroke(page, [(0.3, 0.3)])
    stroke(page, [(0.7, 0.6), (0.7, 0.6)])
    inked, width = grey_values(pad) > 127, 0.09 * 280
    for rows in (slice(0, 126), slice(126, 280)):
        assert inked[rows].sum() == pytest.approx(np.pi * width**2 / 4, rel=0.05)
        assert inked[rows].any(0).sum() == pytest.approx(width, abs=1.5)
        assert inked[rows].any(1).sum() == pytest.approx(width, abs=1.5)
    expect(figure(page)).to_contain_text("your drawing, as the network sees it")


def test_strokes_are_taken_back_and_an_empty_pad_leaves_the_map_as_it_was(page: Page) -> None:
    pad = open_pad(page)
    stroke(page, SEVEN)
    expect(figure(page)).to_contain_text("your drawing")
    one, place = grey_values(pad), handle_coordinates(page)
    numbers = page.locator(".vae-code-text").inner_text()
    stroke(page, [(0.3, 0.55), (0.7, 0.55)])
    expect(page.locator(".vae-code-text")).not_to_have_text(numbers, use_inner_text=True)
    page.keyboard.press("Control+z")
    expect(page.locator(".vae-code-text")).to_have_text(numbers, use_inner_text=True)
    assert np.array_equal(grey_values(pad), one)
    assert handle_coordinates(page) == place
    page.get_by_role("button", name="Clear").click()
    expect(figure(page)).to_contain_text("The pad is empty; the map stays unchanged.")
    wait_until_idle(page)
    assert grey_values(pad).max() == 0
    assert handle_coordinates(page) == place
    for name in ("Undo", "Clear"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Draw by hand")).to_be_visible()


def test_a_finger_draws_and_the_page_stays_where_it_is(new_page: Callable[..., Page]) -> None:
    page = new_page(has_touch=True, viewport={"width": 390, "height": 844})
    box, session, scrolled = open_pad(page).bounding_box(), page.context.new_cdp_session(page), page.evaluate("scrollY")
    for kind, points in (("touchStart", SEVEN[:1]), *[("touchMove", [point]) for point in SEVEN], ("touchEnd", [])):
        places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        wait_for_frames(page)
    expect(figure(page)).to_contain_text("your drawing")
    assert nearest_class(views(page)[0].astype(np.float32)) == 7
    assert page.evaluate("scrollY") == scrolled


def test_another_model_sees_the_same_drawing(page: Page) -> None:
    open_pad(page)
    stroke(page, SEVEN)
    expect(figure(page)).to_contain_text("your drawing")
    before = views(page)
    choose_model(page, "fashion-ae-2d")
    expect(page.locator(".vae-code-text")).to_contain_text("code:")
    expect(figure(page)).to_contain_text("your drawing")
    after = views(page)
    rows = np.flatnonzero(after[0].max(1) > 100)
    assert len(rows) == 28
    assert not np.array_equal(before[0], after[0])


def test_pasted_clothes_are_said_to_be_far_from_a_digit_model(page: Page) -> None:
    shirt = held_out_images("fashion").pixels[0, 0].numpy()
    paste(page, png(shirt, 10))
    expect(figure(page)).to_contain_text("This image looks unlike the training data.")
    expect(figure(page)).to_contain_text("your image, as the network sees it")
    assert np.abs(views(page)[0].astype(float) - shirt).mean() < 12


def test_a_held_out_digit_is_not_far(page: Page, tmp_path: Path) -> None:
    (tmp_path / "digit.png").write_bytes(png(held_out_images("mnist").pixels[3, 0].numpy()))
    page.locator("input[data-testid^='Upload or paste an image']").set_input_files(tmp_path / "digit.png")
    expect(figure(page)).to_contain_text("nats: larger than for")
    expect(figure(page)).not_to_contain_text("unlike the training data")


def test_what_is_pasted_into_a_field_or_elsewhere_or_is_no_image_leaves_the_map(page: Page) -> None:
    image = png(held_out_images("fashion").pixels[0, 0].numpy())
    paste(page, image, "#explore-number input")
    page.get_by_role("tab", name="Train").click()
    paste(page, image)
    page.get_by_role("tab", name="Explore").click()
    wait_until_idle(page)
    expect(figure(page)).to_contain_text("test image 0, 7")
    paste(page, b"not a picture")
    expect(page.locator("#explore-message")).to_contain_text(
        "image: a file that is not one of these pictures is not allowed"
    )
    expect(page.locator("#explore-message")).to_be_in_viewport()
    expect(figure(page)).to_contain_text("test image 0, 7")


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mnist-vae-16d", "mnist-cvae-2d"])
def test_a_draw_is_mean_plus_sigma_times_epsilon_in_all_dimensions(new_page: Callable[..., Page], name: str) -> None:
    page = new_page(reduced_motion="reduce")
    if name != "mnist-vae-2d":
        choose_model(page, name)
    page.evaluate(FIXED)
    page.get_by_role("button", name="Draw z").click()
    wait_until_idle(page)
    images, model = held_out_images("mnist"), load(SHIPPED / name).model
    posterior = encode(model, images.pixels[:1], images.labels[:1])
    z = posterior.mean + EPSILON * posterior.std
    assert (
        np.abs(
            grey_values(page.locator(".vae-decoded-image")) - 255 * decode(model, z, images.labels[:1])[0, 0].numpy()
        ).max()
        <= 2
    )
    expected = torch.cat([posterior.mean, posterior.std, torch.full_like(z, EPSILON), z]).T[:4]
    assert np.allclose(table(page), expected.numpy(), atol=6e-4)
    page.get_by_role("button", name="Forty samples").click()
    wait_until_idle(page)
    grid = [grey_values(canvas) for canvas in page.locator(".vae-posterior-samples canvas").all()]
    assert len(grid) == 40
    assert all(np.array_equal(shown, grid[0]) for shown in grid)
    assert np.abs(grid[0] - 255 * decode(model, z, images.labels[:1])[0, 0].numpy()).max() <= 2


def test_the_handle_walks_from_the_mean_to_the_draw_and_the_numbers_go_with_it(page: Page) -> None:
    page.evaluate(FIXED)
    page.get_by_role("button", name="Draw z").click()
    page.locator(".vae-sample-table").wait_for()
    walked = []
    while len(walked) < 60 and (not walked or walked[-1][2] > EPSILON + 6e-4):
        walked.append(table(page)[0])
        wait_for_frames(page)
    mean, sigma, epsilon, z = np.array(walked).T
    assert epsilon[0] > -0.2
    assert len(set(epsilon)) > 2
    assert (np.diff(epsilon) <= 0).all()
    assert np.allclose(z, mean + sigma * epsilon, atol=2e-3)
    assert handle_coordinates(page)[0] == pytest.approx(z[-1], abs=0.006)


def test_draws_stay_on_the_map_until_the_next_image_and_differ(new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="reduce")
    page.get_by_role("button", name="Forty samples").click()
    wait_until_idle(page)
    grid = [grey_values(canvas) for canvas in page.locator(".vae-posterior-samples canvas").all()]
    assert len({shown.tobytes() for shown in grid}) == 40
    marked = inked(page)
    page.get_by_role("button", name="Draw z").click()
    wait_until_idle(page)
    expect(page.locator(".vae-posterior-samples")).to_be_visible()
    page.get_by_role("button", name="Show all points").first.click()
    page.locator("#explore-number input").fill("61")
    page.locator("#explore-number input").press("Enter")
    expect(figure(page)).to_contain_text("test image 61, 8")
    wait_until_idle(page)
    assert inked(page) < marked / 2
    expect(page.locator(".vae-posterior-samples")).to_be_hidden()
    expect(page.locator(".vae-sample-table")).to_be_hidden()


def test_pressing_twice_makes_two_draws_and_a_hand_on_the_map_ends_the_walk(page: Page) -> None:
    page.get_by_role("button", name="Draw z").dblclick()
    expect(page.locator(".vae-sample-table")).to_be_visible()
    page.locator("#explore-figure .vae-map-overlay").focus()
    page.keyboard.press("ArrowRight")
    wait_for_frames(page)
    place = handle_position(page)
    wait_until_idle(page)
    assert handle_position(page) == place


def test_a_model_without_a_posterior_says_so(page: Page) -> None:
    choose_model(page, "mnist-ae-2d")
    for name in ("Draw z", "Forty samples"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    expect(figure(page)).to_contain_text("this model’s code is a point and has no posterior")
