from __future__ import annotations

import random

import pytest

from vae_core.config import RunConfig, settings
from vae_core.datasets.registry import DATASETS
from vae_core.models.corruptions import CORRUPTIONS
from vae_core.models.likelihoods import LIKELIHOODS
from vae_core.models.networks import ACTIVATIONS, DECODERS, ENCODERS
from vae_core.models.objectives import SPARSITY
from vae_core.rules import Choice, Range, SettingError, Widths
from vae_core.training.schedules import BETA_SCHEDULES
from vae_core.training.variants import VARIANTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", ""),
        ("hidden", "512,,x"),
        ("hidden", "0"),
        ("hidden", "99999"),
        ("hidden", "1,1,1,1,1,1,1"),
        ("hidden", None),
        ("learning_rate", 0),
        ("learning_rate", -1),
        ("learning_rate", float("nan")),
        ("learning_rate", 10),
        ("learning_rate", "nan"),
        ("learning_rate", "x"),
        ("epochs", 0),
        ("epochs", 100_000),
        ("epochs", 1.5),
        ("epochs", True),
        ("epochs", None),
        ("latent_dim", 1),
        ("latent_dim", 4096),
        ("kind", "gan"),
        ("seed", -1),
        ("beta", float("inf")),
        ("dataset", ""),
    ],
)
def test_a_bad_value_gets_a_sentence_with_field_value_and_what_is_allowed(name: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        RunConfig.from_flat({name: value})
    allowed = settings()[name].metadata["rule"].allowed.text()
    shown = f"{value} is not allowed; use" if value not in ("", None) else "enter"
    assert str(caught.value) == f"{name}: {shown} {allowed}."


def test_an_unknown_setting_is_named_with_those_there_are() -> None:
    with pytest.raises(SettingError, match="layers: 3 is not allowed; use one of the settings dataset, "):
        RunConfig.from_flat({"layers": 3})


def test_both_ends_of_a_range_are_allowed_as_number_and_as_text() -> None:
    for name, spec in settings().items():
        rule = spec.metadata["rule"]
        if isinstance(rule, Range):
            for end in (rule.low, rule.high):
                assert (
                    RunConfig.from_flat({name: end}).flat()[name]
                    == RunConfig.from_flat({name: str(end)}).flat()[name]
                    == end
                )


def drawn(rule: Range | Choice | Widths, chance: random.Random) -> object:
    match rule:
        case Choice():
            return chance.choice(rule.options)
        case Widths():
            return (
                ",".join(str(chance.randint(1, rule.high)) for _ in range(chance.randint(1, rule.most)))
                if chance.random() < 0.9
                else "linear"
            )
        case Range(whole=True):
            return chance.randint(int(rule.low), int(rule.high))
    return chance.uniform(rule.low, rule.high)


@pytest.mark.parametrize("seed", range(20))
def test_settings_go_out_and_come_back(seed: int) -> None:
    chance = random.Random(seed)
    config = RunConfig.from_flat({name: drawn(spec.metadata["rule"], chance) for name, spec in settings().items()})
    assert RunConfig.from_flat(config.flat()) == config


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("dataset", DATASETS),
        ("kind", VARIANTS),
        ("network", ENCODERS),
        ("activation", ACTIVATIONS),
        ("likelihood", LIKELIHOODS),
        ("decoder", dict.fromkeys(name for _, name in DECODERS)),
        ("corruption", CORRUPTIONS),
        ("sparsity", SPARSITY),
        ("beta_schedule", BETA_SCHEDULES),
    ],
)
def test_a_menu_is_its_tables_keys(name: str, table: dict[str, object]) -> None:
    assert tuple(settings()[name].metadata["rule"].options) == tuple(table)
