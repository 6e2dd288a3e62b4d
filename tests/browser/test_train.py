"""The second tab: a training is watched, resumed after a reload, stopped, saved and loaded; errors get a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from safetensors.torch import load

from tests.support.activity import wait_until_idle, wait_until_loaded

MINUTE = 60_000


def choose(page: Page, field: str, option: str) -> None:
    """Pick an option of a settings list."""
    page.locator(f"#setting-{field} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def fill(page: Page, field: str, value: str) -> None:
    """Type a value into a settings field."""
    page.locator(f"#setting-{field} input, #setting-{field} textarea").first.fill(value)


def open_train(page: Page, **settings: str) -> Locator:
    """Open the Train tab, fill in small settings and return the status line."""
    page.get_by_role("tab", name="Train").click()
    page.get_by_text("More settings").click()
    choose(page, "dataset", "digits")
    for field, value in settings.items():
        fill(page, field, value)
    return page.locator("#train-status")


def press_train(page: Page) -> None:
    page.locator("#train-start").click()


def test_a_training_is_watched_to_its_end_and_is_in_every_list(page: Page) -> None:
    status = open_train(page, epochs="40", hidden="64,32")
    press_train(page)
    expect(page.locator("#train-map .vae-chip")).to_have_count(10, timeout=MINUTE)
    expect(page.locator("#train-pictures canvas")).to_have_count(32)
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    expect(status).to_contain_text(re.compile(r"−ELBO [\d.]+ nats"))
    expect(page.locator("#train-curves .vae-chart-plot")).to_have_attribute(
        "aria-label", re.compile(r"Loss over training, total \(−ELBO\), held out [\d.]+")
    )
    for tab, field in (
        ("Explore", "explore-model"),
        ("Interpolate", "interpolate-upper"),
        ("Interpolate", "interpolate-lower"),
        ("Compare", "compare-left"),
        ("Compare", "compare-right"),
    ):
        page.get_by_role("tab", name=tab).click()
        page.locator(f"#{field} input").click()
        expect(page.get_by_role("option", name="digits-vae-2d (yours)").first).to_be_visible()
        page.keyboard.press("Escape")


def test_a_reload_in_the_middle_finds_the_training_again(page: Page) -> None:
    status = open_train(page, epochs="400", hidden="256,128")
    press_train(page)
    expect(status).to_contain_text("epoch", timeout=MINUTE)
    page.reload()
    page.get_by_role("tab", name="Train").click()
    expect(status).to_contain_text("epoch", timeout=20_000)
    page.locator("#train-stop").click()
    expect(status).to_contain_text("Stopped after", timeout=20_000)
    for tab, loaded in (("Train", False), ("Explore", False), ("Explore", True)):
        page.get_by_role("tab", name=tab).click()
        page.reload()
        if loaded:  # the tab has not been opened when its events come, and must not lose them
            wait_until_loaded(page)
        page.get_by_role("tab", name="Train").click()
        expect(status).to_contain_text("Stopped after", timeout=20_000)
        expect(page.locator("#train-map .vae-chip")).to_have_count(10, timeout=20_000)
        expect(page.locator("#train-pictures canvas").first).to_be_visible()
        expect(page.locator(".vae-player")).to_be_visible()


def test_a_double_click_starts_one_training_and_two_stops_end_it_once(page: Page) -> None:
    status = open_train(page, epochs="400", hidden="256,128")
    page.locator("#train-start").dblclick()
    expect(status).to_contain_text("epoch", timeout=MINUTE)
    press_train(page)
    expect(page.locator("#train-message")).to_contain_text("still running")
    page.locator("#train-stop").dblclick()
    expect(status).to_contain_text("Stopped after", timeout=20_000)
    page.locator("#train-stop").click()
    expect(page.locator("#train-message")).to_contain_text("You have no training in progress")


def test_two_tabs_of_one_visitor_see_the_same_training(new_page: Callable[..., Page], page: Page) -> None:
    status = open_train(page, epochs="400", hidden="256,128")
    press_train(page)
    expect(status).to_contain_text("epoch", timeout=MINUTE)
    second = new_page(context=page.context, training=True)
    second.get_by_role("tab", name="Train").click()
    expect(second.locator("#train-status")).to_contain_text("epoch", timeout=20_000)
    page.close()
    before = second.locator("#train-status").inner_text()
    expect(second.locator("#train-status")).not_to_have_text(before, use_inner_text=True, timeout=20_000)
    expect(second.locator("#train-status")).to_contain_text("epoch")
    second.locator("#train-stop").click()
    expect(second.locator("#train-status")).to_contain_text("Stopped after", timeout=20_000)


def test_a_strangers_training_is_not_in_my_list(new_page: Callable[..., Page], page: Page) -> None:
    status = open_train(page, epochs="2", hidden="16")
    press_train(page)
    expect(status).to_contain_text("Finished", timeout=MINUTE)
    other = new_page()
    other.locator("#explore-model input").click()
    expect(other.get_by_role("option", name="mnist-vae-2d")).to_be_visible()
    expect(other.get_by_role("option", name="digits-vae-2d")).to_have_count(0)


def test_a_saved_model_is_loaded_again(page: Page, tmp_path: Path) -> None:
    status = open_train(page, epochs="3", hidden="16")
    press_train(page)
    expect(status).to_contain_text("Finished", timeout=MINUTE)
    files = []
    for link in status.get_by_role("link").all()[:2]:
        with page.expect_download() as download:
            link.click()
        files.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(files[-1])
    assert load(files[0].read_bytes())
    assert json.loads(files[1].read_text())["config"]["dataset"] == "digits"
    upload = page.locator("input[data-testid^='Load a saved model']")
    upload.set_input_files(files)
    expect(page.locator("#train-message")).to_contain_text("digits-vae-2d (2) is loaded", timeout=20_000)
    (tmp_path / "cut.safetensors").write_bytes(files[0].read_bytes()[:500])
    upload.set_input_files([tmp_path / "cut.safetensors", files[1]])
    expect(page.locator("#train-message")).to_contain_text("cut off", timeout=20_000)
    upload.set_input_files(files[:1])
    expect(page.locator("#train-message")).to_contain_text("one .safetensors and one .json", timeout=20_000)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("hidden", ["", "512,,x", "0", "99999"]),
        ("learning_rate", ["0", "-1", "", "10"]),
        ("epochs", ["0", "100000"]),
        ("latent_dim", ["1", "4096"]),
    ],
)
def test_a_wrong_setting_gets_a_sentence_and_starts_nothing(page: Page, field: str, values: list[str]) -> None:
    status = open_train(page)
    for value in values:
        fill(page, field, value)
        press_train(page)
        expect(page.locator("#train-message")).to_contain_text(
            f"{field}: {value} is not allowed; use" if value else f"{field}: enter"
        )
        wait_until_idle(page)
    expect(status).to_contain_text("press Train")


TAKES_COMMAS = """document.addEventListener('beforeinput',
    ({ target }) => target.dispatchEvent(new InputEvent('input', { bubbles: true })))"""


def test_a_decimal_comma_that_the_browser_drops_becomes_a_point(page: Page) -> None:
    """It trained with β = 15 without a word. A browser that takes the comma tells of it as input, and is left alone."""
    page.get_by_role("tab", name="Train").click()
    field = page.locator("#setting-beta input")
    for delay, script, expected in ((0, "0", 1.5), (60, "0", 1.5), (60, TAKES_COMMAS, 15)):
        page.evaluate(script)
        field.click()
        page.keyboard.press("Control+A")
        page.keyboard.type("1,5", delay=delay)
        wait_until_idle(page)
        assert field.evaluate("field => field.valueAsNumber") == expected


def test_a_training_that_cannot_go_on_says_so_and_keeps_its_model(page: Page) -> None:
    status = open_train(page, epochs="20", hidden="64", learning_rate="0.1", beta="100")
    choose(page, "likelihood", "gaussian")
    fill(page, "sigma", "0.01")
    press_train(page)
    expect(status).to_contain_text(re.compile("Finished after|Stopped after"), timeout=MINUTE)
    expect(status).to_contain_text("is listed in every tab")


def test_a_data_set_that_cannot_be_fetched_gets_a_sentence(page: Page) -> None:
    status = open_train(page)
    choose(page, "dataset", "kmnist")
    press_train(page)
    expect(status).to_contain_text("kmnist could not be downloaded (no connection)", timeout=2 * MINUTE)


def test_a_preset_fills_the_form_and_only_what_matters_is_shown(page: Page) -> None:
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#setting-beta")).to_be_visible()
    page.locator("#train-preset input").click()
    page.get_by_role("option", name="Sparse autoencoder").click()
    expect(page.locator("#setting-kind input")).to_have_value("sparse AE")
    expect(page.locator("#setting-latent_dim input")).to_have_value("64")
    expect(page.locator("#train-about")).to_contain_text("only a few are active")
    expect(page.locator("#setting-rho")).to_be_visible()
    expect(page.locator("#setting-beta")).to_be_hidden()
    choose(page, "sparsity", "l1")
    expect(page.locator("#setting-rho")).to_be_hidden()


def test_a_setting_that_is_hidden_cannot_stand_in_the_way(page: Page) -> None:
    status = open_train(page, epochs="1", hidden="8", beta="999")
    choose(page, "kind", "AE")
    expect(page.locator("#setting-beta")).to_be_hidden()
    press_train(page)
    expect(status).to_contain_text("Finished after", timeout=MINUTE)


def test_two_phases_are_told_apart_and_what_a_variant_adds_is_a_curve(page: Page) -> None:
    status = open_train(page, epochs="20", hidden="32")
    choose(page, "kind", "DEC")
    fill(page, "pretrain_epochs", "60")
    press_train(page)
    expect(status).to_contain_text(re.compile(r"Pretraining: epoch [\d.]+ of 80"), timeout=MINUTE)
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    expect(page.locator("#train-curves")).to_contain_text("clustering KL(P ‖ Q)")


def test_a_collapse_is_said_in_words_and_seen_in_the_bars(page: Page) -> None:
    status = open_train(page, epochs="3", hidden="16", latent_dim="4", beta="100")
    press_train(page)
    expect(status).to_contain_text("Posterior collapse: 0 of 4 dimensions", timeout=MINUTE)
    expect(page.locator("#train-bars .vae-chart-plot")).to_be_visible()


def test_what_does_not_go_together_gets_a_sentence(page: Page) -> None:
    open_train(page, epochs="1")
    choose(page, "dataset", "pendulum")
    choose(page, "kind", "conditional VAE")
    press_train(page)
    expect(page.locator("#train-message")).to_contain_text(
        "dataset: pendulum is not allowed; use one with several classes"
    )
