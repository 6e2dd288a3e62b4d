"""A decoder as the page runs it: a list of layers in JSON and one block of float16 numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..models.autoencoder import Autoencoder
from ..models.networks import Embed, Monotone

ELEMENTWISE: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.SiLU: "silu", nn.Tanh: "tanh"}
# From the decoder's output to grey values in [0, 1].
PICTURE = {"bernoulli": "sigmoid", "continuous-bernoulli": "tilt", "gaussian": "clip", "gaussian-learned": "clip"}


class ExportError(TypeError):
    """A layer that the page does not know how to run. `str()` is the sentence to show."""


def export_decoder(model: Autoencoder) -> bytes:
    """Length of the JSON as uint32, the JSON padded to a multiple of 4 bytes, then the weights as float16, all little-endian.

    A linear layer's weights are stored input by input, a transposed convolution's as (in, out, height, width), each
    followed by its biases; a monotone layer has those of the linear layer within. Batch normalisation is folded into the
    layer before it. With n `conditions` the first layer reads the code and after it one-hot which of n classes to decode.
    """
    return _packed(
        decoder_layers(model),
        {"shape": model.shape, "latentDim": model.config.latent_dim, "conditions": model.conditions},
    )


def decoder_layers(model: Autoencoder) -> list[dict[str, Any]]:
    """The decoder's layers in order, the last one to grey values in [0, 1]; those with weights have `weight` and `bias`. Raises ExportError."""
    return [*_layers(model.decoder, model.config.latent_dim + model.conditions), {"kind": PICTURE[model.likelihood]}]


def export_network(network: nn.Sequential, inputs: int, outputs: int) -> bytes:
    """The same of any network from one list of numbers to another."""
    return _packed(_layers(network, inputs), {"shape": [outputs, 1, 1], "latentDim": inputs, "conditions": 0})


def _packed(layers: list[dict[str, Any]], about: dict[str, Any]) -> bytes:
    kinds = [{key: value for key, value in layer.items() if key not in ("weight", "bias")} for layer in layers]
    header = json.dumps(about | {"layers": kinds}).encode()
    header += b" " * (-len(header) % 4)
    blocks = [layer[part].astype("<f2").tobytes() for layer in layers for part in ("weight", "bias") if part in layer]
    return np.uint32(len(header)).astype("<u4").tobytes() + header + b"".join(blocks)


def _layers(network: nn.Sequential, inputs: int) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    shape: tuple[int, ...] = (inputs,)
    for module in network:
        if isinstance(module, nn.Unflatten):
            shape = tuple(module.unflattened_size)
        elif isinstance(module, nn.BatchNorm2d) and layers and layers[-1]["kind"] in ("linear", "convTranspose"):
            _fold(module, layers[-1])
        else:
            layer = _layer(module, shape)
            layers.append(layer)
            shape = (layer["outputs"], *layer.get("to", ())) if "outputs" in layer else shape
    return layers


def _layer(module: nn.Module, shape: tuple[int, ...]) -> dict[str, Any]:
    """One layer that is given something of `shape`."""
    if type(module) in ELEMENTWISE:
        return {"kind": ELEMENTWISE[type(module)]}
    if isinstance(module, nn.Linear):
        return _linear(module.weight, module.bias)
    if isinstance(module, Embed):
        return _linear(module.matrix, torch.zeros(len(module.matrix)))
    if isinstance(module, Monotone):
        inner = _linear(module.linear.weight, module.linear.bias)
        return inner | {
            "kind": "monotone",
            "outputs": inner["inputs"],
            "hidden": inner["outputs"],
            "slope": float(module.slope),
        }
    if isinstance(module, nn.ConvTranspose2d):
        return _conv_transpose(module, shape)
    raise ExportError(
        f"decoder: a layer of the kind {type(module).__name__} cannot run in the page; use linear, monotone or "
        "embedding layers, transposed convolutions with batch normalisation, and the listed activations."
    )


def _linear(weight: Tensor, bias: Tensor) -> dict[str, Any]:
    """`weight` (outputs, inputs) and `bias` (outputs,)."""
    outputs, inputs = weight.shape
    return {
        "kind": "linear",
        "inputs": inputs,
        "outputs": outputs,
        "weight": weight.detach().numpy().T,
        "bias": bias.detach().numpy(),
    }


def _conv_transpose(module: nn.ConvTranspose2d, shape: tuple[int, ...]) -> dict[str, Any]:
    kernel, stride, padding = module.kernel_size[0], module.stride[0], module.padding[0]
    grown = [
        (size - 1) * stride - 2 * padding + kernel + extra
        for size, extra in zip(shape[1:], module.output_padding, strict=True)
    ]
    return {
        "kind": "convTranspose",
        "inputs": module.in_channels,
        "outputs": module.out_channels,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "from": list(shape[1:]),
        "to": grown,
        "weight": module.weight.detach().numpy(),
        "bias": module.bias.detach().numpy(),
    }


def _fold(norm: nn.BatchNorm2d, layer: dict[str, Any]) -> None:
    """y = (x − mean)/√(var + ε) · γ + β after a layer is another layer of the same kind."""
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach().numpy()
    shift = (norm.bias - norm.running_mean * norm.weight / (norm.running_var + norm.eps).sqrt()).detach().numpy()
    repeat = len(layer["bias"]) // len(scale)  # a linear layer has height × width outputs for each channel
    scale, shift = scale.repeat(repeat), shift.repeat(repeat)
    by_output = scale if layer["kind"] == "linear" else scale[None, :, None, None]
    layer["weight"], layer["bias"] = layer["weight"] * by_output, layer["bias"] * scale + shift
