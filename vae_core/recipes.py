"""The shipped checkpoints: the settings that make each of them again."""

from __future__ import annotations

from .config import RunConfig

_LARGE = {"train_size": 60_000, "hidden": "384,384,384", "activation": "silu", "batch_size": 128, "learning_rate": 2e-3, "warm_up": 0.3}
_FLAT = _LARGE | {"latent_dim": 2, "dropout": 0.2}

RECIPES: dict[str, RunConfig] = {name: RunConfig.from_flat(settings) for name, settings in {
    "mnist-ae-2d": _FLAT | {"dataset": "mnist", "kind": "ae", "epochs": 30},
    "mnist-vae-2d": _FLAT | {"dataset": "mnist", "kind": "vae", "epochs": 80},
    "mnist-ae-16d": _LARGE | {"dataset": "mnist", "kind": "ae", "latent_dim": 16, "epochs": 15},
    "mnist-vae-16d": _LARGE | {"dataset": "mnist", "kind": "vae", "latent_dim": 16, "epochs": 15},
    "fashion-ae-2d": _FLAT | {"dataset": "fashion", "kind": "ae", "epochs": 25},
    "fashion-vae-2d": _FLAT | {"dataset": "fashion", "kind": "vae", "epochs": 25},
}.items()}
