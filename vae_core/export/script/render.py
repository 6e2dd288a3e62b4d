"""A run as a PyTorch script that trains the same model to the same numbers: fills the templates."""

from __future__ import annotations

import re
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any, NoReturn

import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...config import RunConfig, relevant
from ...datasets.registry import DataUnavailableError, ImageSet, dataset, short_name
from ...i18n.message import Message
from ...models.autoencoder import DENSITY_COMPONENTS, MIN_SIGMA, Autoencoder
from ...rules import OWN_NAME
from ...runs.checkpoint import build_untrained
from ...runs.run import Run
from ...training.initialization import starts_at_mean
from ...training.validation import image_count
from ...training.variants import CLUSTERING_RATE_FACTOR, PRIOR_RATE_FACTOR, VARIANTS
from .interventions import Interventions, ScriptError, interventions_of
from .layers import network_lines

MAX_LINES = 120  # a script has fewer
IMPORTS = (  # what a script's body contains → the line that imports it, in the order of the lines
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
PACKAGES = {  # what a script contains → the name of its package for pip
    " torchvision": "torchvision",
    " sklearn": "scikit-learn",
    " numpy": '"numpy>=2"',
    "datasets.CelebA": "gdown",
}
NEUTRAL_VALUES = {  # of settings that do not matter, so that a template writes nothing for them
    "beta_schedule": "constant",
    "reconstruction_weight": 1.0,
    "free_bits": 0.0,
    "contrast": 0.0,
    "density": "none",
    "layerwise_epochs": 0,
}


def script_of_run(run: Run) -> str:
    """The script of a run, with the interventions in its training. Raises ScriptError."""
    return script(run.config, interventions_of(run))


def script(config: RunConfig, interventions: Interventions = Interventions()) -> str:
    """The script of settings. Raises ScriptError for settings that no script repeats or that need too many lines."""
    values = template_values(config, interventions)
    body = rendered("body", values).strip() + "\n"
    imports = "\n".join(line for word, line in IMPORTS if re.search(rf"\b{re.escape(word)}", body)).strip()
    packages = " ".join(name for word, name in PACKAGES.items() if word in imports + body)
    head = rendered("head", values | {"imports": imports, "packages": packages})
    lines = len((head + body).splitlines())
    if lines >= MAX_LINES:
        raise ScriptError(Message("script.too_long", {"lines": lines, "longest": MAX_LINES}))
    spaced = head + with_two_empty_lines(body)
    return spaced if len(spaced.splitlines()) < MAX_LINES else head + body


def rendered(name: str, values: dict[str, Any]) -> str:
    """The template `name` filled with values, with at most one empty line at a time."""
    return re.sub(r"\n{2,}", "\n\n", _templates().get_template(f"{name}.jinja").render(values))


def with_two_empty_lines(code: str) -> str:
    """Code with a second empty line before each function and class, and after each indented block."""
    lines, spaced = code.splitlines(), []
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        spaced.append(line)
        starts_definition = after.startswith(("def ", "class ", "@"))
        ends_block = before.startswith("    ") and (after[:1].isalnum() or after[:1] == "_")
        if not line and (starts_definition or ends_block):
            spaced.append("")
    return "\n".join(spaced) + "\n"


def template_values(config: RunConfig, interventions: Interventions) -> dict[str, Any]:
    """The values for the templates: every setting, neutral where it does not matter, and what follows from several.

    Raises ScriptError for a training that no script repeats.
    """
    image_values = _image_values(config)
    model, train, used = build_untrained(config), config.train, relevant(config.flat())
    depth = len(config.model.hidden)
    layerwise_epochs = depth * train.layerwise_epochs if "layerwise_epochs" in used else 0
    objectives = objective_names(model, config)
    several = bool(layerwise_epochs) or len(objectives) > 1
    _check_repeatable(model, config, interventions, layerwise_epochs, several)
    return (
        config.flat()
        | {name: value for name, value in NEUTRAL_VALUES.items() if name not in used}
        | image_values
        | {
            "model": type(model).__name__,
            "objectives": objectives,
            "conditional": model.is_conditional,
            "corrupts": config.model.capabilities.corrupts,
            "points": not model.is_probabilistic,
            "networks": network_lines(model),
            "spread": (config.model.network, config.model.decoder) == ("mlp", "mirror")
            and depth
            and not model.finds_clusters,
            "from_mean": starts_at_mean(config.model),
            "log_sigma": log(config.model.sigma),
            "least_sigma": MIN_SIGMA,
            "fitted": DENSITY_COMPONENTS["mixture"],
            "clustering_rate": CLUSTERING_RATE_FACTOR,
            "prior_rate": PRIOR_RATE_FACTOR,
            "own_rate": model.finds_clusters,
            "several": several,
            "depth": depth,
            "pct_start": _warm_up_share(config),
            "interventions": interventions,
            "ends": interventions.end_arguments([layerwise_epochs or train.pretrain_epochs, train.epochs]),
            "unwritten": unwritten,
        }
    )


def objective_names(model: Autoencoder, config: RunConfig) -> list[str]:
    """The names of the objectives of a model's phases, without the phases of single layers and of a density.

    Raises ScriptError for a single phase that templates do not describe fully.
    """
    no_images = ImageSet(torch.zeros(0, *model.shape, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64))
    phases = [
        phase
        for phase in VARIANTS[config.model.kind].plan(model, no_images, config.loss, config.train)
        if phase.parameters is None and phase.name != "density"
    ]
    if len(phases) == 1 and model.is_network and (phases[0].before or phases[0].rate != 1):
        unwritten("phase", phases[0].name)
    return [phase.objective.__name__ for phase in phases]


def unwritten(part: str, name: str) -> NoReturn:
    """Refuse a script for a part that no template has. Raises ScriptError."""
    raise ScriptError(Message("script.unknown_part", {"part": part, "name": name}))


def _check_repeatable(
    model: Autoencoder, config: RunConfig, interventions: Interventions, layerwise_epochs: int, several: bool
) -> None:
    early = 0 < interventions.end <= layerwise_epochs * interventions.steps_per_epoch
    if several and (interventions.rows or early):
        raise ScriptError(Message("script.changed_in_phases"))
    scaled_mixture = model.is_probabilistic and model.finds_clusters and config.model.mean_scale
    if scaled_mixture or (model.has_upper_level and config.loss.contrast):
        raise ScriptError(Message("script.no_contrast", {"kind": config.model.kind}))


def _image_values(config: RunConfig) -> dict[str, Any]:
    """The values about the images. Raises ScriptError for uploaded images that are gone."""
    name = config.data.dataset
    try:
        images = dataset(name)
    except DataUnavailableError:
        raise ScriptError(Message("script.images_missing")) from None
    return {
        "title": short_name(name),
        "own": bool(OWN_NAME.fullmatch(name)),
        "fetched": bool(images.archive) or name == "mnist",
        "side": images.shape[1],
        "classes": len(images.classes),
        "held_out": images.held_out,
        "count": min(config.data.train_size, images.available),
    }


def _warm_up_share(config: RunConfig) -> str:
    """The share of the steps in which the learning rate rises, as Python.

    For a rise of exactly one step torch's schedule divides 0 by 0, so the share is a little less.
    """
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
