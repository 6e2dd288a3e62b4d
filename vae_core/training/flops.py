"""The multiplications and additions of a training, and how many a job may take."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ..config import ModelConfig, RunConfig, Shape, relevant
from ..datasets.registry import dataset
from ..i18n.message import Message
from ..models.autoencoder import Autoencoder
from ..rules import SettingError
from .validation import image_count
from .variants import build

MAX_SWEEP_RUNS = 6


MAX_OPERATIONS = 1e14  # operations of one job: about forty minutes of a core of a small server


def check_operations(configs: Sequence[RunConfig]) -> None:
    """Raises SettingError for a job that would keep a server busy for hours: epochs × images × operations an image, of all its runs."""
    work = sum(operations(config) for config in configs)
    most = float(os.environ.get("VAE_PLAYGROUND_MOST_WORK", MAX_OPERATIONS))
    if work > most:
        epochs = configs[0].train.epochs
        raise SettingError(
            "epochs",
            epochs,
            Message("allowed.epochs_of_a_job", {"most": max(1, int(epochs * most / work))}),
        )


def operations(config: RunConfig) -> float:
    """Multiplications and additions of a training: three passes' worth for each image and epoch, of the penalty on derivatives too."""
    flat = config.flat()
    epochs = (
        sum(flat[name] for name in {"epochs", "pretrain_epochs", "layerwise_epochs"} & relevant(flat)) or 1
    )  # a fit looks once
    known, model = dataset(config.data.dataset), config.model
    counted = (
        [operations_per_image, operations_per_jacobian]
        if model.capabilities.penalizes_jacobian
        else [operations_per_image]
    )
    return 3.0 * epochs * image_count(config) * sum(count(model, known.shape, len(known.classes)) for count in counted)


@lru_cache(maxsize=256)
def operations_per_image(config: ModelConfig, shape: Shape, classes: int) -> int:
    """Multiplications and additions of a network's pass over one image."""
    model = _unfilled(config, shape, classes)
    with Products() as products, torch.no_grad():
        model(torch.zeros(1, *shape), torch.zeros(1, dtype=torch.int64))
    return 2 * products.count


@lru_cache(maxsize=256)
def operations_per_jacobian(config: ModelConfig, shape: Shape, classes: int) -> int:
    """Those of ∂f/∂x at one image: a pass of the encoder, and one back through it for each of the code's dimensions."""
    model = _unfilled(config, shape, classes)
    with Products() as products, torch.no_grad():
        model.encode(torch.zeros(1, *shape))
    return 2 * products.count * (1 + config.latent_dim)


def _unfilled(config: ModelConfig, shape: Shape, classes: int) -> Autoencoder:
    """A network to count on, whose numbers nobody has drawn."""
    with torch.device("meta"):
        model = build(config, shape, classes=classes).eval()
    # not to_empty, which brings sympy along: 20 MB
    model.load_state_dict(
        {name: torch.empty(value.shape, dtype=value.dtype) for name, value in model.state_dict().items()}, assign=True
    )
    return model


class Products(TorchFunctionMode):
    """Counts the multiplications of matrix products and convolutions that happen in it, as `count`.

    torch's own FlopCounterMode counts the same, but it and a pass of numberless tensors bring torch's compiler along:
    two seconds and 50 MB when a server starts.
    """

    counted = {
        F.linear: lambda x, weight, y: y.numel() * weight.shape[1],
        Tensor.matmul: lambda x, matrix, y: y.numel() * len(matrix),
        F.conv2d: lambda x, weight, y: y.numel() * weight[0].numel(),
        F.conv_transpose2d: lambda x, weight, y: x.numel() * weight[0].numel(),
    }

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self, function: Callable, types: tuple[type, ...], given: tuple = (), options: dict | None = None
    ) -> object:
        y = function(*given, **(options or {}))
        if function in self.counted:
            self.count += self.counted[function](*given[:2], y)
        return y
