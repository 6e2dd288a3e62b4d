"""The settings of each shipped checkpoint, and presets and experiments for the form."""

from __future__ import annotations

from ..config import RunConfig

_CALM = {"start": "random", "activation": "silu", "batch_size": 128, "learning_rate": 2e-3}
_LARGE = _CALM | {"train_size": 60_000, "hidden": "384,384,384", "warm_up": 0.3}
_FLAT = _LARGE | {"latent_dim": 2, "dropout": 0.2}
_SMALL = _CALM | {"dataset": "mnist", "train_size": 60_000, "hidden": "256,128", "latent_dim": 2, "epochs": 20}
_COLORED = _CALM | {"train_size": 20_000, "network": "conv", "hidden": "32,64"}

COLLAPSING: dict[str, object] = {
    "dataset": "mnist",
    "train_size": 10_000,
    "kind": "vae",
    "latent_dim": 16,
    "hidden": "256,256,256,256,256",
    "activation": "silu",
    "start": "random",
    "epochs": 6,
    "batch_size": 128,
    "learning_rate": 4e-3,
    "beta": 1.0,
}
"""A VAE whose posterior collapses early: through five layers each way z carries little information at first, and the
KL switches most dimensions off before the decoder learns to use them. With β = 1 the ELBO itself would keep them."""

REMEDIES: dict[str, dict[str, object]] = {
    # Bowman et al., Generating Sentences from a Continuous Space (2016); Sønderby et al. (2016)
    "warm-up": {"beta_schedule": "warm-up", "beta_share": 0.9},
    # Fu et al., Cyclical Annealing Schedule (2019)
    "cyclical": {"beta_schedule": "cyclical", "cycles": 2, "beta_share": 0.9},
    # Kingma et al., Improved Variational Inference with Inverse Autoregressive Flow (2016)
    "free-bits": {"free_bits": 0.5},
    # Shao et al., ControlVAE (2020)
    "automatic": {"beta_schedule": "automatic", "kl_target": 15.0},
    # Song et al., Scale-VAE (2024)
    "scaled-means": {"mean_scale": 1.0},
    # Lygerakis & Rueckert, CR-VAE (2023)
    "contrast": {"contrast": 5.0},
    # Kinoshita et al., Controlling Posterior Collapse by an Inverse Lipschitz Constraint on the Decoder Network (2023)
    "inverse-lipschitz": {"decoder": "inverse-lipschitz", "slope": 2.0},
    # Sønderby et al., Ladder Variational Autoencoders (2016)
    "hierarchy": {"kind": "hierarchical", "top_dim": 8},
}
"""What differs from COLLAPSING, under the name of each remedy, with its paper above it."""

RECIPES: dict[str, RunConfig] = {
    name: RunConfig.from_flat(settings)
    for name, settings in {
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
        "mnist-vade-10d": {
            "dataset": "mnist",
            "train_size": 60_000,
            "kind": "vade",
            "latent_dim": 10,
            "hidden": "256,256",
            "activation": "relu",
            "start": "random",
            "pretrain_epochs": 30,
            "epochs": 20,
            "batch_size": 256,
            "learning_rate": 3e-3,
            "corruption": "warping",
            "strength": 1,
        },
        "mnist-collapsed-16d": COLLAPSING,
        "mnist-hierarchical-8d": _SMALL | {"kind": "hierarchical", "latent_dim": 8, "top_dim": 2},
        "fashion-vae-2d": _FLAT | {"dataset": "fashion", "kind": "vae", "epochs": 25},
        "fashion-ae-2d": _FLAT | {"dataset": "fashion", "kind": "ae", "epochs": 25},
        "shapes-beta4-8d": _COLORED | {"dataset": "shapes", "kind": "vae", "beta": 4, "latent_dim": 8, "epochs": 20},
        "pendulum-vae-2d": _CALM
        | {"dataset": "pendulum", "kind": "vae", "hidden": "256,64", "latent_dim": 2, "epochs": 30},
    }.items()
}

# Differences from the default settings; each trains fast enough for a classroom.
PRESETS: dict[str, dict[str, object]] = {
    "vae": {},
    "ae": {"kind": "ae"},
    "pca": {"kind": "pca"},
    "overcomplete": {
        "kind": "ae",
        "dataset": "digits",
        "latent_dim": 100,
        "hidden": "200",
        "likelihood": "gaussian",
        "epochs": 60,
    },
    "layerwise": {"kind": "ae", "hidden": "300,150", "layerwise_epochs": 3},
    "density": {"kind": "ae", "density": "mixture"},
    "sparse": {"kind": "sparse", "latent_dim": 64, "penalty": 2},
    "denoising": {"kind": "denoising"},
    "contractive": {"kind": "contractive"},
    "noisy": {"kind": "noisy"},
    "only-kl": {
        "kind": "vae",
        "reconstruction_weight": 0,
        "start": "random",
    },  # else its decoder, which learns nothing, would show the mean image
    "too-large": {"kind": "vae", "beta": 40},
    "sixteen": {"kind": "vae", "latent_dim": 16},
    "beta": {"kind": "vae", "latent_dim": 8, "beta": 4},
    "capacity": {"kind": "capacity", "latent_dim": 8},
    "conditional": {"kind": "cvae"},
    "classifier": {"kind": "classifier", "latent_dim": 16},
    "dec": {"kind": "dec", "latent_dim": 10, "pretrain_epochs": 10, "corruption": "warping", "strength": 1},
    "vade": {
        "kind": "vade",
        "latent_dim": 10,
        "pretrain_epochs": 10,
        "epochs": 20,
        "corruption": "warping",
        "strength": 1,
    },
    "hierarchical": {"kind": "hierarchical", "latent_dim": 8},
    "shapes": {"dataset": "shapes", "network": "conv", "hidden": "32,64", "latent_dim": 8, "beta": 4},
    "pendulum": {"dataset": "pendulum", "epochs": 30},
    "collapsed": COLLAPSING,
}
PRESETS |= {f"collapsed-{name}": COLLAPSING | remedy for name, remedy in REMEDIES.items()}

# The presets of the experiments panel, in the order of a lesson.
EXPERIMENTS = ("pca", "ae", "vae", "noisy", "only-kl", "too-large", "sixteen", "denoising", "sparse", "conditional")
