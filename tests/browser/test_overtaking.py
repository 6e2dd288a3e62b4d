"""A page that asks faster than it is answered, and one whose model is gone when it asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from vae_core.checkpoint import Run, fresh, save
from vae_core.config import RunConfig
from vae_core.runs import MOST_OF_ONE_OWNER

from .test_encode import choose_model
from .test_interpolate import row
from .test_side_by_side import open_interpolate


def fill(page: Page, field: str, number: str) -> None:
    page.locator(f"#{field} input").fill(number)
    page.locator(f"#{field} input").press("Enter")


def fill_and_hold(page: Page, field: str, number: str, question: str) -> Route:
    """Type a number, and keep the question with these words, to which it leads, from the server."""
    held: list[Route] = []
    page.route("**/gradio_api/run/**", lambda route: held.append(route) if not held and question in (route.request.post_data or "") else route.continue_())
    with page.expect_request(lambda request: question in (request.post_data or "")):
        fill(page, field, number)
    while not held:  # it has been asked, and comes to the list in a moment
        page.wait_for_timeout(20)
    return held[0]


def test_the_newest_number_is_the_image_that_stays(page: Page) -> None:
    late = fill_and_hold(page, "explore-number", "5", '"mnist-vae-2d",5]')
    fill(page, "explore-number", "7")
    page.wait_for_timeout(500)
    late.continue_()
    page.wait_for_timeout(1000)
    expect(page.locator(".vae-explore")).to_contain_text("test image 7,")


def test_ends_that_follow_each_other_fast_are_all_there(page: Page) -> None:
    open_interpolate(page)
    late = fill_and_hold(page, "interpolate-a", "5", '5,8,"",""]')
    fill(page, "interpolate-c", "3")
    page.wait_for_timeout(500)
    late.continue_()
    page.wait_for_timeout(1000)
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 5,")
    expect(row(page).locator(".vae-blend").first).to_contain_text("triangle of blends")


def test_a_model_that_another_tab_has_pushed_out_is_said_to_be_gone_and_the_map_stays(new_page: Callable[..., Page], tmp_path: Path) -> None:
    page = new_page()
    other = new_page(context=page.context)
    load(page, tmp_path, "first")
    page.get_by_role("tab", name="Explore").click()
    choose_model(page, "first")
    numbers = page.locator(".vae-numbers")
    before = numbers.inner_text()
    for number in range(MOST_OF_ONE_OWNER):
        load(other, tmp_path, f"other{number}")
    page.locator("#explore-random").click()
    expect(page.locator("#explore-message")).to_contain_text("is not here; use one of the list")
    assert numbers.inner_text() == before


def load(page: Page, folder: Path, name: str) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "8"})
    save(Run(name, config, fresh(config), {}), folder)
    page.get_by_role("tab", name="Train").click()
    page.locator("input[data-testid^='Load a saved model']").set_input_files([folder / f"{name}.safetensors", folder / f"{name}.json"])
    expect(page.locator("#train-message")).to_contain_text(f"{name} is loaded", timeout=20_000)
