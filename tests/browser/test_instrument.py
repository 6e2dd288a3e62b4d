"""The map as an instrument: images under the points, neighbours, linked maps, the lasso, marks and files."""

from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect
from sklearn.neighbors import NearestNeighbors
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal

from tests.support.activity import wait_until_idle
from tests.support.canvases import MapHandle, grey_values
from tests.support.untrained_models import mixture
from vae_core.analysis.latent_map import latent_map
from vae_core.latent.codes import decode
from vae_core.runs.checkpoint import SHIPPED, load

SVG = "{http://www.w3.org/2000/svg}"


def call(page: Page, server: str, module: str, body: str, argument: object) -> object:
    """Evaluate a JavaScript expression with a module as `m` and an argument as `given`."""
    return page.evaluate(
        f"async ([url, given]) => {{ const m = await import(new URL('vae/static/{module}.js', url)); return {body}; }}",
        [server, argument],
    )


def test_quantiles_are_those_of_the_normal_distribution(scripts: Page, server: str) -> None:
    shares = [0.001, 0.025, 0.3, 0.5, 0.77, 0.999]
    answer = call(scripts, server, "math/normal", "given.map(m.quantile)", shares)
    assert answer == pytest.approx(Normal(0, 1).icdf(torch.tensor(shares, dtype=torch.float64)).tolist(), abs=1e-9)


def test_a_grid_by_quantiles_has_cells_of_equal_probability(scripts: Page, server: str) -> None:
    answer = call(scripts, server, "map/decoded_grid", "m.quantileCells()", None)
    inner = [cell for n, cell in enumerate(answer["cells"]) if 0 < n % 20 < 19 and 20 <= n < 380]
    mass = Normal(0, 1).cdf
    shares = [
        (mass(torch.tensor(c["right"])) - mass(torch.tensor(c["left"])))
        * (mass(torch.tensor(c["top"])) - mass(torch.tensor(c["bottom"])))
        for c in inner
    ]
    assert len(answer["cells"]) == 400
    assert torch.stack(shares).numpy() == pytest.approx(1 / 400, rel=1e-3)


def test_the_nearest_codes_are_those_that_scikit_learn_finds(scripts: Page, server: str) -> None:
    codes, places = torch.randn(300, 5), torch.randn(8, 5)
    answer = call(
        scripts,
        server,
        "math/nearest",
        "given.places.map((z) => m.nearestRows({codes: Float32Array.from(given.codes.flat()), dims: 5}, z, 4))",
        {"codes": codes.tolist(), "places": places.tolist()},
    )
    distances, indices = NearestNeighbors(n_neighbors=4).fit(codes.numpy()).kneighbors(places.numpy())
    assert [[one["index"] for one in row] for row in answer] == indices.tolist()
    assert np.allclose([[one["distance"] for one in row] for row in answer], distances, atol=1e-5)


def test_the_priors_density_is_that_of_torch(scripts: Page, server: str) -> None:
    prior, places = mixture(3, 4), torch.randn(6, 4)
    gaussians = [
        {"weight": weight, "mean": mean, "covariance": sum(covariance, [])}
        for weight, mean, covariance in zip(
            prior.weights.tolist(), prior.means.tolist(), prior.covariances.tolist(), strict=True
        )
    ]
    answer = call(
        scripts,
        server,
        "math/gaussian_mixture",
        "given.places.map((z) => m.logDensity(given.prior.map(m.prepareGaussian), z))",
        {"places": places.tolist(), "prior": gaussians},
    )
    expected = MixtureSameFamily(
        Categorical(prior.weights), MultivariateNormal(prior.means, prior.covariances)
    ).log_prob(places)
    assert np.allclose(answer, expected.numpy(), atol=1e-2, rtol=1e-3)


