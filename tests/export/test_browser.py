from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.support.untrained_models import conditional, monotone
from vae_core.config import ModelConfig
from vae_core.export.browser import ExportError, export_decoder
from vae_core.latent.codes import decode
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import SHIPPED, load, names
from vae_core.runtime.container import unpack
from vae_core.training.variants import build

ELEMENTWISE = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "clip": lambda x: x.clip(0, 1),
    "tilt": lambda x: 1 / (1 - np.exp(-x)) - 1 / x,
}


def transposed(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, layer: dict) -> np.ndarray:
    """A transposed convolution from its definition: every input pixel adds its kernel to the output."""
    stride, padding, (tall, wide) = layer["stride"], layer["padding"], layer["to"]
    out = np.zeros((len(x), layer["outputs"], tall, wide)) + bias[:, None, None]
    for y, row in enumerate(range(-padding, layer["from"][0] * stride - padding, stride)):
        for z, column in enumerate(range(-padding, layer["from"][1] * stride - padding, stride)):
            for i in range(layer["kernel"]):
                for j in range(layer["kernel"]):
                    if 0 <= row + i < tall and 0 <= column + j < wide:
                        out[:, :, row + i, column + j] += x[:, :, y, z] @ weight[:, :, i, j]
    return out


def run_exported(data: bytes, codes: np.ndarray) -> np.ndarray:
    """The format's definition in NumPy."""
    header, arrays = unpack(data)
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    numbers, values = {name: array.astype(np.float64) for name, array in arrays.items()}, codes
    for i, layer in enumerate(header["layers"]):
        if layer["kind"] in ELEMENTWISE:
            values = ELEMENTWISE[layer["kind"]](values)
            continue
        kernel = (layer["kernel"],) * 2 if "kernel" in layer else ()
        outputs = layer.get("hidden", layer["outputs"])
        shape = (layer["inputs"], outputs, *kernel)
        weight, bias = numbers.pop(f"{i}.weight"), numbers.pop(f"{i}.bias")
        assert weight.shape == shape
        assert bias.shape == (outputs,)
        if layer["kind"] == "monotone":
            values = ELEMENTWISE["sigmoid"](values @ weight + bias) @ weight.T + layer["slope"] * values
        elif layer["kind"] == "linear":
            values = values.reshape(len(values), -1) @ weight + bias
        else:
            values = transposed(values.reshape(len(values), layer["inputs"], *layer["from"]), weight, bias, layer)
    assert not numbers
    return values.reshape(len(codes), *header["shape"])


def agreement(model: Autoencoder, count: int) -> float:
    """The largest difference between the exported decoder and torch over random codes and classes."""
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(count, model.config.latent_dim, generator=generator)
    labels = torch.randint(max(1, model.conditions), (count,), generator=generator)
    given = torch.cat([codes, nn.functional.one_hot(labels, model.conditions)], 1) if model.conditions else codes
    return np.abs(
        run_exported(export_decoder(model), given.double().numpy()) - decode(model, codes, labels).numpy()
    ).max()


@pytest.mark.parametrize("activation", ["relu", "silu", "tanh"])
@pytest.mark.parametrize(
    ("network", "hidden", "shape"),
    [
        ("mlp", (48, 24), (1, 28, 28)),
        ("mlp", (), (1, 8, 8)),
        ("conv", (6, 8), (1, 28, 28)),
        ("conv", (4, 6, 8), (3, 32, 32)),
    ],
)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "continuous-bernoulli"])
def test_an_exported_decoder_agrees_with_torch(
    activation: str, network: str, hidden: tuple[int, ...], shape: tuple[int, int, int], likelihood: str
) -> None:
    model = build(
        ModelConfig(network=network, hidden=hidden, activation=activation, likelihood=likelihood, latent_dim=3),
        shape,
        1,
    )
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for values in (layer.running_mean, layer.bias.data):
                values.normal_()
            for values in (layer.running_var, layer.weight.data):
                values.uniform_(0.5, 2)
    assert agreement(model, 20) <= 2 / 255


@pytest.mark.parametrize("name", names())
def test_every_shipped_decoder_agrees_with_torch(name: str) -> None:
    assert agreement(load(SHIPPED / name).model, 500) <= 2 / 255


def test_a_conditional_decoder_reads_the_class_after_the_code() -> None:
    model, codes, labels = conditional(), torch.randn(20, 3), torch.arange(20) % 10
    given = np.concatenate([codes.double().numpy(), np.eye(10)[labels]], 1)
    data = export_decoder(model)
    assert unpack(data)[0]["conditions"] == 10
    assert unpack(export_decoder(monotone()))[0]["conditions"] == 0
    assert np.abs(run_exported(data, given) - decode(model, codes, labels).numpy()).max() <= 2 / 255


def test_monotone_and_embedding_layers_agree_with_torch() -> None:
    model, codes = monotone(), torch.randn(20, 3)
    assert (
        np.abs(run_exported(export_decoder(model), codes.double().numpy()) - decode(model, codes).numpy()).max()
        <= 2 / 255
    )


@pytest.mark.parametrize("layer", [nn.GELU(), nn.Softplus(), nn.BatchNorm2d(1)], ids=lambda layer: type(layer).__name__)
def test_a_layer_that_the_page_cannot_run_is_named(layer: nn.Module) -> None:
    model = build(ModelConfig(hidden=(8,)), (1, 8, 8))
    model.decoder.insert(2, layer)  # after an activation, where no normalisation can be folded into a layer
    with pytest.raises(ExportError, match=type(layer).__name__):
        export_decoder(model)
