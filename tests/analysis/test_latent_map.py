from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.support.untrained_models import mixture
from vae_core.analysis.latent_map import latent_map, project_prior
from vae_core.config import RunConfig
from vae_core.datasets.registry import DATASETS, held_out_images
from vae_core.latent.codes import encode
from vae_core.latent.projection import fit_plane
from vae_core.runs.run import Run
from vae_core.runtime.container import unpack
from vae_core.training.variants import build


def run_of(dims: int, kind: str = "vae") -> Run:
    """An untrained model of the digits."""
    config = RunConfig.from_flat({"dataset": "digits", "kind": kind, "hidden": "8", "latent_dim": dims})
    return Run("x", config, build(config.model, (1, 8, 8), classes=10), {})


@pytest.mark.parametrize("dims", [2, 5])
def test_the_bytes_hold_every_held_out_image_in_its_place(dims: int) -> None:
    run, images = run_of(dims), held_out_images("digits")
    about, arrays = unpack(latent_map(run).to_bytes())
    codes = encode(run.model, images.pixels).mean.numpy()
    assert arrays["labels"].tolist() == images.labels.tolist()
    assert about["latentDim"] == dims
    assert about["factorNames"] == []
    assert "factors" not in arrays
    assert len(about["prior"]) == 1
    assert about["conditions"] == 0
    assert np.allclose(arrays["points"], (codes - about["origin"]) @ np.array(about["basis"]), atol=1e-4)


def test_the_bytes_hold_the_factors_of_an_odd_number_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], factors=("angle (°)", "size")))
    map_data, factors = latent_map(run_of(2)), torch.rand(359, 2)
    odd = replace(map_data, codes=map_data.codes.at(slice(359)), labels=map_data.labels[:359], factors=factors)
    about, arrays = unpack(odd.to_bytes())
    assert about["factorNames"] == ["angle (°)", "size"]
    assert arrays["points"].shape == (359, 2)
    assert arrays["labels"].tolist() == map_data.labels[:359].tolist()
    assert np.array_equal(arrays["factors"], factors)


@pytest.mark.parametrize("dims", [2, 5])
def test_a_drawn_prior_is_what_samples_of_the_mixture_show_on_the_map(dims: int) -> None:
    map_data, plane = mixture(3, dims), fit_plane(torch.randn(200, dims) + 1)
    drawn = project_prior(map_data, plane)
    assert [part["weight"] for part in drawn] == map_data.weights.tolist()
    for part, mean, covariance in zip(drawn, map_data.means, map_data.covariances, strict=True):
        samples = plane.project(torch.distributions.MultivariateNormal(mean, covariance).sample((20_000,))).numpy()
        a, b, c = part["covariance"]
        assert np.allclose(samples.mean(0), part["mean"], atol=0.1)
        assert np.allclose(np.cov(samples.T), [[a, b], [b, c]], rtol=0.1, atol=0.15)


def test_a_models_prior_and_conditions_are_in_the_header() -> None:
    run = run_of(2)
    run.model.prior = lambda: mixture(4, 2)
    run.model.is_conditional, run.model.classes = True, 10
    about, _ = unpack(latent_map(run).to_bytes())
    assert len(about["prior"]) == 4
    assert about["conditions"] == 10
