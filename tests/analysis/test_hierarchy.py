from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.analysis.test_latent_map import parts, run_of
from vae_core.analysis.hierarchy import SingleLevelError, upper_level
from vae_core.analysis.latent_map import latent_map
from vae_core.config import RunConfig
from vae_core.datasets.registry import as_floats, held_out_images
from vae_core.runs.run import Run
from vae_core.training.variants import build


def hierarchy(top: int) -> Run:
    """An untrained hierarchy of the digits."""
    config = RunConfig.from_flat(
        {"dataset": "digits", "kind": "hierarchical", "hidden": "8", "latent_dim": 5, "top_dim": top}
    )
    return Run("x", config, build(config.model, (1, 8, 8)).eval(), {})


@pytest.mark.parametrize("top", [2, 4])
def test_a_place_on_the_upper_map_says_the_mean_of_the_lower_level(top: int) -> None:
    run = hierarchy(top)
    level, images = upper_level(run), as_floats(held_out_images("digits").pixels)
    assert torch.allclose(level.means, run.model.above(images).mean, atol=1e-5)
    places = torch.randn(20, 2)
    assert torch.allclose(level.down()(places), run.model.below(level.plane.lift(places)).mean, atol=1e-5)


def test_the_bytes_begin_with_every_images_place() -> None:
    level = upper_level(hierarchy(2))
    data = level.to_bytes()
    start = 4 + int(np.frombuffer(data, "<u4", 1)[0])
    assert np.allclose(np.frombuffer(data, "<f4", 720, offset=start).reshape(-1, 2), level.means, atol=1e-5)


def test_only_a_hierarchy_has_an_upper_level() -> None:
    assert parts(latent_map(hierarchy(2)).to_bytes())[0]["levels"] == 2
    assert parts(latent_map(run_of(5)).to_bytes())[0]["levels"] == 1
    with pytest.raises(SingleLevelError, match="level: x has one level only; use a hierarchical VAE"):
        upper_level(run_of(5))
