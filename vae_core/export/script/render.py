"""A run's settings as a PyTorch script that trains the same model to the same numbers: templates/ has its text, this what fills the holes."""

from __future__ import annotations

import re
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...config import RunConfig, relevant
from ...datasets.registry import DataUnavailableError, dataset, short_name
from ...models.autoencoder import DENSITY_COMPONENTS, MIN_SIGMA
from ...rules import OWN_NAME
from ...runs.checkpoint import build_untrained
from ...runs.run import Run
from ...training.initialization import starts_at_mean
from ...training.validation import image_count
from ...training.variants import CLUSTERING_RATE_FACTOR, PRIOR_RATE_FACTOR
from .interventions import Interventions, ScriptError, interventions_of
from .layers import networks

LONGEST = 120  # lines
IMPORTS = (
    ("argparse.", "import argparse"),
    ("math.", "import math"),
    ("", ""),
    ("np.", "import numpy as np"),
    ("torch.", "import torch"),
    ("F.", "import torch.nn.functional as F"),
    ("KMeans(", "from sklearn.cluster import KMeans"),
    ("load_digits(", "from sklearn.datasets import load_digits"),
    ("GaussianMixture(", "from sklearn.mixture import GaussianMixture"),
    ("nn.", "from torch import nn"),
    ("datasets.", "from torchvision import datasets"),
    ("v2.", "from torchvision.transforms import v2"),
)
PACKAGES = {
    " torchvision": "torchvision",
    " sklearn": "scikit-learn",
    " numpy": '"numpy>=2"',
    "datasets.CelebA": "gdown",
}  # what pip calls them
UNUSED = {
    "beta_schedule": "constant",
    "reconstruction_weight": 1.0,
    "free_bits": 0.0,
    "contrast": 0.0,
    "density": "none",
    "layerwise_epochs": 0,
}


def script_of_run(run: Run) -> str:
    """The script of a run, with what was done to its training on the way. Raises ScriptError."""
    return script(run.config, interventions_of(run))


def script(config: RunConfig, interventions: Interventions = Interventions()) -> str:
    """The script of settings. Raises ScriptError, with the reason, for what it cannot repeat and for what does not fit into so few lines."""
    values = holes(config, interventions)
    body = text("body", values).strip() + "\n"
    imports = "\n".join(line for word, line in IMPORTS if re.search(rf"\b{re.escape(word)}", body)).strip()
    packages = " ".join(name for word, name in PACKAGES.items() if word in imports + body)
    head = text("head", values | {"imports": imports, "packages": packages})
    lines = len((head + body).splitlines())
    if lines >= LONGEST:
        raise ScriptError(f"script: these settings together take {lines} lines, and a script has fewer than {LONGEST}.")
    roomy = head + re.sub(
        r"\n\n(?=def |class |@)|(?<=\n)(    [^\n]*\n)\n(?=\w)", lambda gap: (gap[1] or "\n") + "\n\n", body
    )
    return roomy if len(roomy.splitlines()) < LONGEST else head + body


def text(name: str, values: dict[str, Any]) -> str:
    """A template with its holes filled, and no more than one empty line at a time."""
    return re.sub(r"\n{2,}", "\n\n", _templates().get_template(f"{name}.jinja").render(values))


def holes(config: RunConfig, interventions: Interventions) -> dict[str, Any]:
    """What the templates ask for: every setting by its name, one that does not matter as if it were off, and what follows from several."""
    model, train, can, used = config.model, config.train, config.model.capabilities, relevant(config.flat())
    depth = len(model.hidden)
    layers = depth * train.layerwise_epochs if "layerwise_epochs" in used else 0
    several = bool(layers) or can.pretrains
    if several and (interventions.rows or 0 < interventions.end <= layers * interventions.epoch):
        raise ScriptError(
            "script: this model is trained in several phases, and what was done to it on the way is not repeated by a script."
        )
    if (can.has_upper_level and config.loss.contrast) or (
        can.is_probabilistic and can.finds_clusters and model.mean_scale
    ):
        raise ScriptError(
            f"script: a model of the kind {model.kind} is not meant to have a contrast or scaled means, and no script has them."
        )
    return (
        config.flat()
        | {name: value for name, value in UNUSED.items() if name not in used}
        | _of_images(config)
        | {
            "networks": networks(build_untrained(config)),
            "spread": (model.network, model.decoder) == ("mlp", "mirror") and depth and not can.finds_clusters,
            "from_mean": starts_at_mean(model),
            "log_sigma": log(model.sigma),
            "least_sigma": MIN_SIGMA,
            "fitted": DENSITY_COMPONENTS["mixture"],
            "clustering_rate": CLUSTERING_RATE_FACTOR,
            "prior_rate": PRIOR_RATE_FACTOR,
            "points": not can.is_probabilistic,
            "bound": can.weighs_kl,
            "several": several,
            "depth": depth,
            "pct_start": _rising(config),
            "interventions": interventions,
            "ends": interventions.ends([layers or train.pretrain_epochs, train.epochs]),
        }
    )


def _of_images(config: RunConfig) -> dict[str, Any]:
    """Those about the images. Raises ScriptError for a visitor's own that are gone."""
    name = config.data.dataset
    try:
        images = dataset(name)
    except DataUnavailableError:
        raise ScriptError(
            "script: the own images that this model was trained on are not here any more, and without them it cannot be trained again."
        ) from None
    return {
        "title": short_name(name),
        "own": bool(OWN_NAME.fullmatch(name)),
        "fetched": bool(images.archive) or name == "mnist",
        "side": images.shape[1],
        "classes": len(images.classes),
        "held_out": images.held_out,
        "count": min(config.data.train_size, images.at_hand),
    }


def _rising(config: RunConfig) -> str:
    """The share of the steps in which the learning rate rises; where it is one step torch's schedule divides 0 by 0 unless it is a little less."""
    flat, count = config.flat(), image_count(config)
    steps = [
        flat[name] * (count // min(flat["batch_size"], count))
        for name in ("epochs", "pretrain_epochs", "layerwise_epochs")
    ]
    return f"{flat['warm_up']} - 1e-9" if 1 in [flat["warm_up"] * number for number in steps] else str(flat["warm_up"])


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
