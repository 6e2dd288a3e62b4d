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

COLLAPSING: dict[str, object] = {
    "dataset": "mnist", "train_size": 10_000, "kind": "vae", "latent_dim": 16, "hidden": "256,256,256,256,256", "activation": "silu",
    "epochs": 6, "batch_size": 128, "learning_rate": 4e-3, "beta": 1.0}
"""A VAE whose posterior collapses early, and for want of a signal: through five layers each way the image says little of z
before the KL has switched most dimensions off, and a decoder that has learned to do without them does not ask for them
again. Its β is 1: what is lost is not what the ELBO wants to be rid of."""

REMEDIES: dict[str, dict[str, object]] = {
    # Bowman et al., Generating Sentences from a Continuous Space (2016); Sønderby et al. (2016)
    "warm-up": {"beta_schedule": "warm-up", "beta_share": 0.9},
    # Fu et al., Cyclical Annealing Schedule (2019)
    "cyclical": {"beta_schedule": "cyclical", "cycles": 2, "beta_share": 0.9},
    # Kingma et al., Improved Variational Inference with Inverse Autoregressive Flow (2016)
    "free bits": {"free_bits": 0.5},
    # Shao et al., ControlVAE (2020)
    "automatic beta": {"beta_schedule": "automatic", "kl_target": 15.0},
    # Song et al., Scale-VAE (2024)
    "scaled means": {"mean_scale": 1.0},
    # Lygerakis & Rueckert, CR-VAE (2023)
    "contrast": {"contrast": 5.0},
    # Kinoshita et al., Controlling Posterior Collapse by an Inverse Lipschitz Constraint on the Decoder Network (2023)
    "inverse Lipschitz": {"decoder": "inverse-lipschitz", "slope": 2.0},
    # Sønderby et al., Ladder Variational Autoencoders (2016)
    "hierarchy": {"kind": "hierarchical", "top_dim": 8},
}
"""What differs from COLLAPSING, under the name of each remedy, with its paper above it."""