def test_contours_lie_where_torch_has_one_density_and_are_the_ellipses_of_one_gaussian(
    scripts: Page, server: str
) -> None:
    prior = replace(mixture(3, 2), covariances=mixture(3, 2).covariances + 0.3 * torch.eye(2))
    many = [
        {"weight": weight, "mean": mean, "covariance": [c[0][0], c[0][1], c[1][1]]}
        for weight, mean, c in zip(
            prior.weights.tolist(), prior.means.tolist(), prior.covariances.tolist(), strict=True
        )
    ]
    one = [{"weight": 1, "mean": [1, -2], "covariance": [4, 0, 4]}]
    lines, circles = (
        np.array(call(scripts, server, "math/contours", "m.contoursOf(given).flat()", given)) for given in (many, one)
    )
    radii = np.hypot(*(circles - [1, -2]).T) / 2
    assert np.abs(radii[:, None] - [1, 2, 3]).min(1).max() < 0.05
    assert all(np.abs(radii - sigmas).min() < 0.05 for sigmas in (1, 2, 3))
    density = MixtureSameFamily(Categorical(prior.weights), MultivariateNormal(prior.means, prior.covariances))
    levels = np.sort(density.log_prob(torch.tensor(lines, dtype=torch.float32)).numpy())
    densities = density.log_prob(density.sample((20_000,))).numpy()
    middles = [group.mean() for group in np.split(levels, np.sort(np.argsort(np.diff(levels))[-2:]) + 1)]
    assert [(densities > level).mean() for level in middles] == pytest.approx([0.989, 0.865, 0.393], abs=0.02)


def test_a_point_is_inside_a_polygon_or_not(scripts: Page, server: str) -> None:
    hook = [[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [0, 1]]
    answer = call(
        scripts,
        server,
        "map/lasso",
        "given.places.map(([x, y]) => m.inside(given.hook, x, y))",
        {"hook": hook, "places": [[0.5, 0.5], [3.5, 3], [1, 2], [5, 0.5], [3.5, 0.5]]},
    )
    assert answer == [True, True, False, False, True]


def covered(page: Page) -> float:
    """The share of the map's pixels that something opaque covers."""
    canvas = page.locator(".vae-explore .vae-map-points")
    opaque = (
        "c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
        ".filter((v, i) => i % 4 === 3 && v === 255).length"
    )
    return canvas.evaluate(f"c => {opaque} / (c.width * c.height)")


def test_decoded_images_cover_the_map_when_they_are_asked_for(page: Page) -> None:
    page.get_by_label("Points", exact=True).first.select_option("none")
    images = page.get_by_label("Decoded images").first
    wait_until_idle(page)
    assert covered(page) < 0.2
    images.select_option("even")
    wait_until_idle(page)
    assert covered(page) > 0.99
    images.select_option("quantiles")
    wait_until_idle(page)
    assert 0.1 < covered(page) < 0.6, "most of what the prior draws lies within 2 σ"


def test_the_sheet_of_a_grid_is_what_the_model_decodes(scripts: Page, server: str) -> None:
    codes = [[-2.0, 0.5], [0.0, 0.0], [1.5, -1.0], [0.3, 2.0], [3.0, 1.0], [-1.0, -1.0]]
    answer = scripts.evaluate(
        """async ([url, codes]) => {
        const { decodeSheet } = await import(new URL('vae/static/map/sheet_decoder.js', url));
        const sheet = await decodeSheet('mnist-vae-2d', Float32Array.from(codes.flat()), 0, 3);
        return [sheet.width, sheet.height, Array.from(sheet.pixels).filter((_, i) => i % 4 === 0)];
    }""",
        [server, codes],
    )
    width, height, red = answer
    expected = 255 * decode(load(SHIPPED / "mnist-vae-2d").model, torch.tensor(codes))[:, 0].numpy()
    tiles = np.array(red).reshape(2, 28, 3, 28).transpose(0, 2, 1, 3).reshape(6, 28, 28)
    assert (width, height) == (84, 56)
    assert np.abs(tiles - expected).max() <= 2


def test_the_neighbours_of_the_handle_are_the_nearest_test_images(page: Page) -> None:
    latent = latent_map(load(SHIPPED / "mnist-vae-2d"))
    for value, field in zip(("1.4", "0.2"), page.locator(".vae-coordinate").all(), strict=True):
        field.fill(value)
        field.press("Enter")
    first = int((latent.codes.mean - torch.tensor([1.4, 0.2])).norm(dim=1).argmin())
    expect(page.locator(".vae-density")).to_contain_text(
        f"{Normal(0, 1).log_prob(torch.tensor([1.4, 0.2])).sum():.1f}".replace("-", "−")
    )
    tiles = page.locator(".vae-neighbour")
    expect(tiles.first).to_contain_text(str(int(latent.labels[first])))
    tiles.first.click()
    expect(page.locator("#explore-number input")).to_have_value(str(first))


def test_a_drag_asks_the_server_for_nothing(page: Page) -> None:
    expect(page.locator(".vae-density")).to_be_visible()
    wait_until_idle(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    map_ = MapHandle(page)
    map_.drag(map_.coordinates(), (2.0, 2.0))
    map_.drag((2.0, 2.0), (-1.0, -1.5))
    wait_until_idle(page)
    assert requests == []


def test_encircled_points_are_counted_and_the_rest_fades(page: Page) -> None:
    box = page.locator(".vae-explore .vae-map-overlay").bounding_box()
    before = grey_values(page.locator(".vae-explore .vae-map-points"))
    page.get_by_title("Encircle points").first.click()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    for dx, dy in ((60, -60), (60, 60), (-60, 60), (-60, -60)):
        page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
    summary = page.locator(".vae-explore .vae-lasso")
    expect(summary).to_contain_text("test images encircled.")
    wait_until_idle(page)
    assert not np.array_equal(grey_values(page.locator(".vae-explore .vae-map-points")), before)
    expect(summary.locator("canvas")).to_have_count(12)
    summary.get_by_role("button").click()
    expect(summary).to_be_hidden()
    wait_until_idle(page)
    assert np.array_equal(grey_values(page.locator(".vae-explore .vae-map-points")), before)


def test_a_line_is_drawn_by_keys_around_what_a_hand_would_encircle(page: Page) -> None:
    """A corner at the handle, which the arrow keys move; on a map without one, in its middle, which they move too."""
    latent = latent_map(load(SHIPPED / "mnist-vae-2d"))
    MapHandle(page).put(-1, -1)
    lasso = page.get_by_title("Encircle points").first
    lasso.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".vae-explore .vae-map-overlay")).to_be_focused()
    places = []
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        places.append([float(field.input_value()) for field in page.locator("#explore-figure .vae-coordinate").all()])
        page.keyboard.press("Space")
        for _ in range(5):
            page.keyboard.press(key)
        wait_until_idle(page)
    page.keyboard.press("Enter")
    (left, bottom), (right, top) = places[0], places[2]
    x, y = latent.codes.mean.T
    inside = ((x > left) & (x < right) & (y > bottom) & (y < top)).sum().item()
    summary = page.locator(".vae-explore .vae-lasso")
    expect(summary).to_contain_text("test images encircled.")
    assert int(summary.inner_text().split()[0]) == pytest.approx(inside, rel=0.05)
    assert inside > 20
    page.get_by_role("tab", name="Compare").click()
    wait_until_idle(page)
    page.locator("#compare-map-right").get_by_title("Encircle points").focus()
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press("Space")
        for _ in range(5):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("#compare-map-right .vae-lasso")).to_contain_text("test images encircled.")


