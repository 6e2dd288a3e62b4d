"""Encoder and decoder networks of a ModelConfig, each an nn.Sequential, so that exports can read its layers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil, prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..config import ModelConfig, Shape
from ..i18n.message import Message
from ..rules import SettingError

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


def mlp_encoder(config: ModelConfig, shape: Shape, outputs: int, conditions: int = 0) -> nn.Sequential:
    """Images (B, C, H, W) → (B, outputs) through the hidden widths; `conditions` more inputs follow the pixels."""
    widths = (prod(shape) + conditions, *config.hidden, outputs)
    return nn.Sequential(Dropout(config.dropout), nn.Flatten(), *_stack(widths, config.activation))


def mlp_decoder(config: ModelConfig, shape: Shape, conditions: int = 0) -> nn.Sequential:
    """Codes (B, D + conditions) → (B, C, H, W) through the hidden widths, backwards."""
    widths = (config.latent_dim + conditions, *reversed(config.hidden), prod(shape))
    layers = _stack(widths, config.activation)
    if config.hidden and not config.capabilities.finds_clusters:  # details of the code space would split clusters
        _spread(linear(layers[0]), config.latent_dim)
    return nn.Sequential(*layers, nn.Unflatten(1, shape))


def conv_encoder(config: ModelConfig, shape: Shape, outputs: int, conditions: int = 0) -> nn.Sequential:
    """Images (B, C + conditions, H, W) → (B, outputs): each width is a stride-2 convolution that halves the image.

    Raises SettingError for more convolutions than the image allows.
    """
    sizes = conv_sizes(config, shape)
    widths = (shape[0] + conditions, *config.hidden)
    layers: list[nn.Module] = [Dropout(config.dropout)]
    for before, after in pairwise(widths):
        layers += [
            nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            ACTIVATIONS[config.activation](),
        ]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * prod(sizes[-1]), outputs))


def conv_decoder(config: ModelConfig, shape: Shape, conditions: int = 0) -> nn.Sequential:
    """Codes (B, D + conditions) → (B, C, H, W): a linear layer, then transposed convolutions through the same sizes.

    Raises SettingError for more convolutions than the image allows.
    """
    sizes, channels = conv_sizes(config, shape), (shape[0], *config.hidden)
    layers: list[nn.Module] = [
        nn.Linear(config.latent_dim + conditions, channels[-1] * prod(sizes[-1])),
        nn.Unflatten(1, (channels[-1], *sizes[-1])),
    ]
    for stage in reversed(range(len(config.hidden))):
        height, width = sizes[stage]
        padding = (1 - height % 2, 1 - width % 2)
        layers += [
            nn.BatchNorm2d(channels[stage + 1]),
            ACTIVATIONS[config.activation](),
            nn.ConvTranspose2d(channels[stage + 1], channels[stage], 3, stride=2, padding=1, output_padding=padding),
        ]
    return nn.Sequential(*layers)


def inverse_lipschitz_decoder(config: ModelConfig, shape: Shape, conditions: int = 0) -> nn.Sequential:
    """Codes (B, D + conditions) → (B, C, H, W) with ‖f(z) − f(z′)‖ ≥ slope ‖z − z′‖, so codes stay apart.

    Monotone layers of growing width, joined by embeddings that preserve distances; their slopes multiply to `slope`.
    Source: Kinoshita et al., Controlling Posterior Collapse by an Inverse Lipschitz Constraint on the Decoder (2023).
    """
    widths = [config.latent_dim + conditions]
    widths += [width for width in (*reversed(config.hidden), prod(shape)) if width >= widths[0]]
    widths = [max(widths[: i + 1]) for i in range(len(widths))]
    slope = config.slope ** (1 / (len(widths) - 1))
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [Embed(before, after), Monotone(after, min(after, 512), slope)]
    return nn.Sequential(*layers, nn.Unflatten(1, shape))


def conv_sizes(config: ModelConfig, shape: Shape) -> list[tuple[int, int]]:
    """Height and width before each convolution and after the last. Raises SettingError if there are too many."""
    sizes = [shape[1:]]
    for _ in config.hidden:
        sizes.append((ceil(sizes[-1][0] / 2), ceil(sizes[-1][1] / 2)))
    if min(sizes[-1]) < 2:
        most = sum(ceil(min(shape[1:]) / 2**stage) >= 2 for stage in range(1, 12))
        allowed = Message("allowed.convolutions", {"most": most, "height": shape[1], "width": shape[2]})
        raise SettingError("hidden", ",".join(map(str, config.hidden)), allowed)
    return sizes


class Dropout(nn.Dropout):
    """x → x ⊙ m / (1 − p), where each element of m is 0 with the probability p; on a GPU too m is drawn on the CPU.

    Source: Srivastava et al., Dropout (2014).
    """

    def forward(self, x: Tensor) -> Tensor:
        """x of any shape → the same shape."""
        if x.is_cpu or not self.training or not self.p:
            return super().forward(x)
        return x * F.dropout(torch.ones_like(x, device="cpu"), self.p).to(x.device)


class Monotone(nn.Module):
    """x (B, width) → Wᵀ σ(W x + b) + slope · x (B, width), with W (hidden, width), b (hidden,) and the logistic σ.

    The gradient of the convex Σ softplus(W x + b), plus slope · x: ⟨f(x) − f(y), x − y⟩ ≥ slope ‖x − y‖², so that two
    codes never come closer than slope times their distance. Source: Kinoshita et al., Controlling Posterior Collapse by
    an Inverse Lipschitz Constraint on the Decoder Network (2023).
    """

    def __init__(self, width: int, hidden: int, slope: float) -> None:
        super().__init__()
        self.linear, self.slope = nn.Linear(width, hidden), slope

    def forward(self, x: Tensor) -> Tensor:
        """x (B, width) → (B, width)."""
        return torch.sigmoid(self.linear(x)) @ self.linear.weight + self.slope * x


class Embed(nn.Module):
    """x (B, inputs) → x Eᵀ (B, outputs): an embedding that preserves distances, as EᵀE = I.

    E is the buffer `matrix` (outputs, inputs), drawn once and never trained. Needs outputs ≥ inputs.
    Source: as Monotone.
    """

    matrix: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.register_buffer("matrix", torch.linalg.qr(torch.randn(outputs, inputs))[0])

    def forward(self, x: Tensor) -> Tensor:
        """x (B, inputs) → (B, outputs)."""
        return x @ self.matrix.T


def linear(layer: nn.Module) -> nn.Linear:
    """`layer` as the linear layer that it is."""
    assert isinstance(layer, nn.Linear)
    return layer


def _stack(widths: tuple[int, ...], activation: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return layers[:-1]


def _spread(first: nn.Linear, latent_dim: int) -> None:
    """Initialize with details in the code space: a network of few inputs otherwise stays smooth for long.

    The weights of the code are steeper, and the thresholds lie all over the region where N(0, I) has its mass.
    Source of the effect: Rahaman et al., On the Spectral Bias of Neural Networks (2019).
    """
    with torch.no_grad():
        first.weight[:, :latent_dim].mul_(5)
        first.bias.uniform_(-3, 3)


Encoder = Callable[[ModelConfig, Shape, int, int], nn.Sequential]
Decoder = Callable[[ModelConfig, Shape, int], nn.Sequential]
ENCODERS: dict[str, Encoder] = {"mlp": mlp_encoder, "conv": conv_encoder}
DECODERS: dict[tuple[str, str], Decoder] = {
    ("mlp", "mirror"): mlp_decoder,
    ("conv", "mirror"): conv_decoder,
    ("mlp", "inverse-lipschitz"): inverse_lipschitz_decoder,
}
