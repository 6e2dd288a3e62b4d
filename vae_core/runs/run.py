"""A trained model with everything that belongs to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version

import torch
from safetensors.torch import save as write_tensors
from torch import Tensor

from ..config import RunConfig
from ..datasets.registry import ImageSet, short_name
from ..evaluation.metrics import evaluate, parameter_count
from ..models.autoencoder import Autoencoder
from ..training.trainer import Step

LIBRARIES = ("torch", "numpy", "safetensors")


@dataclass(frozen=True, eq=False)
class Run:
    """A trained model with its settings, metrics and training history.

    `history` has a row for each point of the curves, `changes` for each intervention in the training, see
    training/changes.py; `config` has the final values.
    """

    name: str
    config: RunConfig
    model: Autoencoder
    metrics: dict[str, float]
    history: list[dict[str, float]] = field(default_factory=list)
    changes: list[dict[str, float]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=lambda: {library: version(library) for library in LIBRARIES})

    def weights(self) -> bytes:
        """The weights as safetensors. Those that float16 represents exactly are stored as float16, at half the size."""
        return write_tensors({name: _compact(value.cpu()) for name, value in self.model.state_dict().items()})

    def description(self) -> bytes:
        """The JSON file beside the weights."""
        rows = [{key: round(value, 4) for key, value in row.items()} for row in self.history]
        return json.dumps(
            {
                "name": self.name,
                "config": self.config.flat(),
                "metrics": self.metrics,
                "changes": self.changes,
                "versions": self.versions,
                "history": rows,
            },
            indent=1,
            ensure_ascii=False,
        ).encode()


def _compact(value: Tensor) -> Tensor:
    fits = value.is_floating_point() and torch.equal(value, value.half().to(value.dtype))
    return (value.half() if fits else value).contiguous()


def measure(model: Autoencoder, held_out: ImageSet, last: Step | None = None) -> dict[str, float]:
    """The metrics of a model on held-out images, its number of parameters, and the cost up to the `last` step."""
    return evaluate(model, held_out) | {"parameters": parameter_count(model)} | training_cost(last)


def training_cost(last: Step | None) -> dict[str, float]:
    """The seconds and epochs of a training up to its `last` step; empty without one."""
    return {"seconds": round(last.seconds, 2), "epochs": round(last.epoch, 2)} if last else {}


def title(config: RunConfig) -> str:
    """A short name for a run, such as mnist-vae-2d."""
    network = "-conv" if config.model.network == "conv" else ""
    beta = f"-beta{config.loss.beta:g}" if config.model.capabilities.weighs_kl and config.loss.beta != 1 else ""
    return f"{short_name(config.data.dataset)}-{config.model.kind}{network}-{config.model.latent_dim}d{beta}"
