from __future__ import annotations

import pytest

from vae_core.config import RunConfig, relevant
from vae_core.runs.recipes import COLLAPSING, EXPERIMENTS, PRESETS, REMEDIES
from vae_core.training.validation import check_together


@pytest.mark.parametrize("name", sorted(REMEDIES))
def test_each_remedy_is_a_setting_that_matters_in_the_collapsing_set_up(name: str) -> None:
    config = RunConfig.from_flat(COLLAPSING | REMEDIES[name])
    check_together(config)
    assert set(REMEDIES[name]) <= relevant(config.flat())


def test_without_a_remedy_it_is_a_plain_vae() -> None:
    config = RunConfig.from_flat(COLLAPSING)
    assert config.model.kind == "vae"
    assert config.loss.beta == 1
    assert config.loss.beta_schedule == "constant"
    assert not config.loss.free_bits
    assert not config.loss.contrast
    assert not config.model.mean_scale


def test_a_class_begins_with_ten_different_experiments() -> None:
    configs = [RunConfig.from_flat(PRESETS[name]) for name in EXPERIMENTS]
    assert len(configs) == len(set(configs)) == 10
    for name, config in zip(EXPERIMENTS, configs, strict=True):
        check_together(config)
        assert set(PRESETS[name]) <= relevant(config.flat())
