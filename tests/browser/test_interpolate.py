"""The third tab: ends that are dragged, and everything between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_compare import choose, open_interpolate
from tests.support.activity import wait_for_frames, wait_until_idle
from tests.support.canvases import grey_values
from vae_core.analysis.latent_map import latent_map
from vae_core.latent.codes import decode
from vae_core.latent.interpolation import straight
from vae_core.runs.checkpoint import SHIPPED, load

LOWER = "mnist-vae-2d"


def row(page: Page, number: int = 1) -> Locator:
    """One model's part of the figure; the VAE's is the lower one."""
    return page.locator("#interpolate-figure .vae-model-row").nth(number)


def end(page: Page, letter: str) -> Locator:
    return row(page).get_by_role("slider", name=f"Endpoint {letter}.")


def end_coordinates(page: Page, letter: str) -> torch.Tensor:
    """Return the coordinates in an endpoint's fields."""
    wait_until_idle(page)
    return torch.tensor(
        [float(value) for value in end(page, letter).get_attribute("aria-valuetext").replace("−", "-").split(",")]
    )


def middle(node: Locator) -> tuple[float, float]:
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, letter: str, dx: float, dy: float) -> None:
    """Take an end and let it go somewhere else."""
    x, y = middle(end(page, letter))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=12)
    page.mouse.up()


def strip(page: Page, way: int) -> np.ndarray:
    wait_until_idle(page)
    return np.stack(
        [grey_values(canvas) for canvas in row(page).locator(".vae-strip").nth(way).locator("canvas").all()]
    )


def test_the_strip_follows_an_end_that_is_dragged_and_nothing_is_asked_of_the_server(page: Page) -> None:
    open_interpolate(page)
    middle(end(page, "A"))
    wait_until_idle(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    drag(page, "A", 60, -40)
    latent = latent_map(load(SHIPPED / LOWER))
    a = end_coordinates(page, "A")
    assert requests == []
    assert (a - latent.code(0)).norm() > 0.5
    assert torch.allclose(end_coordinates(page, "B"), latent.code(8), atol=0.006)
    expected = decode(latent.run.model, straight(a, latent.code(8), torch.linspace(0, 1, 11)))[:, 0].numpy() * 255
    assert np.abs(strip(page, 0) - expected).mean() < 1  # the place is said with two digits


def test_ends_go_back_to_their_images(page: Page) -> None:
    open_interpolate(page)
    before, back = strip(page, 1), row(page).get_by_role("button", name="Reset endpoints")
    expect(back).to_be_hidden()
    drag(page, "B", -50, 30)
    assert not np.array_equal(strip(page, 1), before)
    back.click()
    expect(back).to_be_hidden()
    assert np.array_equal(strip(page, 1), before)


def test_arrow_keys_move_an_end_and_shift_moves_it_finely(page: Page) -> None:
    open_interpolate(page)
    end(page, "B").focus()
    steps = []
    for key in ("ArrowLeft", "Shift+ArrowLeft", "ArrowUp"):
        before = end_coordinates(page, "B")
        for _ in range(4):
            page.keyboard.press(key)
        steps.append(end_coordinates(page, "B") - before)
    (left, _), (finely, _), (_, up) = steps
    assert left < 5 * finely < 0 < up


def test_a_finger_drags_an_end(new_page: Callable[..., Page]) -> None:
    page = new_page(has_touch=True, viewport={"width": 390, "height": 844})
    open_interpolate(page)
    session, (x, y), before = page.context.new_cdp_session(page), middle(end(page, "A")), end_coordinates(page, "A")
    scrolled = page.evaluate("scrollY")
    for kind, step in (("touchStart", 0), ("touchMove", 20), ("touchMove", 50), ("touchEnd", 50)):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [] if kind == "touchEnd" else [{"x": x + step, "y": y - step}]},
        )
        wait_for_frames(page)
    moved = end_coordinates(page, "A") - before
    assert moved.min() > 0.3
    assert page.evaluate("scrollY") == scrolled


