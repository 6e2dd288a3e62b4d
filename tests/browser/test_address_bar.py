"""Downloads of a training, links that restore settings, and experiments started by one click."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import onnx
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.activity import wait_until_idle
from vae_core.runs.recipes import EXPERIMENTS

MINUTE = 60_000
WORK = re.compile(r"/gradio_api/(run|queue/join)")  # what the server is asked to do


def downloads(page: Page, row: Locator) -> dict[str, bytes]:
    """Every file of a row, by the ending of its name."""
    links = {}
    for link in row.get_by_role("link").all():
        with page.expect_download() as download:
            link.click()
        links[download.value.suggested_filename.rsplit(".", 1)[1]] = download.value.path().read_bytes()
    return links


def test_a_link_fills_the_form_and_what_was_trained_is_taken_along(new_page: Callable[..., Page]) -> None:
    page = new_page(
        "?__theme=light&dataset=digits&kind=cvae&latent_dim=3&hidden=16&epochs=2&seed=7&beta=999&colour=red"
    )
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#setting-kind input")).to_have_value("conditional VAE")
    expect(page.locator("#setting-latent_dim input")).to_have_value("3")
    expect(page.locator("#setting-beta input").first).to_have_value("1")
    expect(page.locator("#link-message")).to_contain_text(
        "beta: 999 is not allowed; use a number from 0 to 100. colour: red is not allowed"
    )

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#train-copy").click()
    expect(page.locator("#train-copy-result")).to_contain_text("Link copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url.split("?")[0] + "?dataset=digits&kind=cvae&latent_dim=3&hidden=16&epochs=2&seed=7"

    page.locator("#train-start").click()
    status = page.locator("#train-status")
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    files = downloads(page, status)
    assert set(files) == {"safetensors", "json", "onnx", "py", "csv"}
    assert [value.name for value in onnx.load_from_string(files["onnx"]).graph.input] == ["z", "label"]
    assert compile(files["py"], "script.py", "exec")
    assert len(files["py"].splitlines()) < 120
    header, *rows = csv.reader(io.StringIO(files["csv"].decode()))
    assert header[0] == "step"
    assert len(rows) >= 2

    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })"
    )
    page.get_by_role("button", name="Copy the link to its settings").and_(page.locator("#train-status button")).click()
    expect(status.get_by_role("textbox", name="Link")).to_have_value(copied)
    expect(status).to_contain_text("copy the link by hand")


def test_one_click_begins_an_experiment_and_a_second_one_has_to_wait(page: Page) -> None:
    row = page.locator("#explore-downloads")
    expect(row.get_by_role("link")).to_have_count(5)
    assert all("mnist-vae-2d" in link.get_attribute("href") for link in row.get_by_role("link").all())
    page.get_by_role("tab", name="Train").click()
    cards = page.locator("#train-experiments").get_by_role("button")
    expect(cards).to_have_count(len(EXPERIMENTS))
    cards.filter(has_text="Sixteen dimensions").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#train-status")).to_contain_text("epoch", timeout=MINUTE)
    expect(page.locator("#setting-latent_dim input")).to_have_value("16")
    cards.filter(has_text="PCA").click()
    expect(page.locator("#train-message")).to_contain_text(re.compile("still running|a training of yours"))
    page.locator("#train-stop").click()
    expect(page.locator("#train-status")).to_contain_text("Stopped after", timeout=20_000)


def test_a_link_opens_a_model_or_says_that_it_is_not_here(new_page: Callable[..., Page]) -> None:
    page = new_page("?model=mnist-vade-10d")
    expect(page.locator("#explore-model input")).to_have_value(re.compile("mnist-vade-10d$"))
    expect(page.locator("#explore-downloads a[href='vae/save/mnist-vade-10d.py']")).to_have_text(
        "PyTorch training script (.py)"
    )
    page.goto(page.url.replace("mnist-vade-10d", "nowhere"))
    expect(page.locator("#link-message")).to_contain_text("model: nowhere is not here")
    expect(page.locator("#explore-model input")).to_have_value(re.compile("mnist-vae-2d$"))


def test_a_tab_that_is_chosen_before_the_server_answers_a_reload_stays(new_page: Callable[..., Page]) -> None:
    page = new_page("?__theme=light&tab=train")
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    questions: list[Route] = []
    page.route(WORK, lambda route: questions.append(route))
    page.reload()
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Compare").click()
    assert questions, "the server was asked"
    page.unroute(WORK)  # what was held goes on
    expect(page.locator("#compare-map-right .vae-chip").first).to_be_visible()
    expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")


def test_a_reload_finds_the_tab_and_the_form_as_they_were(new_page: Callable[..., Page]) -> None:
    """Gradio reloads the page by itself when a button was pressed while there was no connection."""
    page = new_page("?__theme=light&model=mnist-vade-10d")
    page.get_by_role("tab", name="Train").click()
    for name, value in (("epochs", "123"), ("latent_dim", "5"), ("latent_dim", "-1")):
        field = page.locator(f"#setting-{name} input")
        field.fill(value)
        field.blur()
        wait_until_idle(page)
    assert page.url.split("?")[1] == "__theme=light&tab=train&latent_dim=5&epochs=123", (
        "the last settings that are allowed"
    )
    page.reload()
    expect(page.locator("#setting-epochs input")).to_have_value("123")
    expect(page.locator("#setting-latent_dim input")).to_have_value("5")
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#link-message")).to_be_hidden()
    page.locator(".vae-experiment").filter(has_text="Conditional VAE").click()
    expect(page.locator("#train-status")).to_contain_text("epoch", timeout=MINUTE)
    page.locator("#train-stop").click()
    expect(page.locator("#train-status")).to_contain_text("Stopped after", timeout=MINUTE)
    assert "kind=cvae" in page.url
    assert "latent_dim" not in page.url
    addresses = {
        "Interpolate": "#interpolate-figure .vae-strip canvas",
        "Compare": "#compare-map-right .vae-chip",
        "Explore": ".vae-explore .vae-chip",
    }
    for tab, figure in addresses.items():
        page.get_by_role("tab", name=tab).click()
        page.reload()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true", timeout=20_000)
        expect(page.locator(figure).first).to_be_visible(timeout=20_000)
    page.goto(page.url.split("?")[0] + "?colour=red")
    expect(page.locator("#link-message")).to_contain_text("colour: red is not allowed")
    expect(page.locator("#link-message")).not_to_contain_text("filled in from the link")
    page.goto(page.url.split("?")[0] + "?tab=nowhere&seed=3")
    expect(page.locator("#link-message")).to_contain_text("The form was filled in from the link")
