"""The VAE with a mixture prior against closed forms and Monte Carlo, and a toy run of the experiment."""

from __future__ import annotations

import pytest
import torch

from tests.conftest import SHAPE
from vae_core.config import LossConfig, ModelConfig
from vae_core.datasets.registry import ImageSet, as_floats
from vae_core.evaluation.clustering import clustering_accuracy
from vae_core.models.autoencoder import Autoencoder, Batch
from vae_core.models.gaussian import DiagonalGaussian
from vae_core.models.vade import MixtureVAE, mean_denoising
from vae_core.reproduce import jiang2017
from vae_core.reproduce.result import Row
from vae_core.training.variants import build


def vade(components: int = 4) -> MixtureVAE:
    """A model with any mixture as its prior."""
    model = build(ModelConfig(kind="vade", hidden=(16,), latent_dim=3, components=components), SHAPE, seed=1)
    assert isinstance(model, MixtureVAE)
    generator = torch.Generator().manual_seed(0)
    for parameter in (model.logits, model.means, model.log_vars):
        parameter.data.normal_(generator=generator)
    return model


def posterior(rows: int) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(1)
    return DiagonalGaussian(torch.randn(rows, 3, generator=generator), torch.randn(rows, 3, generator=generator) - 1)


def best_share(model: MixtureVAE, q: DiagonalGaussian) -> torch.Tensor:
    """γ ∝ π exp(−KL_c), shape (B, K)."""
    each = torch.stack(
        [
            q.kl_to(DiagonalGaussian(mean, log_var)).sum(1)
            for mean, log_var in zip(model.means, model.log_vars, strict=True)
        ],
        1,
    )
    return (model.logits.log_softmax(0) - each).softmax(1)


@torch.no_grad()
def test_the_kl_of_code_and_cluster_equals_its_monte_carlo_estimate() -> None:
    model, q = vade(), posterior(5)
    share = best_share(model, q)
    many = DiagonalGaussian(q.mean.repeat(100_000, 1, 1), q.log_var.repeat(100_000, 1, 1))
    z = many.sample(torch.Generator().manual_seed(2))
    total = torch.zeros(5)
    for c in range(4):
        joint = DiagonalGaussian(model.means[c], model.log_vars[c]).log_prob(z).sum(2) + model.logits.log_softmax(0)[c]
        total += share[:, c] * (share[:, c].log() + (many.log_prob(z).sum(2) - joint).mean(0))
    assert torch.allclose(model.kl_to_prior(q).sum(1), total, atol=0.05)


@torch.no_grad()
def test_the_clusters_share_is_the_best_there_is() -> None:
    """At γ ∝ π exp(−KL_c) the sum is −log Σ π exp(−KL_c); p(c | μ) in its place gives more."""
    model, q = vade(), posterior(50)
    each = torch.stack(
        [
            q.kl_to(DiagonalGaussian(mean, log_var)).sum(1)
            for mean, log_var in zip(model.means, model.log_vars, strict=True)
        ],
        1,
    )
    values, other = model.kl_to_prior(q).sum(1), model.log_responsibilities(q.mean)
    assert torch.allclose(values, -(model.logits.log_softmax(0) - each).logsumexp(1), atol=1e-4)
    assert (values <= (other.exp() * (each + other - model.logits.log_softmax(0))).sum(1) + 1e-4).all()


@torch.no_grad()
def test_one_standard_normal_component_is_the_plain_vaes_kl() -> None:
    model, q = vade(components=1), posterior(20)
    model.means.zero_()
    model.log_vars.zero_()
    kl = model.kl_to_prior(q)
    assert torch.allclose(kl[:, :3], q.kl_to_standard(), atol=1e-6)
    assert torch.equal(kl[:, 3], torch.zeros(20))


@torch.no_grad()
def test_responsibilities_are_those_of_the_prior() -> None:
    model, z = vade(), torch.randn(30, 3)
    assert torch.allclose(model.log_responsibilities(z).exp(), model.prior().responsibilities(z), atol=1e-5)


@torch.no_grad()
def test_a_fitted_prior_finds_blobs_and_begins_with_narrow_posteriors(images: ImageSet) -> None:
    model, labels = vade(), torch.arange(400) % 4
    corners = torch.tensor([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]])
    codes = corners[labels] + 0.3 * torch.randn(400, 3, generator=torch.Generator().manual_seed(0))
    slant = torch.tensor([[1.0, 0, 0], [2, 1, 0], [0, 3, 1]])
    codes, x = codes @ slant.T, as_floats(images.pixels)
    before, mean = model.decode(model.embed(x).mean).mean, model.embed(x).mean
    model.fit_prior(codes, seed=0)
    moved = model.embed(x).mean  # the code space is changed so that the clusters stand straight, and no image changes
    assert torch.allclose(model.decode(moved).mean, before, atol=1e-5)
    change = torch.linalg.lstsq(mean - mean.mean(0), moved - moved.mean(0)).solution
    straight = codes @ change
    assert clustering_accuracy(model.log_responsibilities(straight).argmax(1), labels) == 1
    spread = model.log_vars.exp()
    assert straight.std().item() == pytest.approx(codes.std().item(), rel=1e-3)
    assert torch.allclose(spread, spread.mean().expand(4, 3), rtol=0.4)
    assert torch.allclose(model.encode(x).std, (0.1 * spread.mean()).sqrt().expand(96, 3), rtol=0.2)


def test_pretraining_leaves_prior_and_noise_alone(images: ImageSet) -> None:
    model = vade()
    mean_denoising(
        model, Batch(as_floats(images.pixels), images.labels), LossConfig(), torch.Generator().manual_seed(0)
    ).loss.mean().backward()
    assert model.means.grad is None
    assert torch.equal(model.encoder[-1].weight.grad[3:], torch.zeros(3, 16))
    assert model.encoder[-1].weight.grad[:3].abs().sum() > 0


def test_a_small_run_of_the_published_table_yields_its_row() -> None:
    *steps, row = jiang2017.reproduce(train_size=300, test_size=100, hidden=(16,), pretrain_epochs=1, epochs=1)
    assert isinstance(row, Row)
    assert row.paper == 94.46
    assert 10 <= row.ours <= 100
    assert row.unit == "%"
    assert {step.phase for step in steps} == {"pretraining", "training"}


@torch.no_grad()
def test_an_autoencoder_that_is_taken_over_becomes_mean_and_decoder(images: ImageSet, ae: Autoencoder) -> None:
    model, x = vade(), as_floats(images.pixels)
    model.load_autoencoder(ae)
    mean = model.encode(x).mean
    assert torch.allclose(mean, ae.encode(x), atol=1e-6)
    assert torch.equal(model.decode(mean).mean, ae.decode(mean).mean)
