"""The shipped checkpoints: the settings that make each of them again."""

from __future__ import annotations

from .config import RunConfig

_TWO_DIMS = {"train_size": 60_000, "latent_dim": 2, "hidden": "384,384,384", "activation": "silu", "dropout": 0.2, "epochs": 80, "batch_size": 128, "learning_rate": 2e-3}
_SIXTEEN_DIMS = _TWO_DIMS | {"latent_dim": 16}

RECIPES: dict[str, RunConfig] = {name: RunConfig.from_flat(settings) for name, settings in {
    "mnist-ae-2d": _TWO_DIMS | {"dataset": "mnist", "kind": "ae"},
    "mnist-vae-2d": _TWO_DIMS | {"dataset": "mnist", "kind": "vae"},
    "mnist-ae-16d": _SIXTEEN_DIMS | {"dataset": "mnist", "kind": "ae"},
    "mnist-vae-16d": _SIXTEEN_DIMS | {"dataset": "mnist", "kind": "vae"},
    "fashion-ae-2d": _TWO_DIMS | {"dataset": "fashion", "kind": "ae"},
    "fashion-vae-2d": _TWO_DIMS | {"dataset": "fashion", "kind": "vae"},
}.items()}
