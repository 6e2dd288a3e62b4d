"""Networks as the lines of a script."""

from __future__ import annotations

from textwrap import fill

from torch import nn

from ...models.autoencoder import Autoencoder
from ...models.networks import Dropout, Embed, Monotone

MAX_COLUMNS = 150


def network_lines(model: Autoencoder) -> dict[str, str]:
    """The lines of each of a model's networks by its name, in the order in which their weights are drawn."""
    return {
        name: layer_lines(network) for name, network in model.named_children() if isinstance(network, nn.Sequential)
    }


def layer_lines(network: nn.Sequential) -> str:
    """The layers of a network as Python, as many on a line as fit."""
    texts = [layer_text(layer) for layer in network if not (isinstance(layer, Dropout) and layer.p == 0)]
    unbroken = " ".join(f"{text},".replace(" ", "\0") for text in texts)
    return fill(
        unbroken,
        MAX_COLUMNS,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")


def layer_text(layer: nn.Module) -> str:
    """One layer as the Python that makes it."""
    match layer:
        case nn.Linear():
            return f"nn.Linear({layer.in_features}, {layer.out_features})"
        case nn.Conv2d():
            return f"nn.Conv2d({layer.in_channels}, {layer.out_channels}, 3, stride=2, padding=1, bias=False)"
        case nn.ConvTranspose2d():
            channels = f"{layer.in_channels}, {layer.out_channels}"
            padding = f"padding=1, output_padding={layer.output_padding}"
            return f"nn.ConvTranspose2d({channels}, 3, stride=2, {padding})"
        case nn.BatchNorm2d():
            return f"nn.BatchNorm2d({layer.num_features})"
        case nn.Unflatten():
            return f"nn.Unflatten(1, {layer.unflattened_size})"
        case Dropout():
            return f"nn.Dropout({layer.p})"
        case Embed():
            return f"Embed({layer.matrix.shape[1]}, {layer.matrix.shape[0]})"
        case Monotone():
            return f"Monotone({layer.linear.in_features}, {layer.linear.out_features}, {layer.slope!r})"
    return f"nn.{type(layer).__name__}()"
