"""What settings must satisfy together, said before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, prod
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from .config import CLUSTERS, ModelConfig, RunConfig, SettingError, Shape, relevant
from .datasets import DATASETS, dataset
from .models import Autoencoder
from .networks import DECODERS, conv_sizes
from .zoo import build

MOST_JACOBIAN = 512 * 2**20  # bytes that a contractive penalty may hold
MOST_OF_A_SWEEP = 6
MOST_WORK = 1e14  # operations of one job: about forty minutes of a core of a small server
NEED_CLASSES = ("cae", "cvae", "classifier")


def check_together(config: RunConfig) -> None:
    """Raises SettingError where single settings are allowed but not all of them at once."""
    for check in (_networks, _classes, _components, _jacobian):
        check(config)


def _networks(config: RunConfig) -> None:
    model = config.model
    if (model.network, model.decoder) not in DECODERS:
        raise SettingError("decoder", model.decoder, f"mirror with the network {model.network}")
    if model.network == "conv" and model.kind != "pca":
        conv_sizes(model, dataset(config.data.dataset).shape)


def _classes(config: RunConfig) -> None:
    if config.model.kind in NEED_CLASSES and len(dataset(config.data.dataset).classes) < 2:
        several = ", ".join(name for name, known in DATASETS.items() if len(known.classes) > 1)
        raise SettingError("dataset", config.data.dataset, f"one with several classes for the model {config.model.kind}: {several}")


def _components(config: RunConfig) -> None:
    model, count = config.model, image_count(config)
    if model.kind == "pca":
        most = min(prod(dataset(config.data.dataset).shape), count)
        if model.latent_dim > most:
            raise SettingError("latent_dim", model.latent_dim, f"at most {most:,} for pca, as many as there are pixels or images")
    if model.kind in CLUSTERS and model.components > count:
        raise SettingError("components", model.components, f"at most {count:,}, as many as there are training images")


def _jacobian(config: RunConfig) -> None:
    model = config.model
    row = 4 * prod(dataset(config.data.dataset).shape) * min(config.train.batch_size, config.data.train_size)
    if model.kind == "contractive" and model.latent_dim * row > MOST_JACOBIAN:
        raise SettingError("latent_dim", model.latent_dim, f"at most {MOST_JACOBIAN // row} for contractive with batches of "
                           f"{config.train.batch_size} images, whose derivatives are held in memory, or smaller batches")


def image_count(config: RunConfig) -> int:
    """How many images are trained on: what is at hand is all there is of a set without an archive."""
    known = dataset(config.data.dataset)
    return config.data.train_size if known.archive else min(config.data.train_size, known.at_hand)


def check_work(configs: Sequence[RunConfig]) -> None:
    """Raises SettingError for a job that would keep a server busy for hours: epochs × images × operations an image, of all its runs."""
    work = sum(operations(config) for config in configs)
    most = float(os.environ.get("VAE_PLAYGROUND_MOST_WORK", MOST_WORK))
    if work > most:
        epochs = configs[0].train.epochs
        raise SettingError("epochs", epochs, f"at most {max(1, int(epochs * most / work))} with these images and this network, "
                           "or fewer images or a smaller network: the server shares its time among all visitors")


def operations(config: RunConfig) -> float:
    """Multiplications and additions of a training: three passes' worth for each image and epoch, of the penalty on derivatives too."""
    flat = config.flat()
    epochs = sum(flat[name] for name in {"epochs", "pretrain_epochs", "layerwise_epochs"} & relevant(flat)) or 1  # a fit looks once
    known, model = dataset(config.data.dataset), config.model
    counted = [operations_an_image, operations_of_a_jacobian] if model.kind == "contractive" else [operations_an_image]
    return 3.0 * epochs * image_count(config) * sum(count(model, known.shape, len(known.classes)) for count in counted)


@lru_cache(maxsize=256)
def operations_an_image(config: ModelConfig, shape: Shape, classes: int) -> int:
    """Multiplications and additions of a network's pass over one image."""
    model = _unfilled(config, shape, classes)
    with Products() as products, torch.no_grad():
        model(torch.zeros(1, *shape), torch.zeros(1, dtype=torch.int64))
    return 2 * products.count


@lru_cache(maxsize=256)
def operations_of_a_jacobian(config: ModelConfig, shape: Shape, classes: int) -> int:
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
    model.load_state_dict({name: torch.empty(value.shape, dtype=value.dtype) for name, value in model.state_dict().items()}, assign=True)
    return model


class Products(TorchFunctionMode):
    """Counts the multiplications of matrix products and convolutions that happen in it, as `count`.

    torch's own FlopCounterMode counts the same, but it and a pass of numberless tensors bring torch's compiler along: two
    seconds and 50 MB when a server starts.
    """

    counted = {F.linear: lambda x, weight, y: y.numel() * weight.shape[1], Tensor.matmul: lambda x, matrix, y: y.numel() * len(matrix),
               F.conv2d: lambda x, weight, y: y.numel() * weight[0].numel(), F.conv_transpose2d: lambda x, weight, y: x.numel() * weight[0].numel()}

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(self, function: Callable, types: tuple[type, ...], given: tuple = (), options: dict | None = None) -> object:
        y = function(*given, **(options or {}))
        if function in self.counted:
            self.count += self.counted[function](*given[:2], y)
        return y


def room() -> int:
    """How many workers this machine holds at once: sixteen a core, and 100 MB each beside the first gigabyte."""
    return max(1, min(16 * cores(), (_memory() - 2**30) // (100 * 2**20)))


def cores(container: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores that this process may use: the machine's, or the share of its container, rounded up."""
    machine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = map(int, (container / "cpu.max").read_text().split())
    except (OSError, ValueError):  # no container, or one without a limit
        return machine
    return max(1, min(machine, ceil(quota / period)))


def _memory(container: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that this process may use: the machine's, or those of its container."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int((container / "memory.max").read_text()))
    except (OSError, ValueError):
        return machine
