from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.analysis.test_latent_map import run_of
from vae_core.analysis.hierarchy import SingleLevelError, upper_level
from vae_core.analysis.latent_map import latent_map
from vae_core.config import RunConfig
from vae_core.datasets.registry import as_floats, held_out_images
from vae_core.runs.run import Run
from vae_core.runtime.container import unpack
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


def test_the_bytes_hold_every_images_place_and_the_network() -> None:
    level = upper_level(hierarchy(2))
    header, arrays = unpack(level.to_bytes())
    assert np.allclose(arrays["points"], level.means, atol=1e-5)
    assert len(header["prior"]) == 1
    assert [layer["kind"] for layer in header["layers"]][0] == "linear"
    assert header["latentDim"] == 2
    assert np.allclose(arrays["0.weight"], level.plane.basis.T, atol=1e-3)


def test_only_a_hierarchy_has_an_upper_level() -> None:
    assert unpack(latent_map(hierarchy(2)).to_bytes())[0]["levels"] == 2
    assert unpack(latent_map(run_of(5)).to_bytes())[0]["levels"] == 1
    with pytest.raises(SingleLevelError, match="level: x has one level only; use a hierarchical VAE"):
        upper_level(run_of(5))
