"""A decoder as the page runs it: a list of layers in JSON and one block of float16 numbers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from torch import nn

from .models import Autoencoder

ELEMENTWISE: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.SiLU: "silu", nn.Tanh: "tanh"}
PICTURE = {"bernoulli": "sigmoid", "gaussian": "clip"}  # from the decoder's output to grey values in [0, 1]


class CannotExport(TypeError):
    """A layer that the page does not know how to run. `str()` is the sentence to show."""


def export_decoder(model: Autoencoder) -> bytes:
    """Length of the JSON as uint32, the JSON padded to a multiple of 4 bytes, then the weights as float16, all little-endian.

    A linear layer's weights are stored input by input, a transposed convolution's as (in, out, height, width), each
    followed by its biases. Batch normalisation is folded into the layer before it.
    """
    layers = _layers(model)
    about = [{key: value for key, value in layer.items() if key not in ("weight", "bias")} for layer in layers]
    header = json.dumps({"shape": model.shape, "latentDim": model.config.latent_dim, "layers": about}).encode()
    header += b" " * (-len(header) % 4)
    blocks = [layer[part].astype("<f2").tobytes() for layer in layers for part in ("weight", "bias") if part in layer]
    return np.uint32(len(header)).astype("<u4").tobytes() + header + b"".join(blocks)


def _layers(model: Autoencoder) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    shape: tuple[int, ...] = (model.config.latent_dim,)
    for module in model.decoder:
        if type(module) in ELEMENTWISE:
            layers.append({"kind": ELEMENTWISE[type(module)]})
        elif isinstance(module, nn.Linear):
            layers.append(_linear(module))
            shape = (module.out_features,)
        elif isinstance(module, nn.Unflatten):
            shape = tuple(module.unflattened_size)
        elif isinstance(module, nn.ConvTranspose2d):
            layers.append(_conv_transpose(module, shape))
            shape = (module.out_channels, *layers[-1]["to"])
        elif isinstance(module, nn.BatchNorm2d):
            _fold(module, layers[-1])
        else:
            raise CannotExport(f"decoder: a layer of the kind {type(module).__name__} cannot run in the page; use "
                               "linear layers, transposed convolutions, batch normalisation and the listed activations.")
    return [*layers, {"kind": PICTURE[model.config.likelihood]}]


def _linear(module: nn.Linear) -> dict[str, Any]:
    return {"kind": "linear", "inputs": module.in_features, "outputs": module.out_features,
            "weight": module.weight.detach().numpy().T, "bias": module.bias.detach().numpy()}


def _conv_transpose(module: nn.ConvTranspose2d, shape: tuple[int, ...]) -> dict[str, Any]:
    kernel, stride, padding = module.kernel_size[0], module.stride[0], module.padding[0]
    grown = [(size - 1) * stride - 2 * padding + kernel + extra for size, extra in zip(shape[1:], module.output_padding)]
    return {"kind": "convTranspose", "inputs": module.in_channels, "outputs": module.out_channels, "kernel": kernel,
            "stride": stride, "padding": padding, "from": list(shape[1:]), "to": grown,
            "weight": module.weight.detach().numpy(), "bias": module.bias.detach().numpy()}


def _fold(norm: nn.BatchNorm2d, layer: dict[str, Any]) -> None:
    """y = (x − mean)/√(var + ε) · γ + β after a layer is another layer of the same kind."""
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach().numpy()
    shift = (norm.bias - norm.running_mean * norm.weight / (norm.running_var + norm.eps).sqrt()).detach().numpy()
    repeat = len(layer["bias"]) // len(scale)  # a linear layer has height × width outputs for each channel
    scale, shift = scale.repeat(repeat), shift.repeat(repeat)
    by_output = scale if layer["kind"] == "linear" else scale[None, :, None, None]
    layer["weight"], layer["bias"] = layer["weight"] * by_output, layer["bias"] * scale + shift
