from __future__ import annotations

import torch

from vae_core.latent import decode, noise, sample
from vae_core.training import Step

from .trained import floats, nearest, trained, training


def first_of(steps: list[Step], phase: str) -> float:
    return next(step.terms["loss"] for step in steps if step.phase == phase)


def test_pretraining_layer_by_layer_lowers_the_first_loss_of_the_training() -> None:
    plain, layerwise = (training(kind="ae", latent_dim=8, epochs=1, layerwise_epochs=epochs)[1] for epochs in (0, 5))
    assert [step.phase for step in layerwise[::110]] == ["layer 1", "layer 2", "training"]
    assert first_of(layerwise, "training") < 0.8 * first_of(plain, "training")


def test_a_layers_phase_changes_that_layer_alone() -> None:
    untouched, model = trained(kind="ae", latent_dim=8, epochs=1, layerwise_epochs=0), trained(kind="ae", latent_dim=8, epochs=1, layerwise_epochs=1)
    assert model.encoder[2].weight.shape == untouched.encoder[2].weight.shape == (64, 64)


def test_draws_from_a_fitted_density_are_nearer_to_digits_than_draws_from_the_standard_normal() -> None:
    """Source: Ghosh et al., From Variational to Deterministic Autoencoders (2020)."""
    model = trained(kind="ae", latent_dim=8, density="mixture")
    from_density, _ = sample(model, 300, seed=0)
    near, far = (nearest(decode(model, codes), floats()).mean() for codes in (from_density, noise(300, 8, seed=0)))
    assert near < 0.8 * far


def test_an_overcomplete_autoencoder_nears_the_identity_and_its_draws_are_noise() -> None:
    model, x = trained(kind="ae", latent_dim=100, hidden="256", likelihood="gaussian", epochs=40), floats()
    missed = (model(x).x_hat.mean - x).flatten(1).norm(dim=1).mean()
    drawn = nearest(decode(model, noise(300, 100, seed=0)), x).mean()
    assert missed < 0.1 * x.flatten(1).norm(dim=1).mean() and drawn > 5 * missed
    assert torch.isfinite(drawn)
