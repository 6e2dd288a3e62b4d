"""The number of operations of a training, and the limit for a job."""

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
MAX_OPERATIONS = 1e14  # of one job: about forty minutes of a core of a small server


def check_operations(configs: Sequence[RunConfig]) -> None:
    """Raise SettingError if the runs of a job need too many operations, so that no job occupies a server for hours."""
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
    """Multiplications and additions of a training: three passes' worth of each image and epoch, and of its Jacobian."""
    flat = config.flat()
    epochs = sum(flat[name] for name in {"epochs", "pretrain_epochs", "layerwise_epochs"} & relevant(flat)) or 1
    images, model = dataset(config.data.dataset), config.model
    counts = (
        [operations_per_image, operations_per_jacobian]
        if model.capabilities.penalizes_jacobian
        else [operations_per_image]
    )
    per_image = sum(count(model, images.shape, len(images.classes)) for count in counts)
    return 3.0 * epochs * image_count(config) * per_image


@lru_cache(maxsize=256)
def operations_per_image(config: ModelConfig, shape: Shape, classes: int) -> int:
    """Multiplications and additions of a network's forward pass for one image of `shape` (C, H, W)."""
    model = _uninitialized(config, shape, classes)
    with MultiplicationCounter() as counter, torch.no_grad():
        model(torch.zeros(1, *shape), torch.zeros(1, dtype=torch.int64))
    return 2 * counter.count


@lru_cache(maxsize=256)
def operations_per_jacobian(config: ModelConfig, shape: Shape, classes: int) -> int:
    """Those of ∂f/∂x at one image: a forward pass of the encoder, and a backward pass for each code dimension."""
    model = _uninitialized(config, shape, classes)
    with MultiplicationCounter() as counter, torch.no_grad():
        model.encode(torch.zeros(1, *shape))
    return 2 * counter.count * (1 + config.latent_dim)


def _uninitialized(config: ModelConfig, shape: Shape, classes: int) -> Autoencoder:
    """A model whose weights are not drawn, for counting."""
    with torch.device("meta"):
        model = build(config, shape, classes=classes).eval()
    # not by to_empty, which imports sympy
    model.load_state_dict(
        {name: torch.empty(value.shape, dtype=value.dtype) for name, value in model.state_dict().items()}, assign=True
    )
    return model


class MultiplicationCounter(TorchFunctionMode):
    """Counts the multiplications of matrix products and convolutions under it, as `count`.

    torch's FlopCounterMode counts the same, but imports torch's compiler, which would slow the start of a server.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self, function: Callable, types: tuple[type, ...], args: tuple = (), kwargs: dict | None = None
    ) -> object:
        """Call `function` and add its multiplications."""
        result = function(*args, **(kwargs or {}))
        if function in MULTIPLICATIONS:
            self.count += MULTIPLICATIONS[function](args[0], args[1], result)
        return result


MULTIPLICATIONS: dict[Callable, Callable[[Tensor, Tensor, Tensor], int]] = {  # of an input, a weight and the output
    F.linear: lambda x, weight, y: y.numel() * weight.shape[1],
    Tensor.matmul: lambda x, matrix, y: y.numel() * len(matrix),
    F.conv2d: lambda x, weight, y: y.numel() * weight[0].numel(),
    F.conv_transpose2d: lambda x, weight, y: x.numel() * weight[0].numel(),
}
