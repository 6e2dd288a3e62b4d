"""Networks as the lines of a script that make them again."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill

from torch import nn

from ...models.autoencoder import Autoencoder
from ...models.networks import Dropout, Embed, Monotone

LAYERS: dict[type[nn.Module], Callable[[nn.Module], str]] = {
    nn.Linear: lambda layer: f"nn.Linear({layer.in_features}, {layer.out_features})",
    nn.Conv2d: lambda layer: (
        f"nn.Conv2d({layer.in_channels}, {layer.out_channels}, 3, stride=2, padding=1, bias=False)"
    ),
    nn.ConvTranspose2d: lambda layer: (
        f"nn.ConvTranspose2d({layer.in_channels}, {layer.out_channels}, 3, stride=2, padding=1, "
        f"output_padding={layer.output_padding})"
    ),
    nn.BatchNorm2d: lambda layer: f"nn.BatchNorm2d({layer.num_features})",
    nn.Unflatten: lambda layer: f"nn.Unflatten(1, {tuple(layer.unflattened_size)})",
    Dropout: lambda layer: f"nn.Dropout({layer.p})",
    Embed: lambda layer: f"Embed({layer.matrix.shape[1]}, {layer.matrix.shape[0]})",
    Monotone: lambda layer: f"Monotone({layer.linear.in_features}, {layer.linear.out_features}, {layer.slope!r})",
}
MAX_COLUMNS = 150


def network_lines(model: Autoencoder) -> dict[str, str]:
    """The lines of each of a model's networks by its name, in the order in which their weights are drawn."""
    return {
        name: layer_lines(network) for name, network in model.named_children() if isinstance(network, nn.Sequential)
    }


def layer_lines(network: nn.Sequential) -> str:
    """The layers of a network as Python, as many on a line as fit."""
    layers = [layer for layer in network if not (isinstance(layer, Dropout) and layer.p == 0)]
    texts = [
        LAYERS[type(layer)](layer) if type(layer) in LAYERS else f"nn.{type(layer).__name__}()" for layer in layers
    ]
    unbroken = " ".join(f"{text},".replace(" ", "\0") for text in texts)
    return fill(
        unbroken,
        MAX_COLUMNS,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")
