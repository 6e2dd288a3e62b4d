"""Deep embedded clustering against its formulas, and a toy run of the experiment."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import StudentT

from tests.conftest import SHAPE
from vae_core.config import LossConfig, ModelConfig
from vae_core.datasets.registry import ImageSet, as_floats
from vae_core.models.autoencoder import Batch
from vae_core.models.dec import Clustering, clustering, target_distribution
from vae_core.reproduce import xie2016
from vae_core.reproduce.result import Row
from vae_core.training.trainer import Step
from vae_core.training.variants import build


@pytest.fixture
def dec() -> Clustering:
    model = build(ModelConfig(kind="dec", hidden=(16,), latent_dim=3, components=4), SHAPE, seed=1)
    assert isinstance(model, Clustering)
    return model


def rows(count: int = 50, groups: int = 4) -> torch.Tensor:
    return torch.randn(count, groups, generator=torch.Generator().manual_seed(0)).softmax(1)


def entropy(p: torch.Tensor) -> torch.Tensor:
    return -(p * p.log()).sum(1)


def test_assignments_are_students_t_kernel_and_sum_to_one(dec: Clustering) -> None:
    z = torch.randn(20, 3)
    q = dec.log_assignments(z).exp()
    kernel = StudentT(1.0).log_prob((z[:, None] - dec.centers).norm(dim=2)).exp()  # in one dimension, of the distance
    assert torch.allclose(q.sum(1), torch.ones(20))
    assert torch.allclose(q, kernel / kernel.sum(1, keepdim=True), atol=1e-6)


def test_the_target_is_sharper_and_sums_to_one() -> None:
    q = rows()
    p = target_distribution(q, torch.full((4,), 0.25))
    assert torch.allclose(p.sum(1), torch.ones(50))
    assert (entropy(p) < entropy(q)).all()


def test_the_target_is_fair_to_rare_clusters() -> None:
    q = torch.tensor([[0.5, 0.5]])
    assert torch.allclose(target_distribution(q, torch.tensor([0.8, 0.2])), torch.tensor([[0.2, 0.8]]))


def test_certain_rows_are_their_own_target() -> None:
    q = torch.eye(4)
    assert torch.equal(target_distribution(q, torch.tensor([0.1, 0.2, 0.3, 0.4])), q)


def test_the_reconstruction_moves_the_decoder_alone_and_the_clusters_the_rest(
    dec: Clustering, images: ImageSet
) -> None:
    batch = Batch(as_floats(images.pixels), images.labels)
    terms = clustering(dec, batch, LossConfig(), torch.Generator().manual_seed(0))
    terms.reconstruction.mean().backward(retain_graph=True)
    assert all(parameter.grad is None for parameter in [dec.centers, *dec.encoder.parameters()])
    assert all(parameter.grad.abs().sum() > 0 for parameter in dec.decoder.parameters())
    dec.zero_grad()
    terms.extra["clustering"].mean().backward()
    assert all(parameter.grad is None for parameter in dec.decoder.parameters())
    assert dec.centers.grad.abs().sum() > 0
    assert all(parameter.grad.abs().sum() > 0 for parameter in dec.encoder.parameters())


def test_centers_begin_where_k_means_finds_them(dec: Clustering) -> None:
    corners = 5 * torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    dec.fit_centers(corners.repeat(30, 1) + 0.1 * torch.randn(120, 3), seed=0)
    assert (torch.cdist(corners, dec.centers.detach()).min(1).values < 0.1).all()


def test_a_small_run_of_the_published_table_yields_its_rows() -> None:
    records = list(xie2016.reproduce(train_size=300, test_size=100, hidden=(16,), pretrain_epochs=1, epochs=1))
    rows = [record for record in records if isinstance(record, Row)]
    assert [row.paper for row in rows] == [53.5, 81.8, 84.3]
    assert all(10 <= row.ours <= 100 and row.unit == "%" for row in rows)
    assert {record.phase for record in records if isinstance(record, Step)} == {"pretraining", "clustering"}
