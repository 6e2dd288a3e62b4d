"""Codes of more than two dimensions: slices with sliders, traversals, UMAP, and points that keep their identity."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.analysis.test_hierarchy import hierarchy
from tests.analysis.test_latent_map import run_of
from tests.browser.test_map import mount, selection
from tests.support.activity import open_context, wait_until_idle, wait_until_loaded
from tests.support.canvases import grey_values, handle_position
from vae_core.analysis.dimensions import dimensions
from vae_core.analysis.hierarchy import upper_level
from vae_core.analysis.latent_map import LatentMap, latent_map
from vae_core.analysis.umap import InverseGrid, UmapPoints
from vae_core.i18n.message import Message
from vae_core.jobs.umap_jobs import UmapJob
from vae_core.latent.codes import decode

VIEWS = """async ([url, latent, points, grid, places]) => {
    const { UmapView } = await import(new URL('vae/static/explore/placed_views.js', url));
    latent.codes = Float32Array.from(latent.codes);
    const view = new UmapView(latent, { points: Float32Array.from(points), grid }),
        image = Array.from(latent.codes.subarray(5 * 7, 5 * 8));
    return { between: places.map(([x, y]) => view.inverse(x, y)), place: view.project(image),
        code: view.lift(...view.project(image), image),
        away: view.lift(view.project(image)[0] + 50, 0, image) };
}"""


@pytest.fixture(scope="module")
def latent() -> LatentMap:
    """The digits as an untrained VAE of five dimensions places them, with a decoder that tells codes apart."""
    run = run_of(5)
    with torch.no_grad():
        run.model.decoder[0].weight.mul_(6)
    return latent_map(run)


@pytest.fixture
def figure(page: Page, server: str, latent: LatentMap) -> Locator:
    """The first tab's figure with that model, test image 0 chosen."""
    page.request.get(
        server + "vae/images/digits/0", timeout=60_000
    )  # the server's first use of this data set takes seconds
    page.route("**/vae/codes/by-hand", lambda route: route.fulfill(body=dimensions(latent.run).to_bytes()))
    return mount(page, server, latent, with_codes=False)


def shown(figure: Locator, latent: LatentMap, code: torch.Tensor, held: int = 0) -> bool:
    """Whether the handle's picture is the model's image of a code (5,), once the page has only `held` requests left."""
    wait_until_idle(figure.page, held=held)
    expected = 255 * decode(latent.run.model, code[None])[0, 0].numpy()
    return np.abs(grey_values(figure.locator(".vae-decoded-image")) - expected).max() <= 2


def choose(figure: Locator, view: str) -> None:
    figure.get_by_label("Map of").select_option(view)
    wait_until_idle(figure.page)


def moved(code: torch.Tensor, **values: float) -> torch.Tensor:
    """A code with some dimensions, named z1, z2, …, changed."""
    other = code.clone()
    for name, value in values.items():
        other[int(name[1:]) - 1] = value
    return other


def drawing(figure: Locator) -> int:
    """Return a hash of all pixels of the map, computed in the page: the pixels themselves are megabytes."""
    wait_until_idle(figure.page)
    return figure.locator(".vae-map-points").evaluate("""(canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value, i) => (sum + value * (i % 9973)) % 1e9, 0);
    }""")


def heaviest(latent: LatentMap) -> list[int]:
    """The dimensions' numbers from 1, largest KL first."""
    return [d + 1 for d in dimensions(latent.run).information.argsort(descending=True).tolist()]


def type_into(field: Locator, value: float) -> None:
    field.fill(str(value))
    field.press("Enter")


def test_two_dimensions_have_one_view_and_more_have_three(page: Page, figure: Locator) -> None:
    expect(page.locator("#explore-figure").get_by_label("Map of")).to_be_hidden()
    expect(page.locator("#explore-figure .vae-details")).to_be_hidden()
    expect(figure.get_by_label("Map of").locator("option")).to_have_count(3)