def test_a_lasso_around_nothing_says_so(page: Page) -> None:
    box = page.locator(".vae-explore .vae-map-overlay").bounding_box()
    page.get_by_title("Encircle points").first.click()
    page.mouse.click(box["x"] + 8, box["y"] + 60)
    expect(page.locator(".vae-explore .vae-lasso")).to_contain_text("There is no point inside")


def test_what_is_chosen_in_one_map_is_marked_in_the_other(page: Page) -> None:
    page.get_by_role("tab", name="Compare").click()
    left, right = (page.locator(f"#compare-map-{side} .vae-map-overlay") for side in ("left", "right"))
    expect(page.locator("#compare-map-right .vae-chip").first).to_be_visible()
    wait_until_idle(page)
    before, box = grey_values(right), left.bounding_box()
    alpha = """(canvas, [x, y]) => canvas.getContext('2d')
        .getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data[3]"""
    point = next(
        (box["x"] + px, box["y"] + py)
        for px in range(150, 400, 6)
        for py in range(150, 400, 6)
        if page.locator("#compare-map-left .vae-map-points").evaluate(alpha, [px, py]) > 200
    )
    page.mouse.move(*point)
    wait_until_idle(page)
    pointed = grey_values(right)
    assert not np.array_equal(pointed, before)
    page.mouse.click(*point)
    page.mouse.move(box["x"] - 5, box["y"] - 20)
    wait_until_idle(page)
    assert not np.array_equal(grey_values(right), before)
    assert not np.array_equal(grey_values(right), pointed)


def saved(page: Page, kind: str) -> bytes:
    with page.expect_download() as download:
        page.locator(".vae-explore").get_by_role("button", name=f"Save this map as {kind}").click()
    assert download.value.suggested_filename == f"mnist-vae-2d.{kind.lower()}"
    return download.value.path().read_bytes()


