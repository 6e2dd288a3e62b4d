from __future__ import annotations

import json

import numpy as np
import pytest

from vae_core.checkpoint import Run
from vae_core.config import RunConfig
from vae_core.datasets import held_out_images
from vae_core.latent import encode
from vae_core.latent_map import latent_map
from vae_core.zoo import build


@pytest.mark.parametrize("dims", [2, 5])
def test_the_bytes_hold_every_held_out_image_in_its_place(dims: int) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "8", "latent_dim": dims})
    run, images = Run("x", config, build(config.model, (1, 8, 8)), {}), held_out_images("digits")
    data = latent_map(run).to_bytes()
    length = int(np.frombuffer(data, "<u4", 1)[0])
    about = json.loads(data[4:4 + length])
    points = np.frombuffer(data, "<f4", 2 * about["count"], offset=4 + length).reshape(-1, 2)
    labels = np.frombuffer(data, np.uint8, offset=4 + length + points.nbytes)
    codes = encode(run.model, images.pixels).mean.numpy()
    assert labels.tolist() == images.labels.tolist() and about["latentDim"] == dims
    assert np.allclose(points, (codes - about["origin"]) @ np.array(about["basis"]), atol=1e-4)
