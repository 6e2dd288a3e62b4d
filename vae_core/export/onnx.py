"""A decoder as an ONNX file, from the list of layers that the page runs.

Built with the `onnx` package alone: `torch.onnx.export` wants a second package (onnxscript) and five seconds for a
model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ..models.autoencoder import Autoencoder
from .browser import decoder_layers

OPSET, IR_VERSION = 17, 8  # from 2022: whatever reads ONNX today reads these
SMALL = 0.05  # a logit nearer to zero has its mean from a series, see ContinuousBernoulli


def export_onnx(model: Autoencoder) -> bytes:
    """The decoder as x_hat (N, C, H, W) float32 in [0, 1] of z (N, D) float32, the mean images; N is free.

    A conditional model has a second input, `label` (N,) int64. Raises ExportError for a layer without a translation.
    """
    graph, config = _Graph(), model.config
    values = (
        graph.add("Concat", ["z", graph.one_hot("label", model.conditions)], attributes={"axis": 1})
        if model.conditions
        else "z"
    )
    for layer in decoder_layers(model):
        values = LAYERS[layer["kind"]](graph, values, layer)
    graph.add("Reshape", [values, graph.constant(np.array([-1, *model.shape]))], "x_hat")
    inputs = [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", config.latent_dim])]
    if model.conditions:
        inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]))
    outputs = [helper.make_tensor_value_info("x_hat", TensorProto.FLOAT, ["N", *model.shape])]
    made = helper.make_graph(graph.nodes, f"decoder of {config.kind}", inputs, outputs, graph.constants)
    return helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="VAE Playground"
    ).SerializeToString()


class _Graph:
    """Nodes in the order of their execution, with values identified by name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(
        self,
        operator: str,
        inputs: list[str],
        output: str = "",
        attributes: Mapping[str, Any] = MappingProxyType({}),
    ) -> str:
        """One more node; returns its output's name."""
        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, array: np.ndarray | float) -> str:
        """Fixed numbers: float32, or int64 where they are whole."""
        values = np.asarray(array)
        name = f"constant_{len(self.constants)}"
        values = np.ascontiguousarray(values, np.int64 if values.dtype.kind == "i" else np.float32).reshape(
            values.shape
        )
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def one_hot(self, label: str, classes: int) -> str:
        return self.add("OneHot", [label, self.constant(np.array(classes)), self.constant(np.array([0.0, 1.0]))])


def _linear(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    return graph.add("Gemm", [x, graph.constant(layer["weight"]), graph.constant(layer["bias"])])


def _monotone(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    """Wᵀ sigmoid(W x + b) + slope · x."""
    weight = graph.constant(layer["weight"])
    inner = graph.add("Sigmoid", [graph.add("Gemm", [x, weight, graph.constant(layer["bias"])])])
    return graph.add(
        "Add",
        [
            graph.add("Gemm", [inner, weight], attributes={"transB": 1}),
            graph.add("Mul", [x, graph.constant(layer["slope"])]),
        ],
    )


def _conv_transpose(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
    grown = [
        to - ((size - 1) * stride - 2 * padding + kernel) for size, to in zip(layer["from"], layer["to"], strict=True)
    ]
    picture = graph.add("Reshape", [x, graph.constant(np.array([-1, layer["inputs"], *layer["from"]]))])
    return graph.add(
        "ConvTranspose",
        [picture, graph.constant(layer["weight"]), graph.constant(layer["bias"])],
        attributes={"strides": [stride] * 2, "pads": [padding] * 4, "output_padding": grown},
    )


def _silu(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    return graph.add("Mul", [x, graph.add("Sigmoid", [x])])


def _clip(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    return graph.add("Clip", [x, graph.constant(0.0), graph.constant(1.0)])


def _tilt(graph: _Graph, x: str, layer: dict[str, Any]) -> str:
    """The continuous Bernoulli's mean: 1/(1 − e⁻ᵃ) − 1/a of a logit a, and ½ + a/12 where it is nearly zero."""
    one = graph.constant(1.0)
    small = graph.add("Less", [graph.add("Abs", [x]), graph.constant(SMALL)])
    a = graph.add("Where", [small, one, x])
    rest = graph.add("Sub", [one, graph.add("Exp", [graph.add("Neg", [a])])])
    closed = graph.add("Sub", [graph.add("Div", [one, rest]), graph.add("Div", [one, a])])
    series = graph.add("Add", [graph.constant(0.5), graph.add("Div", [x, graph.constant(12.0)])])
    return graph.add("Where", [small, series, closed])


def _named(operator: str) -> Callable[[_Graph, str, dict[str, Any]], str]:
    return lambda graph, x, layer: graph.add(operator, [x])


LAYERS: dict[str, Callable[[_Graph, str, dict[str, Any]], str]] = {
    "linear": _linear,
    "monotone": _monotone,
    "convTranspose": _conv_transpose,
    "relu": _named("Relu"),
    "tanh": _named("Tanh"),
    "silu": _silu,
    "sigmoid": _named("Sigmoid"),
    "clip": _clip,
    "tilt": _tilt,
}
