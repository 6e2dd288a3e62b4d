from __future__ import annotations

import gzip
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from vae_core.ui.figure_style import PALETTE, SCALES, plotly_script, plotly_template, plotly_version

# The share of linear red, green and blue that remains with a complete color blindness: Machado, Oliveira and
# Fernandes (2009).
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def lab(color: str, sight: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) of an sRGB color as somebody with this sight sees it."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    f = XYZ @ (sight @ linear).clip(0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(f > 0.008856, np.cbrt(f), 7.787 * f + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_ten_colors_stay_apart_with_every_form_of_color_blindness() -> None:
    least = min(
        np.linalg.norm(lab(a, sight) - lab(b, sight))
        for sight in SIGHT.values()
        for a, b in itertools.combinations(PALETTE, 2)
    )
    assert len(PALETTE) == 10
    assert least > 20


def between(stops: tuple[str, ...], count: int = 36) -> list[str]:
    """`count` colors from the first stop to the last, as the page mixes them."""
    mixed = []
    for place in np.linspace(0, len(stops) - 1, count):
        i = min(int(place), len(stops) - 2)
        low, high = ([int(stop[j : j + 2], 16) for j in (1, 3, 5)] for stop in stops[i : i + 2])
        mixed.append("#" + "".join(f"{round(a + (place - i) * (b - a)):02x}" for a, b in zip(low, high, strict=True)))
    return mixed


@pytest.mark.parametrize("sight", SIGHT)
def test_an_ordered_scale_gets_lighter_all_the_way_with_every_form_of_color_blindness(sight: str) -> None:
    lightness = [lab(color, SIGHT[sight])[0] for color in between(SCALES["ordered"], 21)]
    assert np.diff(lightness).min() > 0


@pytest.mark.parametrize("sight", SIGHT)
def test_a_cyclic_scale_tells_directions_apart_and_keeps_its_lightness(sight: str) -> None:
    circle = np.stack(
        [lab(color, SIGHT[sight]) for color in between((*SCALES["cyclic"], SCALES["cyclic"][0]), 37)[:-1]]
    )
    apart = [np.linalg.norm(circle[i] - circle[j]) for i, j in itertools.combinations(range(36), 2) if 6 <= j - i <= 30]
    assert min(apart) > 10
    assert np.ptp(circle[:, 0]) < 45


STYLE = Path(__file__).parents[2] / "vae_core" / "ui" / "static" / "style.css"


def test_every_color_of_the_template_is_one_of_the_style_sheet_in_light_and_in_dark() -> None:
    used = set(re.findall(r"var\((--[\w-]+)\)", json.dumps(plotly_template())))
    light, dark = (
        re.search(pattern, STYLE.read_text(encoding="utf-8"), re.DOTALL)[1]
        for pattern in (r"\n\.gradio-container {(.*?)}", r"\n\.dark [^{]*{(.*?)}")
    )
    assert used
    assert all(f"{name}:" in rules for name in used for rules in (light, dark))
    assert re.findall(r"#[0-9a-f]{3,8}|rgb", json.dumps(plotly_template())) == []  # no color of its own


def test_the_script_is_the_packages_own_of_that_version() -> None:
    text = gzip.decompress(plotly_script()).decode()
    assert f"plotly.js v{plotly_version()}" in text[:200]
    assert len(plotly_script()) < 2_000_000