def test_an_end_cannot_be_lost_outside_the_map(page: Page) -> None:
    open_interpolate(page)
    drag(page, "A", -2000, 0)
    frame, knob = row(page).locator(".vae-map-frame").bounding_box(), end(page, "A").bounding_box()
    assert knob["x"] >= frame["x"]
    assert end_coordinates(page, "A").abs().max() < 20
    row(page).get_by_role("button", name="Zoom in").click()
    wait_until_idle(page)
    knob = end(page, "A").bounding_box()
    assert knob["x"] >= frame["x"]


def test_a_point_that_is_clicked_becomes_the_nearer_end_of_both_models(page: Page) -> None:
    open_interpolate(page)
    drag(page, "B", 0, 0)
    overlay = row(page).locator(".vae-map-overlay").bounding_box()
    x, y = middle(end(page, "A"))
    page.mouse.click(min(x + 24, overlay["x"] + overlay["width"] - 4), y)
    expect(page.locator("#interpolate-a input")).not_to_have_value("0")
    expect(page.locator("#interpolate-b input")).to_have_value("8")
    number = page.locator("#interpolate-a input").input_value()
    expect(page.locator("#interpolate-figure")).to_contain_text(f"A: test image {number},")
    assert torch.allclose(end_coordinates(page, "A"), latent_map(load(SHIPPED / LOWER)).code(int(number)), atol=0.006)


def test_a_finger_on_the_strip_moves_the_slider(page: Page) -> None:
    open_interpolate(page)
    pictures = row(page).locator(".vae-strip").first.locator("canvas")
    (x, y), (far, _) = middle(pictures.nth(0)), middle(pictures.nth(10))
    for place, value in ((x, "0"), ((x + far) / 2, "0.5")):
        page.mouse.click(place, y)
        expect(page.locator(".vae-slider")).to_have_value(value)
    page.mouse.down()
    page.mouse.move(far, y, steps=5)
    page.mouse.up()
    expect(page.locator(".vae-slider")).to_have_value("1")


def test_a_typed_coordinate_moves_an_end_and_nonsense_moves_nothing(page: Page) -> None:
    open_interpolate(page)
    row(page).get_by_text("Coordinates of the endpoints").click()
    field, before = row(page).get_by_role("textbox", name="Endpoint A, z₁"), end_coordinates(page, "A")
    expect(field).to_have_value(f"{before[0]:.2f}")
    field.fill("−0,75")
    field.press("Enter")
    assert torch.allclose(end_coordinates(page, "A"), torch.tensor([-0.75, before[1]]))
    expect(row(page).get_by_role("button", name="Reset endpoints")).to_be_visible()
    field.fill("north")
    field.press("Enter")
    expect(row(page).get_by_role("alert").filter(has_text="“north” is not allowed")).to_be_visible()
    assert end_coordinates(page, "A")[0] == -0.75
    drag(page, "A", 40, 0)
    expect(field).not_to_have_value("north")
    expect(row(page).get_by_role("textbox")).to_have_count(4)


def test_the_maps_have_a_key_and_are_saved_with_the_ends_and_the_ways(page: Page) -> None:
    open_interpolate(page)
    legend = row(page).get_by_role("group", name="Legend")
    legend.get_by_role("button", name="3", exact=True).click()
    legend.get_by_label("Points").select_option("shapes")
    with page.expect_download() as download:
        legend.get_by_role("button", name="SVG").click()
    figure = download.value.path().read_text(encoding="utf-8")
    assert all(f">{letter}</text>" in figure for letter in "AB")
    assert ">C</text>" not in figure
    assert ">2</text>" in figure
    assert ">3</text>" not in figure
    assert 'stroke-dasharray="' in figure


def test_decoded_images_under_the_points_are_of_the_class_that_the_ways_are_of(page: Page) -> None:
    open_interpolate(page)
    choose(page, "interpolate-lower", "mnist-cvae-2d")
    expect(row(page).locator(".vae-model-row-title")).to_have_text("mnist-cvae-2d")
    legend, points = row(page).get_by_role("group", name="Legend"), row(page).locator(".vae-map-points")
    legend.get_by_label("Points").select_option("none")
    legend.get_by_label("Decoded images").select_option("even")
    wait_until_idle(page)
    seven = grey_values(points)
    page.locator("#interpolate-a input").fill("1")
    page.locator("#interpolate-a input").press("Enter")
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 1, 2")
    wait_until_idle(page)
    assert not np.array_equal(grey_values(points), seven)
