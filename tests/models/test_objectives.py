from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from tests.conftest import SHAPE
from tests.support.trained_models import floats, trained, training
from vae_core.config import LossConfig, ModelConfig
from vae_core.datasets.registry import ImageSet, as_floats
from vae_core.models.autoencoder import Autoencoder, Batch
from vae_core.models.gaussian import DiagonalGaussian
from vae_core.models.objectives import (
    Objective,
    Terms,
    activation_kl,
    capacity,
    contrast,
    negative_elbo,
    reconstruction_only,
    squared_jacobian,
)
from vae_core.training.variants import build


def terms(model: Autoencoder, images: ImageSet, objective: Objective = negative_elbo, **loss: object) -> Terms:
    batch = Batch(as_floats(images.pixels), images.labels)
    return objective(model.eval(), batch, LossConfig(**loss), torch.Generator().manual_seed(0))


def test_at_beta_one_the_loss_is_the_negative_elbo(vae: Autoencoder, images: ImageSet) -> None:
    """ELBO = log p(x | z) − KL(q ‖ p) for the same z, computed by torch.distributions."""
    x = as_floats(images.pixels)
    mean, log_var = vae.encoder(x).chunk(2, dim=1)
    q = Normal(mean, (log_var / 2).exp())
    z = mean + q.stddev * torch.empty_like(mean).normal_(generator=torch.Generator().manual_seed(0))
    log_likelihood = -torch.nn.functional.binary_cross_entropy(
        Bernoulli(logits=vae.decoder(z)).probs, x, reduction="none"
    ).sum((1, 2, 3))
    elbo = log_likelihood - kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(terms(vae, images).loss, -elbo, atol=1e-3)


def test_the_loss_is_the_sum_of_its_terms_to_the_last_bit(vae: Autoencoder, images: ImageSet) -> None:
    numbers = terms(vae, images)
    assert torch.equal(numbers.loss, numbers.reconstruction + numbers.kl.sum(1))


def test_beta_weighs_the_kl_and_nothing_else(vae: Autoencoder, images: ImageSet) -> None:
    one, four = terms(vae, images), terms(vae, images, beta=4.0)
    assert torch.equal(one.reconstruction, four.reconstruction)
    assert torch.equal(one.kl, four.kl)
    assert torch.allclose(four.loss - one.loss, 3 * one.kl.sum(1), atol=1e-4)


def test_without_a_weight_of_the_reconstruction_only_the_kl_is_minimised(vae: Autoencoder, images: ImageSet) -> None:
    numbers = terms(vae, images, beta=4.0, reconstruction_weight=0.0)
    assert torch.equal(numbers.loss, 4 * numbers.kl.sum(1))
    assert numbers.means()["total"] > numbers.means()["kl"]
    numbers.loss.mean().backward()
    assert all(not parameter.grad.any() for parameter in vae.decoder.parameters())


def test_an_autoencoder_has_no_kl(ae: Autoencoder, images: ImageSet) -> None:
    numbers = terms(ae, images, reconstruction_only)
    assert numbers.kl.shape == (len(images), 0)
    assert torch.equal(numbers.loss, numbers.reconstruction)
    assert numbers.means()["kl"] == 0


def test_terms_are_of_one_image_each(ae: Autoencoder, images: ImageSet) -> None:
    assert torch.allclose(
        terms(ae, images, reconstruction_only).loss[:5], terms(ae, images.first(5), reconstruction_only).loss, atol=1e-4
    )


def test_the_kl_of_activations_is_that_of_bernoulli_variables() -> None:
    h = torch.rand(50, 6, generator=torch.Generator().manual_seed(0))
    expected = kl_divergence(Bernoulli(torch.tensor(0.05)), Bernoulli(h.mean(0))).sum()
    assert torch.allclose(activation_kl(h, 0.05), expected.expand(50), rtol=1e-5)
    assert torch.allclose(activation_kl(torch.full((8, 3), 0.2), 0.2), torch.zeros(8), atol=1e-6)


@pytest.mark.parametrize("rho", [0.05, 0.2])
def test_activations_come_to_the_mean_that_is_asked_for(rho: float) -> None:
    model = trained(kind="sparse", sparsity="kl", rho=rho, penalty=50.0, latent_dim=32, epochs=10)
    assert model.encode(floats()).mean().item() == pytest.approx(rho, abs=0.03)


def test_an_l1_penalty_makes_activations_smaller() -> None:
    plain, sparse = (
        trained(kind="sparse", sparsity="l1", penalty=penalty, latent_dim=32, epochs=10).encode(floats()).mean().item()
        for penalty in (0.0, 3.0)
    )
    assert sparse < 0.5 * plain