def test_a_slice_keeps_the_code_and_its_sliders_change_the_other_dimensions(figure: Locator, latent: LatentMap) -> None:
    a, b, c, *_ = heaviest(latent)
    choose(figure, "slice")
    code = latent.code(0)
    assert shown(figure, latent, code)
    assert float(figure.locator(".vae-coordinate").first.input_value()) == pytest.approx(code[a - 1].item(), abs=0.006)
    expect(figure.locator(".vae-dimension-slider")).to_have_count(3)
    slider = figure.get_by_label(f"z{'₀₁₂₃₄₅'[c]}", exact=True)
    slider.evaluate("(slider) => { slider.value = slider.max; slider.dispatchEvent(new Event('input')); }")
    code = moved(code, **{f"z{c}": 3.0})
    assert shown(figure, latent, code)
    assert not shown(figure, latent, latent.code(0))
    type_into(figure.locator(".vae-coordinate").last, -1.5)
    assert shown(figure, latent, moved(code, **{f"z{b}": -1.5}))


def test_another_image_sets_the_sliders_to_its_code(page: Page, figure: Locator, latent: LatentMap) -> None:
    choose(figure, "slice")
    page.evaluate("(chosen) => window.choose(chosen)", selection(latent, 5))
    expect(figure).to_contain_text("test image 5,")
    assert shown(figure, latent, latent.code(5))
    values = [float(value.replace("−", "-")) for value in figure.locator(".vae-dimension-value").all_inner_texts()]
    assert np.allclose(values, [latent.code(5)[d - 1] for d in heaviest(latent)[2:]], atol=0.006)


def test_the_same_dimension_twice_turns_the_slice_round(figure: Locator, latent: LatentMap) -> None:
    a, b, *_ = heaviest(latent)
    choose(figure, "slice")
    figure.get_by_label("vertical").select_option(str(a - 1))
    expect(figure.get_by_label("horizontal")).to_have_value(str(b - 1))
    assert shown(figure, latent, latent.code(0))


def test_going_there_and_back_keeps_picture_points_and_hidden_classes(figure: Locator, latent: LatentMap) -> None:
    chip = figure.locator(".vae-chip").first
    chip.click()
    points = drawing(figure)
    choose(figure, "slice")
    expect(chip).to_have_attribute("aria-pressed", "false")
    assert drawing(figure) != points
    choose(figure, "plane")
    assert drawing(figure) == points
    assert shown(figure, latent, latent.code(0))
    expect(figure).to_contain_text("test image 0,")
    expect(figure.locator(".vae-dimension-slider").first).to_be_hidden()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_points_fly_unless_the_visitor_wants_no_motion(figure: Locator, motion: str) -> None:
    figure.page.emulate_media(reduced_motion=motion)
    wait_until_idle(figure.page)
    figure.page.evaluate("""() => {
        const draw = CanvasRenderingContext2D.prototype.putImageData;
        window.drawn = new Set();
        CanvasRenderingContext2D.prototype.putImageData = function (image, ...rest) {
            if (image.width > 300) drawn.add(image.data.reduce((sum, value, i) => (sum + value * (i % 9973)) % 1e9, 0));
            return draw.call(this, image, ...rest);
        };
    }""")
    choose(figure, "slice")
    images = figure.page.evaluate("drawn.size")
    assert images == 1 if motion == "reduce" else images > 2


def test_a_traversal_decodes_its_dimension_and_moves_the_handle(figure: Locator, latent: LatentMap) -> None:
    figure.get_by_text("Traversals").click()
    first = heaviest(latent)[0]
    row = figure.locator(".vae-traversal").first
    expect(row).to_contain_text(f"z{'₀₁₂₃₄₅'[first]} · {dimensions(latent.run).information.max():.2f} nats")
    wait_until_idle(figure.page)
    for i in (0, 4, 10):
        expected = (
            255 * decode(latent.run.model, moved(latent.code(0), **{f"z{first}": -3 + 0.6 * i})[None])[0, 0].numpy()
        )
        assert np.abs(grey_values(row.locator("canvas").nth(i)) - expected).max() <= 2
    row.locator("button").nth(10).click()
    assert shown(figure, latent, moved(latent.code(0), **{f"z{first}": 3.0}))


def test_traversals_are_one_stop_for_the_tab_key_and_follow_the_arrows(figure: Locator) -> None:
    figure.get_by_text("Traversals").click()
    tiles = figure.locator(".vae-traversal button")
    expect(tiles).to_have_count(55)
    figure.get_by_text("Traversals").focus()
    for key, at in (("Tab", 0), ("ArrowRight", 1), ("ArrowDown", 12), ("ArrowUp", 1), ("ArrowUp", 1)):
        figure.page.keyboard.press(key)
        expect(tiles.nth(at)).to_be_focused()


