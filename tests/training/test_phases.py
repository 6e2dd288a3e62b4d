from __future__ import annotations

import numpy as np
import torch

from tests.support.trained_models import floats, nearest, trained, training
from vae_core.config import DatasetConfig, ModelConfig, TrainConfig
from vae_core.datasets.registry import training_images
from vae_core.latent.codes import decode, noise, sample
from vae_core.training.trainer import Step, train
from vae_core.training.variants import build


def mean_of(steps: list[Step], phase: str) -> float:
    return float(np.mean([step.terms["loss"] for step in steps if step.phase == phase]))


def test_pretraining_layer_by_layer_lowers_the_loss_of_the_trainings_first_epoch() -> None:
    """From random weights, as in the sources: a decoder that begins at the mean image has less to gain."""
    plain, layerwise = (
        training(kind="ae", latent_dim=8, epochs=1, start="random", layerwise_epochs=epochs)[1] for epochs in (0, 5)
    )
    assert [step.phase for step in layerwise[::110]] == ["layer 1", "layer 2", "training"]
    assert mean_of(layerwise, "training") < 0.9 * mean_of(plain, "training")


def test_a_layers_phase_changes_that_pair_of_layers_alone() -> None:
    model = build(ModelConfig(kind="ae", hidden=(16, 12), latent_dim=3), (1, 8, 8))
    states: dict[str, dict[str, torch.Tensor]] = {}
    for step in train(
        model, training_images(DatasetConfig("digits", 200)), TrainConfig(epochs=1, layerwise_epochs=1, batch_size=50)
    ):
        states[step.phase] = {name: value.clone() for name, value in model.state_dict().items()}
    changed = {name for name, value in states["layer 2"].items() if not torch.equal(value, states["layer 1"][name])}
    assert changed == {"encoder.4.weight", "encoder.4.bias", "decoder.2.weight", "decoder.2.bias"}


def test_draws_from_a_fitted_density_are_nearer_to_digits_than_draws_from_the_standard_normal() -> None:
    """Source: Ghosh et al., From Variational to Deterministic Autoencoders (2020)."""
    model = trained(kind="ae", latent_dim=8, density="mixture", start="random")
    from_density, _ = sample(model, 300, seed=0)
    near, far = (nearest(decode(model, codes), floats()).mean() for codes in (from_density, noise(300, 8, seed=0)))
    assert near < 0.8 * far


def test_an_overcomplete_autoencoder_nears_the_identity_and_its_draws_are_noise() -> None:
    model, x = trained(kind="ae", latent_dim=100, hidden="256", likelihood="gaussian", epochs=25), floats()
    missed = (model(x).x_hat.mean - x).flatten(1).norm(dim=1).mean()
    drawn = nearest(decode(model, noise(300, 100, seed=0)), x).mean()
    assert missed < 0.1 * x.flatten(1).norm(dim=1).mean()
    assert drawn > 5 * missed
