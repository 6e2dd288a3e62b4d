"""A decoder as the page runs it: a list of layers in the header, and their weights as float16 arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..i18n.message import Message, UserError
from ..models.autoencoder import Autoencoder
from ..models.networks import Embed, Monotone
from ..runtime.container import pack

ELEMENTWISE: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.SiLU: "silu", nn.Tanh: "tanh"}
# From the decoder's output to grey values in [0, 1].
PICTURE = {"bernoulli": "sigmoid", "continuous-bernoulli": "tilt", "gaussian": "clip", "gaussian-learned": "clip"}


class ExportError(UserError):
    """A network with a layer that the page cannot run."""


def export_decoder(model: Autoencoder) -> bytes:
    """A container with the decoder's layers in the header, and `<i>.weight` and `<i>.bias` of layer i as float16.

    The weights of a linear layer have the shape (in, out), those of a transposed convolution (in, out, height, width);
    a monotone layer has those of the linear layer within. Batch normalisation is folded into the layer before it. With
    n `conditions` the first layer reads the code and after it one-hot which of n classes to decode. Raises
    ExportError.
    """
    header, arrays = _split(decoder_layers(model))
    shape = {"shape": model.shape, "latentDim": model.config.latent_dim, "conditions": model.conditions}
    return pack(shape | header, arrays)


def decoder_layers(model: Autoencoder) -> list[dict[str, Any]]:
    """The decoder's layers, some with `weight` and `bias`; the last one gives values in [0, 1]. Raises ExportError."""
    return [*_layers(model.decoder, model.config.latent_dim + model.conditions), {"kind": PICTURE[model.likelihood]}]


def network_parts(network: nn.Sequential, inputs: int, outputs: int) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """The header and the arrays of any network between vectors, in the format of `export_decoder`."""
    header, arrays = _split(_layers(network, inputs))
    return {"shape": [outputs, 1, 1], "latentDim": inputs, "conditions": 0} | header, arrays


def _split(layers: list[dict[str, Any]]) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """Layers as a header without numbers, and the arrays beside it."""
    kinds = [{key: value for key, value in layer.items() if key not in ("weight", "bias")} for layer in layers]
    arrays = {
        f"{i}.{part}": layer[part].astype(np.float16)
        for i, layer in enumerate(layers)
        for part in ("weight", "bias")
        if part in layer
    }
    return {"layers": kinds}, arrays


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
    """A layer with its weights, for an input of `shape`. Raises ExportError."""
    if type(module) in ELEMENTWISE:
        return {"kind": ELEMENTWISE[type(module)]}
    if isinstance(module, nn.Linear):
        return _linear(module.weight, module.bias)
    if isinstance(module, Embed) and isinstance(module.matrix, Tensor):
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
    raise ExportError(Message("error.export_layer", {"kind": type(module).__name__}))


def _linear(weight: Tensor, bias: Tensor) -> dict[str, Any]:
    """A linear layer of `weight` (outputs, inputs) and `bias` (outputs,)."""
    outputs, inputs = weight.shape
    return {
        "kind": "linear",
        "inputs": inputs,
        "outputs": outputs,
        "weight": weight.detach().numpy().T,
        "bias": bias.detach().numpy(),
    }


def _conv_transpose(module: nn.ConvTranspose2d, shape: tuple[int, ...]) -> dict[str, Any]:
    """A transposed convolution of an input of `shape`, with square kernels. Raises ExportError without biases."""
    kernel, stride, padding = module.kernel_size[0], module.stride[0], module.padding[0]
    if module.bias is None or isinstance(padding, str):
        raise ExportError(Message("error.export_layer", {"kind": type(module).__name__}))
    output_size = [
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
        "to": output_size,
        "weight": module.weight.detach().numpy(),
        "bias": module.bias.detach().numpy(),
    }


def _fold(norm: nn.BatchNorm2d, layer: dict[str, Any]) -> None:
    """Fold y = (x − mean)/√(var + ε) · γ + β into the layer before it, in place. Raises ExportError."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:  # without running statistics the layer depends on the batch
        raise ExportError(Message("error.export_layer", {"kind": type(norm).__name__}))
    scale_tensor = norm.weight / (variance + norm.eps).sqrt()
    scale, shift = scale_tensor.detach().numpy(), (norm.bias - mean * scale_tensor).detach().numpy()
    repeat = len(layer["bias"]) // len(scale)  # a linear layer has height × width outputs for each channel
    scale, shift = scale.repeat(repeat), shift.repeat(repeat)
    by_output = scale if layer["kind"] == "linear" else scale[None, :, None, None]
    layer["weight"], layer["bias"] = layer["weight"] * by_output, layer["bias"] * scale + shift
