"""The layout on a phone and on a tablet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


def test_the_figure_follows_the_buttons_and_files_are_on_their_captions_line(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.get_by_role("tab", name="Train").click()
    start, status, figure, form = (
        page.locator(f"#train-{part}").bounding_box() for part in ("start", "status", "map", "preset")
    )
    assert start["y"] < status["y"] < figure["y"] < form["y"]
    assert figure["y"] + 100 < 844, "whoever presses Train sees the map form"
    page.get_by_role("tab", name="Compare").click()
    block = page.locator(".vae-image-row:visible").first
    save = block.get_by_role("button", name="Save these images as PNG")
    expect(save).to_be_visible()
    button, caption, grid = (
        node.bounding_box() for node in (save, block.locator("figcaption"), block.locator(".vae-image-grid"))
    )
    assert abs(button["y"] + button["height"] / 2 - caption["y"] - caption["height"] / 2) < 3
    assert button["y"] + button["height"] <= grid["y"]
    save.focus()
    expect(save).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height"), [(390, 844), (720, 450), (768, 1024), (820, 1180)]
)  # 720 is a laptop's 1440 at a zoom of 200 %
def test_the_decoded_picture_is_in_sight_with_the_map(new_page: Callable[..., Page], width: int, height: int) -> None:
    page = new_page(viewport={"width": width, "height": height})
    frame, screen, legend = (
        page.locator(f".vae-explore .vae-{part}").first for part in ("map-frame", "decoded-image", "legend")
    )
    above, shown, below = (node.bounding_box() for node in (frame, screen, legend))
    end = shown["y"] + shown["height"]
    assert above["y"] + above["height"] < shown["y"], "right below the map"
    assert end < below["y"], "above the legend"
    assert end - above["y"] <= height, "whoever drags sees what the handle decodes to"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_both_maps_of_compare_are_seen_together(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-map-right .vae-chip").first).to_be_visible()
    expect(page.locator("#compare-images-right canvas").first).to_be_visible()
    left, right = (page.locator(f"#compare-map-{side} .vae-map-frame").bounding_box() for side in ("left", "right"))
    assert min(left["width"], left["height"], right["width"], right["height"]) > 280
    assert 0 < right["y"] + right["height"] - left["y"] < 844
