"""Features of the map and the decoder that no shipped model uses: factors, a prior, a class to decode."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from tests.support.activity import wait_until_idle
from tests.support.canvases import grey_values
from tests.support.untrained_models import conditional, mixture, monotone
from vae_core.analysis.dimensions import Dimensions
from vae_core.analysis.latent_map import LatentMap, latent_map, project_prior
from vae_core.config import RunConfig
from vae_core.datasets.registry import DATASETS
from vae_core.export.browser import export_decoder
from vae_core.latent.codes import decode
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.run import Run
from vae_core.training.variants import build
from vae_core.ui.tabs.explore import position

DECODE = """async ([url, bytes, codes, labels]) => {
    const { Decoder } = await import(new URL('vae/static/decoder/decoder.js', url));
    const decoder = new Decoder(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)).buffer);
    return codes.map((code, i) => Array.from(decoder.decode(code, labels[i])));
}"""
MOUNT = """async ([url, chosen]) => {
    const { mount } = await import(new URL('vae/static/explore/explore.js', url));
    const element = document.createElement('div'), props = { run: 'by-hand', chosen };
    element.id = 'by-hand';
    element.innerHTML = '<div class="vae-explore"></div>';
    document.querySelector('#explore-figure').before(element); // where the page's styles reach
    const watch = (names, act) => { window.choose = (chosen) => { props.chosen = chosen; act(); }; };
    mount({ element, props, trigger() {}, watch });
}"""


def map_by_hand(model: Autoencoder, **more: object) -> LatentMap:
    """A map of the scikit-learn digits under an untrained VAE, under the name of a model made by hand."""
    config = RunConfig.from_flat({"dataset": "digits", "kind": "vae", "hidden": "8"})
    latent = latent_map(Run("by-hand", config, build(config.model, (1, 8, 8), 1), {}))
    return replace(latent, run=replace(latent.run, model=model), **more)


def selection(latent: LatentMap, index: int) -> dict[str, object]:
    """As the server says which test image is shown."""
    return {"run": "by-hand", "index": index, "label": int(latent.labels[index])} | position(
        latent.plane, latent.codes.at(index)
    )


def mount(page: Page, server: str, latent: LatentMap, with_codes: bool = True) -> Locator:
    """Put a figure like the first tab's on top of the page, for a map, a decoder and codes that the server
    does not know.
    """
    page.route("**/vae/map/by-hand", lambda route: route.fulfill(body=latent.to_bytes()))
    page.route("**/vae/decoder/by-hand", lambda route: route.fulfill(body=export_decoder(latent.run.model)))
    if with_codes:
        codes = latent.codes.mean
        dimensions = Dimensions(codes, codes.var(0), False, codes.amin(0), codes.amax(0))
        page.route("**/vae/codes/by-hand", lambda route: route.fulfill(body=dimensions.to_bytes()))
    page.evaluate(MOUNT, [server, selection(latent, 0)])
    figure = page.locator("#by-hand")
    expect(figure).to_contain_text("test image 0,")
    wait_until_idle(page)
    return figure


def points(figure: Locator) -> np.ndarray:
    """Return the red of every pixel of the map, once it is drawn."""
    wait_until_idle(figure.page)
    return grey_values(figure.locator(".vae-map-points"))


@pytest.mark.parametrize("make", [conditional, monotone])
def test_the_pages_decoder_agrees_with_torch_for_every_kind_of_layer(scripts: Page, server: str, make: type) -> None:
    model, codes, labels = make(), torch.randn(200, 3), torch.arange(200) % 10
    data = base64.b64encode(export_decoder(model)).decode()
    shown = np.array(scripts.evaluate(DECODE, [server, data, codes.tolist(), labels.tolist()]))
    assert np.abs(shown - decode(model, codes, labels).flatten(1).numpy()).max() <= 2 / 255


def test_a_factor_colors_the_points_and_the_class_brings_its_colors_back(
    page: Page, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], factors=("angle (°)", "size")))
    made_with = torch.stack([torch.linspace(0, 359, 360), torch.linspace(0.5, 2, 360)], 1)
    figure = mount(page, server, map_by_hand(conditional(2), factors=made_with))
    by, colored = figure.get_by_label("Color by"), [points(figure)]
    for option, low, high in (("angle (°)", "0", "359"), ("size", "0.50", "2.00")):
        by.select_option(option)
        colored.append(points(figure))
        expect(figure.locator(".vae-color-bar")).to_have_text(low + high)
        expect(figure.locator(".vae-chip")).to_have_count(0)
    assert all(not np.array_equal(a, b) for a, b in pairwise(colored))
    by.select_option("class")
    assert np.array_equal(points(figure), colored[0])
    expect(figure.locator(".vae-chip")).to_have_count(10)


def test_the_prior_is_drawn_and_switched_off_with_a_key(page: Page, server: str) -> None:
    plain = map_by_hand(conditional(2))
    figure = mount(page, server, replace(plain, prior=project_prior(mixture(3, 2), plain.plane)))
    switch, with_prior = figure.get_by_label("Prior", exact=True), points(figure)
    expect(switch).to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    without = points(figure)
    assert not np.array_equal(without, with_prior)
    page.keyboard.press("Space")
    assert np.array_equal(points(figure), with_prior)
    figure.get_by_label("Density contours").check()
    assert not np.array_equal(points(figure), with_prior)


def test_a_model_without_a_prior_and_classes_alone_offer_no_choice(page: Page, server: str) -> None:
    figure = mount(page, server, replace(map_by_hand(monotone(2)), prior=None))
    for label in ("Prior", "Color by", "Class to decode"):
        expect(figure.get_by_label(label, exact=True)).to_be_hidden()


def test_another_class_decodes_the_same_code_and_another_image_brings_its_own(page: Page, server: str) -> None:
    latent = map_by_hand(model := conditional(2))
    figure = mount(page, server, latent)
    screen, again = figure.locator(".vae-decoded-image"), figure.locator(".vae-image-views canvas").nth(1)

    def shows(canvas: Locator, index: int, label: int) -> bool:
        expected = 255 * decode(model, latent.code(index)[None], torch.tensor([label]))[0, 0].numpy()
        return np.abs(grey_values(canvas) - expected).max() <= 2

    of_image = int(latent.labels[0])
    other, class_field = (
        next(i for i in range(360) if latent.labels[i] != of_image),
        figure.get_by_label("Class to decode"),
    )
    expect(class_field).to_have_value(str(of_image))
    assert shows(screen, 0, of_image)
    assert shows(again, 0, of_image)
    class_field.select_option(str((of_image + 4) % 10))
    assert shows(screen, 0, (of_image + 4) % 10)
    assert shows(again, 0, of_image)
    assert not shows(screen, 0, of_image)
    page.evaluate("(chosen) => window.choose(chosen)", selection(latent, other))
    expect(figure).to_contain_text(f"test image {other},")
    wait_until_idle(page)
    expect(class_field).to_have_value(str(int(latent.labels[other])))
    assert shows(screen, other, int(latent.labels[other]))
    assert shows(again, other, int(latent.labels[other]))