def test_a_map_is_saved_as_png_and_svg_with_title_axes_and_key(page: Page) -> None:
    picture_file = Image.open(io.BytesIO(saved(page, "PNG")))
    box = page.locator(".vae-explore .vae-map-frame").bounding_box()
    assert picture_file.width == pytest.approx(2 * box["width"], abs=6)
    assert len(picture_file.convert("RGB").getcolors(1 << 24)) > 100
    figure = ElementTree.fromstring(saved(page, "SVG"))
    texts = [node.text for node in figure.iter(f"{SVG}text")]
    assert {"mnist-vae-2d", "z₁ (σ of the prior)", "z₂ (σ of the prior)", *"0123456789"} <= set(texts)
    assert sum(node.get("opacity") == "0.82" for node in figure.iter(f"{SVG}path")) > 9_000


def test_a_shape_for_each_class_shows_in_the_map_and_in_its_key(page: Page) -> None:
    before = grey_values(page.locator(".vae-explore .vae-map-points"))
    page.get_by_label("Points", exact=True).first.select_option("shapes")
    wait_until_idle(page)
    assert not np.array_equal(grey_values(page.locator(".vae-explore .vae-map-points")), before)
    cuts = page.locator(".vae-explore .vae-dot").evaluate_all("(dots) => dots.map((dot) => dot.style.clipPath)")
    assert len(set(cuts)) == 10


def test_a_pixel_of_another_hue_is_another_pixel(scripts: Page, server: str) -> None:
    """Red for green is as bright as before."""
    painted = call(
        scripts,
        server,
        "page/picture",
        """(() => {
        const canvas = m.pictureCanvas();
        m.paintDifference(canvas, Float32Array.of(1, 0.5, 0, 0.5, 0, 0.5), Float32Array.of(0, 0.5, 1, 0.5, 0, 0.5),
            [3, 1, 2], false);
        return [...canvas.getContext('2d').getImageData(0, 0, 2, 1).data];
    })()""",
        None,
    )
    assert painted[:3] != [255, 255, 255]
    assert painted[4:7] == [255, 255, 255]


MAPS = """(() => {
    const data = { run: 'r', dataset: 'd', points: Float32Array.of(0, 0, 1, 1), labels: Uint8Array.of(0, 1),
        classes: ['a', 'b'], factorNames: [],
        shape: [1, 2, 2], latentDim: 2, standardPrior: true, prior: null };
    const maps = [0, 1, 2].map(() => {
        const host = document.createElement('div');
        host.style.width = '300px';
        document.body.append(host);
        const map = new m.LatentMap(host);
        map.resize();
        map.setData(data);
        return map;
    });
    maps[2].destroy();
    maps[0].hover(1);
    return maps.map((map) => map.annotations.highlighted);
})()"""


def test_a_map_that_was_taken_away_hears_nothing_more(scripts: Page, server: str) -> None:
    assert call(scripts, server, "map/latent_map", MAPS, None) == [-1, 1, -1]


def test_another_models_traversals_are_taken_away_at_once(scripts: Page, server: str) -> None:
    answer = call(
        scripts,
        server,
        "explore/traversals",
        """(() => {
        const latent = { information: [1, 2], low: [-3, -3], high: [3, 3], nats: true },
            rows = new m.Traversals(() => {}, () => {});
        rows.build(latent);
        const before = rows.tiles.length;
        rows.clear();
        rows.work({ timeRemaining: () => 0 });
        return [before, rows.tiles.length, rows.root.querySelectorAll('button.vae-image-button').length, rows.sheet()];
    })()""",
        None,
    )
    assert answer == [22, 0, 0, None]


def test_a_long_trainings_curves_keep_their_beginning_their_end_and_their_phases(scripts: Page, server: str) -> None:
    answer = call(
        scripts,
        server,
        "train/training_view",
        """(() => {
        let rows = [];
        for (let step = 0; step < 5000; step++)
            rows = m.thinOut([...rows, { step, phase: step < 1001 ? 'first' : 'second' }]);
        return rows;
    })()""",
        None,
    )
    steps = [row["step"] for row in answer]
    assert 400 <= len(steps) <= 800
    assert steps[0] == 0
    assert steps[-300:] == list(range(4700, 5000))
    assert next(row["step"] for row in answer if row["phase"] == "second") == 1001