def test_axe_finds_nothing_serious_in_sliders_and_traversals(page: Page, figure: Locator) -> None:
    figure.get_by_text("Traversals").click()
    choose(figure, "slice")
    expect(figure.locator(".vae-traversal button")).to_have_count(55)
    answer = Axe().run(page, context="#by-hand").response["violations"]
    assert [one["id"] for one in answer if one["impact"] in ("serious", "critical")] == []


def test_a_model_that_is_gone_gets_a_sentence_and_the_map_stays(
    browser: Browser, server: str, latent: LatentMap
) -> None:
    page = open_context(browser).new_page()  # one whose console nobody watches: a browser reports every 404 there
    page.goto(server)
    wait_until_loaded(page)
    page.route(
        "**/vae/codes/by-hand",
        lambda route: route.fulfill(status=404, body="model: by-hand is not here; use one of the list."),
    )
    figure = mount(page, server, latent, with_codes=False)
    before = drawing(figure)
    figure.get_by_label("Map of").select_option("slice")
    expect(figure.locator(".vae-message")).to_have_text("model: by-hand is not here; use one of the list.")
    expect(figure.get_by_label("Map of")).to_have_value("plane")
    assert drawing(figure) == before
    assert shown(figure, latent, latent.code(0))
    page.context.close()


class Umap:
    """A stand-in for the server's UMAP of the model made by hand: a grid of codes, and states that a test sets."""

    def __init__(self, latent: LatentMap) -> None:
        generator = np.random.default_rng(0)
        count = len(latent.labels)
        self.points = generator.uniform(0, 10, (count, 2)).astype(np.float32)
        self.inverse = InverseGrid(
            np.zeros(2), np.full(2, 10.0), generator.standard_normal((6, 6, 5)).astype(np.float16).astype(np.float32)
        )
        self.embedding, self.begun = UmapJob(), 0

    def answer(self, route: Route) -> None:
        if route.request.url.endswith("/points"):
            route.fulfill(body=self.embedding.to_bytes())
            return
        if route.request.method == "POST":
            self.begun += 1
            self.embedding = UmapJob("running", "loading")
        route.fulfill(body=json.dumps(self.embedding.status("en")), content_type="application/json")


@pytest.fixture
def umap(page: Page, figure: Locator, latent: LatentMap) -> Umap:
    stub = Umap(latent)
    page.route("**/vae/umap/by-hand**", stub.answer)
    page.route("**/vae/umap/by-hand/points", stub.answer)
    return stub