@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_the_contraction_is_the_squared_norm_of_autograds_jacobian(activation: str) -> None:
    model = build(ModelConfig(kind="contractive", hidden=(16,), latent_dim=3, activation=activation), SHAPE).eval()
    x = torch.rand(4, *SHAPE)
    expected = [torch.autograd.functional.jacobian(model.encode, image[None]).square().sum() for image in x]
    assert torch.allclose(squared_jacobian(model, x), torch.stack(expected), rtol=1e-4)


def test_a_contractive_autoencoder_answers_less_to_a_change_of_the_image() -> None:
    plain, contractive = (
        trained(kind="contractive", penalty=penalty, latent_dim=4, activation="tanh", epochs=6)
        for penalty in (0.0, 5.0)
    )
    assert squared_jacobian(contractive, floats()).mean() < 0.5 * squared_jacobian(plain, floats()).mean()


def test_without_a_kl_the_noise_of_the_code_shrinks_in_training() -> None:
    early, late = (
        trained(kind="noisy", latent_dim=4, epochs=epochs).encode(floats()).std.mean().item() for epochs in (1, 15)
    )
    trained_std = trained(kind="vae", latent_dim=4, epochs=15).encode(floats()).std.mean().item()
    assert late < 0.5 * early
    assert late < 0.5 * trained_std


def test_the_gradient_at_beta_one_is_that_of_the_negative_elbo(vae: Autoencoder, images: ImageSet) -> None:
    terms(vae, images).loss.mean().backward()
    numbers = [parameter.grad.clone() for parameter in vae.parameters()]
    vae.zero_grad()
    output = vae(as_floats(images.pixels), images.labels, torch.Generator().manual_seed(0))
    (output.kl.sum(1) - output.x_hat.log_prob(as_floats(images.pixels))).mean().backward()
    assert all(torch.equal(a, parameter.grad) for a, parameter in zip(numbers, vae.parameters(), strict=True))


def test_the_capacity_loss_is_the_error_and_the_kls_distance_from_the_capacity(
    vae: Autoencoder, images: ImageSet
) -> None:
    numbers = terms(vae, images, capacity, gamma=7.0, capacity=3.0)
    gap = 7 * (numbers.kl.sum(1).mean() - 3).abs()
    assert torch.allclose(numbers.loss, numbers.reconstruction + gap, rtol=1e-5)


def test_the_kl_comes_to_the_capacity() -> None:
    _, steps = training(kind="capacity", gamma=30.0, capacity=6.0, latent_dim=8)
    assert sum(step.terms["kl"] for step in steps[-22:]) / 22 == pytest.approx(6, abs=0.5)


def test_free_bits_leave_a_dimension_below_them_alone(vae: Autoencoder, images: ImageSet) -> None:
    """The KL's gradient reaches only dimensions whose mean KL is above λ."""
    kl = terms(vae, images).kl.mean(0).sort()
    bits = (kl.values[0] + kl.values[1]).item() / 2
    low, high = int(kl.indices[0]), kl.indices[1:]
    last, gradients = vae.encoder[-1], []
    for beta in (1.0, 2.0):
        (gradient,) = torch.autograd.grad(terms(vae, images, free_bits=bits, beta=beta).loss.mean(), last.bias)
        gradients.append(gradient.view(2, 3))
    assert torch.allclose(gradients[0][:, low], gradients[1][:, low], atol=1e-6)
    assert not torch.isclose(gradients[0][:, high], gradients[1][:, high], atol=1e-6).any()


def test_free_bits_count_at_least_themselves(vae: Autoencoder, images: ImageSet) -> None:
    numbers = terms(vae, images, free_bits=9.0)
    assert numbers.kl.mean(0).max() < 9
    assert torch.allclose(numbers.loss, numbers.reconstruction + 3 * 9.0)


class Labelled:
    """Codes that are `apart` from each other, one per class, whatever the image."""

    def __init__(self, apart: float) -> None:
        self.apart = apart

    def embed(self, x: Tensor, y: Tensor) -> DiagonalGaussian:
        mean = self.apart * torch.nn.functional.one_hot(y, 12).float()
        return DiagonalGaussian(mean, torch.zeros_like(mean))


@pytest.mark.parametrize(("apart", "expected"), [(0.0, math.log(12)), (30.0, 0.0)])
def test_the_contrast_is_log_b_of_equal_codes_and_nothing_of_codes_far_apart(apart: float, expected: float) -> None:
    model, batch = Labelled(apart), Batch(torch.rand(12, *SHAPE), torch.arange(12))
    numbers = contrast(model, batch, model.embed(batch.x, batch.y), 5.0, torch.Generator().manual_seed(0))
    assert torch.allclose(numbers, torch.full((12,), 5 * expected), atol=1e-4)
