"""A page that asks faster than it is answered, and one that is not answered as it hoped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_compare import open_interpolate
from tests.browser.test_encode import SEVEN, choose_model, open_pad, stroke
from tests.browser.test_interpolate import drag, end, end_coordinates, middle, row
from tests.support.activity import open_context, wait_until_idle, wait_until_loaded
from tests.support.canvases import handle_coordinates
from tests.support.waiting import wait_for
from vae_core.analysis.latent_map import latent_map
from vae_core.config import RunConfig
from vae_core.runs.catalog import MAX_RUNS_PER_OWNER
from vae_core.runs.checkpoint import SHIPPED, build_untrained, save
from vae_core.runs.checkpoint import load as load_shipped
from vae_core.runs.run import Run


def fill(page: Page, field: str, number: str) -> None:
    page.locator(f"#{field} input").fill(number)
    page.locator(f"#{field} input").press("Enter")


def hold(page: Page, question: str) -> list[Route]:
    """Hold back the first request that contains these words; it appears in the list once the page has sent it."""
    questions: list[Route] = []
    page.route(
        "**/gradio_api/run/**",
        lambda route: (
            questions.append(route)
            if not questions and question in (route.request.post_data or "")
            else route.continue_()
        ),
    )
    return questions


def wait_for_question(page: Page, questions: list[Route]) -> Route:
    """The question that `hold` keeps back, once the page has asked it: Playwright hears of it while it talks
    to the page.
    """
    return wait_for(lambda: page.evaluate("true") and questions, seconds=20)[0]


def fill_and_hold(page: Page, field: str, number: str, question: str) -> Route:
    """Type a number, and keep the question with these words, to which it leads, from the server."""
    questions = hold(page, question)
    fill(page, field, number)
    return wait_for_question(page, questions)


def let_go(page: Page, late: Route) -> None:
    """Continue a held request after all later requests are answered, and wait for its answer."""
    wait_until_idle(page, held=1)
    late.continue_()
    wait_until_idle(page)


def test_the_newest_number_is_the_image_that_stays(page: Page) -> None:
    late = fill_and_hold(page, "explore-number", "5", '"mnist-vae-2d",5]')
    fill(page, "explore-number", "7")
    let_go(page, late)
    expect(page.locator(".vae-explore")).to_contain_text("test image 7,")


def test_ends_that_follow_each_other_fast_are_all_there(page: Page) -> None:
    open_interpolate(page)
    late = fill_and_hold(page, "interpolate-a", "5", '5,8,"",""]')
    fill(page, "interpolate-c", "3")
    let_go(page, late)
    expect(page.locator("#interpolate-figure")).to_contain_text("A: test image 5,")
    expect(row(page).locator(".vae-blend").first).to_contain_text("triangle of blends")


def test_a_drawing_that_is_answered_late_is_seen_by_the_model_that_has_been_chosen_meanwhile(page: Page) -> None:
    open_pad(page)
    questions = hold(page, '"mnist-vae-2d",0]')
    wait_until_idle(page)
    stroke(page, SEVEN)
    late = wait_for_question(page, questions)
    page.locator("#explore-model input").click()
    page.get_by_role("option", name="· fashion-ae-2d").click()
    wait_until_idle(page, held=1)
    late.continue_()
    expect(page.locator(".vae-code-text")).to_contain_text("code:")
    wait_until_idle(page)
    expect(page.locator(".vae-code-text")).to_contain_text("code:")
    expect(page.locator(".vae-explore")).to_contain_text("your drawing")


def test_an_image_that_is_chosen_again_is_shown_again(page: Page) -> None:
    latent = latent_map(load_shipped(SHIPPED / "mnist-vae-2d"))
    fill(page, "explore-number", "5")
    expect(page.locator(".vae-explore")).to_contain_text("test image 5,")
    page.locator("#explore-figure .vae-map-overlay").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert handle_coordinates(page) != pytest.approx(latent.code(5).tolist(), abs=0.006)
    page.locator("#explore-number input").press("Enter")
    wait_until_idle(page)
    assert handle_coordinates(page) == pytest.approx(latent.code(5).tolist(), abs=0.006)


def test_the_point_of_an_ends_own_image_puts_that_end_back(page: Page) -> None:
    open_interpolate(page)
    home, latent = middle(end(page, "A")), latent_map(load_shipped(SHIPPED / "mnist-vae-2d"))
    drag(page, "A", 30, -30)
    assert not torch.allclose(end_coordinates(page, "A"), latent.code(0), atol=0.006)
    page.mouse.click(*home)
    wait_until_idle(page)
    assert torch.allclose(end_coordinates(page, "A"), latent.code(0), atol=0.006)


def test_a_model_that_cannot_be_fetched_leaves_the_map_and_is_asked_for_again(browser: Browser, server: str) -> None:
    page = open_context(browser).new_page()  # one whose console nobody watches: a browser reports every failure there
    page.goto(server)
    wait_until_loaded(page)
    page.route("**/vae/decoder/mnist-vae-16d", lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"))
    before, numbers = handle_coordinates(page), page.locator(".vae-code-text").inner_text()
    page.locator("#explore-model input").click()
    page.get_by_role("option", name="· mnist-vae-16d").click()
    expect(page.locator("#explore-figure .vae-message")).to_have_text(
        "The server does not answer; try again in a moment."
    )
    wait_until_idle(page)
    assert handle_coordinates(page) == before
    assert page.locator(".vae-code-text").inner_text() == numbers
    page.unroute("**/vae/decoder/mnist-vae-16d")
    fill(page, "explore-number", "3")
    expect(page.locator(".vae-code-text")).to_contain_text(", …")
    expect(page.locator("#explore-figure .vae-message")).to_have_text("")
    page.context.close()


def test_a_model_that_another_tab_has_pushed_out_is_said_to_be_gone_and_the_map_stays(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page()
    other = new_page(context=page.context)
    load(page, tmp_path, "first")
    page.get_by_role("tab", name="Explore").click()
    choose_model(page, "first")
    numbers = page.locator(".vae-code-text")
    before = numbers.inner_text()
    for number in range(MAX_RUNS_PER_OWNER):
        load(other, tmp_path, f"other{number}")
    page.locator("#explore-random").click()
    expect(page.locator("#explore-message")).to_contain_text("is not here; use one of the list")
    assert numbers.inner_text() == before


def load(page: Page, folder: Path, name: str) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "8"})
    save(Run(name, config, build_untrained(config), {}), folder)
    page.get_by_role("tab", name="Train").click()
    page.locator("input[data-testid^='Load a saved model']").set_input_files(
        [folder / f"{name}.safetensors", folder / f"{name}.json"]
    )
    expect(page.locator("#train-message")).to_contain_text(f"{name} is loaded", timeout=20_000)
