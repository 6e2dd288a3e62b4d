"""A visitor's own pictures, from the zip to the map: seen before use, trained on, found again, seen by nobody
else, removed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

MINUTE = 60_000
COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "<b>blue": (0, 0, 255)}


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """A zip of colored squares in three folders, and a file that is no picture."""
    with zipfile.ZipFile(tmp_path / "squares.zip", "w") as archive:
        for name, color in COLORS.items():
            for n in range(15):
                picture, file = Image.new("RGB", (40, 32), (20, 20, 30)), io.BytesIO()
                picture.paste(color, (8 + n, 5, 20 + n, 20))
                picture.save(file, "PNG")
                archive.writestr(f"squares/{name}/{n}.png", file.getvalue())
        archive.writestr("squares/notes.txt", "hello")
    return tmp_path / "squares.zip"


def open_panel(page: Page) -> None:
    page.get_by_role("tab", name="Train").click()
    page.get_by_text("Use your own images").click()
    expect(page.locator("#uploads-size")).to_be_visible()


def listed(page: Page) -> list[str]:
    """The data sets that the form offers."""
    page.locator("#setting-dataset input").click()
    page.get_by_role("option", name="mnist", exact=True).wait_for()
    names = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return [name.removeprefix("✓").strip() for name in names]


def test_own_pictures_become_a_data_set_of_one_visitor(
    page: Page, new_page: Callable[..., Page], squares: Path, tmp_path: Path
) -> None:
    message, status, addresses = page.locator("#uploads-message"), page.locator("#train-status"), []
    page.on("request", lambda request: addresses.append(request.url) if "/vae/images/" in request.url else None)
    open_panel(page)

    (tmp_path / "no.zip").write_bytes(b"PK\3\4" + bytes(99))
    page.locator("#uploads-files input[type=file]").set_input_files(tmp_path / "no.zip")
    expect(message).to_contain_text(
        "images: the damaged zip no.zip is not allowed; use a zip that can be opened", timeout=MINUTE
    )
    page.locator("#uploads-files [aria-label='Clear']").click()
    expect(message).not_to_contain_text("damaged")
    page.locator("#uploads-files input[type=file]").set_input_files(
        {"name": "none.zip", "mimeType": "application/zip", "buffer": b""}
    )
    expect(message).to_contain_text("images: 0 (skipped files: 1) is not allowed; use at least 20.", timeout=MINUTE)
    expect(message).to_contain_text("(none.zip)")
    page.locator("#uploads-files [aria-label='Clear']").click()
    expect(message).not_to_contain_text("none.zip")

    page.locator("#uploads-files input[type=file]").set_input_files(squares)
    expect(message).to_contain_text("45 images of 28×28 pixels in grey: 36 for training, 9 held out.", timeout=MINUTE)
    expect(message).to_contain_text("3 classes: <b>blue (15), green (15), red (15).")
    expect(message).to_contain_text("Skipped: not pictures: 1 (squares/notes.txt).")
    page.get_by_label("Color", exact=True).check()
    expect(message).to_contain_text("in color", timeout=MINUTE)
    expect(page.locator("#uploads-preview canvas")).to_have_count(15)
    page.locator("#uploads-add").click()
    expect(message).to_contain_text("name: enter 1 to 40 characters")
    page.locator("#uploads-name textarea, #uploads-name input").first.fill("My squares")
    page.locator("#uploads-add").click()
    expect(message).to_contain_text("My squares is in your list and selected: 36 images for training, 9 held out.")
    expect(page.locator("#setting-dataset input")).to_have_value("My squares (yours)")

    page.locator("#setting-epochs input").fill("1")
    page.locator("#train-start").click()
    expect(status).to_contain_text("Finished after", timeout=MINUTE)
    expect(page.locator("#train-map .vae-chip")).to_have_text(["<b>blue", "green", "red"])
    with page.expect_download() as saved:
        status.get_by_role("link", name="images for the script (.npz)").click()
    assert np.load(saved.value.path())["training_pixels"].shape == (36, 3, 28, 28)
    assert status.get_by_role("link", name="PyTorch training script").count() == 1

    page.reload()
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Explore").click()
    page.locator("#explore-model input").click()
    page.get_by_role("option", name="My squares · VAE · 2-D · My-squares-vae-2d (yours)").click()
    expect(page.locator("#explore-figure .vae-chip")).to_have_text(["<b>blue", "green", "red"], timeout=MINUTE)
    page.locator("input[data-testid^='Upload or paste an image']").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(page.locator("#explore-message")).to_contain_text("Your", timeout=MINUTE)
    open_panel(page)
    assert listed(page)[:2] == ["My squares (yours)", "mnist"]

    own = [address for address in addresses if "/images/mnist" not in address]
    assert own
    names = [address.split("/images/")[1].split("/")[0] for address in own]
    assert {len(name) for name in names} == {32}, "the name in the address is random"
    assert page.request.get(own[0]).status == 200
    assert page.request.get(own[0].replace(own[0].split("/")[-2], "0" * 32)).status == 404
    other = new_page()
    open_panel(other)
    assert listed(other)[0] == "mnist"
    expect(other.locator("#uploads-sets")).to_be_hidden()

    page.locator("#uploads-remove").click()
    page.locator("#uploads-cancel").click()
    expect(page.locator("#uploads-confirm")).to_be_hidden()
    page.locator("#uploads-remove").click()
    page.locator("#uploads-confirm").click()
    expect(message).to_contain_text("My squares and the models trained on it have been removed.", timeout=MINUTE)
    expect(status).to_contain_text("The images have been removed, and everything that was trained on them.")
    assert page.request.get(own[0]).status == page.request.get(saved.value.url).status == 404
    assert listed(page)[0] == "mnist"
    page.get_by_role("tab", name="Explore").click()
    expect(page.locator("#explore-model input")).not_to_have_value("My squares · VAE · 2-D · My-squares-vae-2d (yours)")


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 40), (255, 0, 0)).save(file, "PNG")
    return file.getvalue()
