from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from vae_core.config import RunConfig, settings
from vae_core.runs.links import query, restore
from vae_core.runs.recipes import PRESETS, RECIPES

CONFIGS = {f"preset {name}": RunConfig.from_flat(values) for name, values in PRESETS.items()} | RECIPES


def restored(text: str) -> tuple[RunConfig, list[str]]:
    link = restore(dict(parse_qsl(text)))
    return RunConfig.from_flat(link.values), [complaint.text() for complaint in link.complaints]


@pytest.mark.parametrize("name", CONFIGS)
def test_every_preset_and_recipe_comes_back(name: str) -> None:
    assert restored(query(CONFIGS[name])) == (CONFIGS[name], [])


def test_only_what_differs_is_written_in_the_order_of_the_form() -> None:
    assert query(RunConfig()) == ""
    text = query(
        RunConfig.from_flat(
            {"seed": 7, "learning_rate": 0.0015, "hidden": "64,32", "beta": 4.0, "dataset": "digits", "latent_dim": 2}
        )
    )
    assert text == "dataset=digits&hidden=64,32&beta=4&learning_rate=0.0015&seed=7"
    names = [name for name, _ in parse_qsl(query(RECIPES["mnist-vade-10d"]))]
    assert names == [name for name in settings() if name in names]


def test_what_is_wrong_is_left_out_and_said_and_the_rest_is_kept() -> None:
    config, complaints = restored("kind=ae&beta=999&colour=red&epochs=3&hidden=1,x")
    assert config == RunConfig.from_flat({"kind": "ae", "epochs": 3})
    assert complaints == [
        "beta: 999 is not allowed; use a number from 0 to 100.",
        "colour: red is not allowed; use only the names of settings.",
        "hidden: 1,x is not allowed; use " + settings()["hidden"].metadata["rule"].allowed.text() + ".",
    ]


def test_what_does_not_go_together_is_said_and_kept() -> None:
    config, complaints = restored("dataset=pendulum&kind=cvae")
    assert config.model.kind == "cvae"
    assert config.data.dataset == "pendulum"
    assert len(complaints) == 1
    assert complaints[0].startswith("dataset: pendulum is not allowed; use one with several classes")


def test_gradios_own_parameters_are_no_settings() -> None:
    assert restored("__theme=dark&view=api&__sign=abc&model=mnist-vae-2d&seed=3") == (
        RunConfig.from_flat({"seed": 3}),
        [],
    )
