from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.support.untrained_models import conditional, monotone
from vae_core.config import ModelConfig
from vae_core.export.browser import ExportError
from vae_core.export.onnx import OPSET, export_onnx
from vae_core.latent.codes import decode
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import SHIPPED, load, names
from vae_core.training.variants import VARIANTS, build


def difference(model: Autoencoder, count: int = 20) -> float:
    """Return the largest difference between onnxruntime's and torch's images over random codes and classes."""
    generator = torch.Generator().manual_seed(0)
    codes = 2 * torch.randn(count, model.config.latent_dim, generator=generator)
    labels = torch.randint(max(1, model.conditions), (count,), generator=generator)
    session = onnxruntime.InferenceSession(export_onnx(model), providers=["CPUExecutionProvider"])
    given = {"z": codes.numpy()} | ({"label": labels.numpy()} if model.conditions else {})
    (pictures,) = session.run(["x_hat"], given)
    assert pictures.shape == (count, *model.shape)
    assert pictures.dtype == np.float32
    return np.abs(pictures - decode(model, codes, labels).numpy()).max()


@pytest.mark.parametrize("name", names())
def test_every_shipped_decoder_agrees_with_torch(name: str) -> None:
    assert difference(load(SHIPPED / name).model) < 1e-4


@pytest.mark.parametrize("kind", sorted(VARIANTS))
def test_every_kind_agrees_with_torch(kind: str) -> None:
    assert difference(build(ModelConfig(kind=kind, hidden=(24, 16), latent_dim=4, top_dim=2), (1, 8, 8), 1, 10)) < 1e-5


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "silu"},
        {"activation": "tanh", "likelihood": "gaussian"},
        {"hidden": ()},
        {"likelihood": "continuous-bernoulli"},
        {"network": "conv", "hidden": (4, 6)},
        {"network": "conv", "hidden": (4, 6, 8), "activation": "silu", "likelihood": "gaussian-learned"},
    ],
)
def test_every_layer_agrees_with_torch(settings: dict[str, object]) -> None:
    model = build(ModelConfig(**({"hidden": (24, 16), "latent_dim": 3} | settings)), (3, 12, 12), 1)
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.running_var, 0.5, 2)
            torch.nn.init.normal_(layer.running_mean)
    assert difference(model) < 1e-4  # a continuous Bernoulli's mean cancels in float32 near a logit of zero


def test_monotone_layers_agree_with_torch_and_a_class_matters() -> None:
    assert difference(monotone()) < 1e-5
    assert difference(conditional()) < 1e-5


def test_the_file_says_what_goes_in_and_what_comes_out() -> None:
    made = onnx.load_from_string(export_onnx(conditional()))
    onnx.checker.check_model(made, full_check=True)
    shapes = {
        value.name: [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in [*made.graph.input, *made.graph.output]
    }
    assert shapes == {"z": ["N", 3], "label": ["N"], "x_hat": ["N", 1, 8, 8]}
    assert made.opset_import[0].version == OPSET


def test_a_layer_that_is_not_known_is_named() -> None:
    model = build(ModelConfig(hidden=(8,)), (1, 8, 8))
    model.decoder.insert(2, torch.nn.GELU())
    with pytest.raises(ExportError, match="GELU"):
        export_onnx(model)