def test_umap_is_begun_by_hand_once_followed_and_decoded_through_its_inverse(
    page: Page, figure: Locator, latent: LatentMap, umap: Umap
) -> None:
    choose(figure, "umap")
    assert umap.begun == 0
    figure.get_by_role("button", name="Compute UMAP").dblclick()
    expect(figure.locator(".vae-view-status")).to_contain_text("loading the library")
    assert umap.begun == 1
    umap.embedding.update(("layout", 0.5))
    expect(figure.locator(".vae-view-status")).to_contain_text("arranging the points")
    expect(figure.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    umap.embedding.update(UmapPoints(umap.points))
    expect(figure).to_contain_text("dragging decodes the mean of the nearest images")
    assert shown(figure, latent, latent.code(0), held=1)  # the page goes on asking for the inverse
    umap.embedding.update(umap.inverse)
    expect(figure.locator(".vae-view-status")).to_be_hidden()
    expect(figure).to_contain_text("Dragging decodes through UMAP’s inverse")
    corner = (10.0, 10.0) if np.linalg.norm(umap.points[0]) < 6 else (0.0, 0.0)  # away from the chosen image
    for field, value in zip(figure.locator(".vae-coordinate").all(), corner, strict=True):
        type_into(field, value)
    assert shown(figure, latent, torch.from_numpy(umap.inverse.at(np.array([corner]))[0]).float())


def test_a_umap_that_has_been_computed_is_shown_at_once_and_a_failed_one_can_be_begun_again(
    page: Page, figure: Locator, latent: LatentMap, umap: Umap
) -> None:
    umap.embedding = UmapJob("failed", message=Message("umap.process_ended", {"code": -9}))
    choose(figure, "umap")
    expect(figure).to_contain_text("Start it again")
    expect(figure.get_by_role("button", name="Compute UMAP")).to_be_enabled()
    choose(figure, "plane")
    umap.embedding = UmapJob("ready", embedding=UmapPoints(umap.points), inverse=umap.inverse)
    choose(figure, "umap")
    expect(figure).to_contain_text("UMAP 1 (no unit)")
    assert umap.begun == 0
    assert shown(figure, latent, latent.code(0))


def test_dragging_in_any_view_asks_the_server_for_nothing(page: Page, figure: Locator, umap: Umap) -> None:
    umap.embedding = UmapJob("ready", embedding=UmapPoints(umap.points), inverse=umap.inverse)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for view in ("slice", "umap"):
        choose(figure, view)
        wait_until_idle(page)
        x, y = handle_position(page)
        page.mouse.move(x, y)
        wait_until_idle(page)
        before = grey_values(figure.locator(".vae-decoded-image"))
        page.mouse.down()
        requests.clear()
        page.mouse.move(x - 100, y + 50, steps=20)
        wait_until_idle(page)
        assert requests == []
        assert not np.array_equal(grey_values(figure.locator(".vae-decoded-image")), before)
        page.mouse.up()


def test_the_pages_inverse_is_the_servers(page: Page, server: str, latent: LatentMap) -> None:
    stub, codes = Umap(latent), dimensions(latent.run).codes
    places = np.random.default_rng(1).uniform(-1, 11, (40, 2))
    grid = {"low": [0, 0], "high": [10, 10], "side": 6, "codes": stub.inverse.codes.ravel().tolist()}
    about = {"codes": codes.ravel().tolist(), "dims": 5}
    answer = page.evaluate(VIEWS, [server, about, stub.points.ravel().tolist(), grid, places.tolist()])
    assert np.allclose(answer["between"], stub.inverse.at(places), atol=1e-5)
    assert np.allclose(answer["place"], stub.points[7], atol=1e-3)
    assert np.allclose(answer["code"], codes[7], atol=1e-5)
    assert np.allclose(answer["away"], stub.inverse.at(np.array([[stub.points[7, 0] + 50, 0]]))[0], atol=1e-5)


def test_the_upper_level_of_a_hierarchy_decodes_what_it_says_of_the_lower(page: Page, server: str) -> None:
    run = hierarchy(2)
    with torch.no_grad():
        run.model.decoder[0].weight.mul_(6)
    latent = latent_map(run)
    page.request.get(server + "vae/images/digits/0", timeout=60_000)
    page.route("**/vae/codes/by-hand", lambda route: route.fulfill(body=dimensions(run).to_bytes()))
    page.route("**/vae/level/by-hand", lambda route: route.fulfill(body=upper_level(run).to_bytes()))
    figure = mount(page, server, latent, with_codes=False)
    choose(figure, "level")
    assert shown(figure, latent, latent.code(0))
    for field, value in zip(figure.locator(".vae-coordinate").all(), (2.5, -2.0), strict=True):
        type_into(field, value)
    assert shown(figure, latent, run.model.below(torch.tensor([[2.5, -2.0]])).mean[0])
    choose(figure, "slice")
    assert shown(figure, latent, run.model.below(torch.tensor([[2.5, -2.0]])).mean[0])


def test_a_real_model_is_sliced_in_the_page(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.locator("#explore-model input").fill("mnist-vae-16d")
    page.get_by_role("option").filter(has_text="mnist-vae-16d").click()
    page.locator("#explore-figure").get_by_label("Map of").select_option("slice")
    expect(page.locator("#explore-figure .vae-dimension-slider")).to_have_count(
        14, timeout=30_000
    )  # the server encodes ten thousand images first
    expect(page.locator("#explore-figure .vae-dimension-slider").first).to_contain_text("nats")


def test_a_model_of_fewer_dimensions_after_a_slice_shows_its_own_images(new_page: Callable[..., Page]) -> None:
    """The sliders of a slice must not keep dimensions that the next model lacks."""
    page = new_page()
    figure = page.locator("#explore-figure")
    for name in ("mnist-vae-16d", "mnist-vae-2d"):
        page.locator("#explore-model input").fill(name)
        page.get_by_role("option").filter(has_text=f"· {name}").click()
        if name == "mnist-vae-16d":
            figure.get_by_label("Map of").select_option("slice")
            expect(figure.locator(".vae-dimension-slider")).to_have_count(14, timeout=30_000)
    wait_until_idle(page)  # the answer to the choice of a model sets the number
    page.locator("#explore-number input").fill("61")
    page.locator("#explore-number input").press("Enter")
    expect(figure).to_contain_text("test image 61, 8")
    expect(figure.locator(".vae-dimension-slider")).to_have_count(0)
