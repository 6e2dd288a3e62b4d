"""The settings that make each shipped checkpoint again, and experiments for the form to begin with."""

from __future__ import annotations

from .config import RunConfig

_LARGE = {"train_size": 60_000, "hidden": "384,384,384", "activation": "silu", "batch_size": 128, "learning_rate": 2e-3, "warm_up": 0.3}
_FLAT = _LARGE | {"latent_dim": 2, "dropout": 0.2}
_SMALL = {"dataset": "mnist", "train_size": 60_000, "hidden": "256,128", "activation": "silu", "latent_dim": 2, "epochs": 20}
_COLORED = {"train_size": 20_000, "network": "conv", "hidden": "32,64", "activation": "silu"}

RECIPES: dict[str, RunConfig] = {name: RunConfig.from_flat(settings) for name, settings in {
    "mnist-vae-2d": _FLAT | {"dataset": "mnist", "kind": "vae", "epochs": 80},
    "mnist-ae-2d": _FLAT | {"dataset": "mnist", "kind": "ae", "epochs": 30},
    "mnist-vae-16d": _LARGE | {"dataset": "mnist", "kind": "vae", "latent_dim": 16, "epochs": 15},
    "mnist-ae-16d": _LARGE | {"dataset": "mnist", "kind": "ae", "latent_dim": 16, "epochs": 15},
    "mnist-pca-2d": {"dataset": "mnist", "train_size": 60_000, "kind": "pca", "latent_dim": 2},
    "mnist-sparse-64d": _SMALL | {"kind": "sparse", "latent_dim": 64, "penalty": 2, "rho": 0.05},
    "mnist-denoising-2d": _SMALL | {"kind": "denoising", "corruption": "masking", "strength": 0.3},
    "mnist-contractive-2d": _SMALL | {"kind": "contractive", "penalty": 1},
    "mnist-noisy-2d": _SMALL | {"kind": "noisy"},
    "mnist-beta4-2d": _SMALL | {"kind": "vae", "beta": 4},
    "mnist-cvae-2d": _SMALL | {"kind": "cvae"},
    "mnist-hierarchical-8d": _SMALL | {"kind": "hierarchical", "latent_dim": 8, "top_dim": 2},
    "fashion-vae-2d": _FLAT | {"dataset": "fashion", "kind": "vae", "epochs": 25},
    "fashion-ae-2d": _FLAT | {"dataset": "fashion", "kind": "ae", "epochs": 25},
    "shapes-beta4-8d": _COLORED | {"dataset": "shapes", "kind": "vae", "beta": 4, "latent_dim": 8, "epochs": 20},
    "pendulum-vae-2d": {"dataset": "pendulum", "kind": "vae", "hidden": "256,64", "activation": "silu", "latent_dim": 2, "epochs": 30},
}.items()}

# What differs from the form's own settings; small enough for a classroom.
PRESETS: dict[str, dict[str, object]] = {
    "vae": {},
    "ae": {"kind": "ae"},
    "pca": {"kind": "pca"},
    "overcomplete": {"kind": "ae", "dataset": "digits", "latent_dim": 100, "hidden": "200", "likelihood": "gaussian", "epochs": 60},
    "layerwise": {"kind": "ae", "hidden": "300,150", "layerwise_epochs": 3},
    "density": {"kind": "ae", "density": "mixture"},
    "sparse": {"kind": "sparse", "latent_dim": 64, "penalty": 2},
    "denoising": {"kind": "denoising"},
    "contractive": {"kind": "contractive"},
    "noisy": {"kind": "noisy"},
    "beta": {"kind": "vae", "latent_dim": 8, "beta": 4},
    "capacity": {"kind": "capacity", "latent_dim": 8},
    "conditional": {"kind": "cvae"},
    "classifier": {"kind": "classifier", "latent_dim": 16},
    "dec": {"kind": "dec", "latent_dim": 10, "pretrain_epochs": 10},
    "vade": {"kind": "vade", "latent_dim": 10, "pretrain_epochs": 10, "epochs": 20},
    "hierarchical": {"kind": "hierarchical", "latent_dim": 8},
    "shapes": {"dataset": "shapes", "network": "conv", "hidden": "32,64", "latent_dim": 8, "beta": 4},
    "pendulum": {"dataset": "pendulum", "hidden": "256,64", "activation": "silu", "epochs": 30},
}
