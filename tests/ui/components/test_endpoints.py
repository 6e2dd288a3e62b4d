"""The ends of an interpolation: test images, drawings and pictures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from vae_core.analysis.latent_map import latent_map
from vae_core.datasets.preprocessing import PictureError
from vae_core.latent.codes import encode
from vae_core.rules import SettingError
from vae_core.runs.checkpoint import SHIPPED, load
from vae_core.ui.components.endpoints import chosen_endpoints, endpoint_state
from vae_core.ui.components.user_image import UserImage


def drawing(ink: bool = True) -> UserImage:
    image, file = Image.new("L", (280, 280)), io.BytesIO()
    if ink:
        ImageDraw.Draw(image).line([(70, 60), (210, 60), (130, 240)], fill=255, width=25)
    image.save(file, "PNG")
    return UserImage(file.getvalue(), 0)


def test_a_picture_is_encoded_by_both_models_and_a_number_takes_its_images_code() -> None:
    runs, own = [load(SHIPPED / name) for name in ("mnist-ae-2d", "mnist-cvae-2d")], drawing()
    described, pixels = endpoint_state(runs, [own, 8]), own.pixels("mnist")
    for run, (a, b) in zip(runs, described["codes"], strict=True):
        assert torch.equal(torch.tensor(a), encode(run.model, pixels).mean[0])
        assert torch.equal(torch.tensor(b), latent_map(run).code(8))
    first, second = described["ends"]
    assert first["drawn"]
    assert first["label"] == 7
    assert second == {"index": 8, "label": 5}


@pytest.mark.parametrize("number", [float("nan"), -1, 10_000, None, "x"])
def test_a_number_that_no_image_has_is_refused(number: object) -> None:
    with pytest.raises(SettingError, match="image: (.* is not allowed; use|enter) a whole number from 0 to 9,999"):
        endpoint_state([load(SHIPPED / "mnist-ae-2d")], [drawing(), number])


def test_a_fourth_endpoint_needs_a_third_and_an_empty_drawing_is_refused(tmp_path: Path) -> None:
    own = drawing()
    assert chosen_endpoints({}, (0, 8, "", "")) == [0, 8]
    assert chosen_endpoints({0: own, 2: own}, (0, 8, "", 5)) == [own, 8, own, 5]
    with pytest.raises(SettingError, match="image D: a picture is not allowed; use an image C as well"):
        chosen_endpoints({3: own}, (0, 8, "", ""))
    with pytest.raises(PictureError, match="an empty drawing"):
        drawing(ink=False).pixels("mnist")
    with pytest.raises(PictureError, match="no longer on the server"):
        UserImage(tmp_path / "gone.png", 0).pixels("mnist")
