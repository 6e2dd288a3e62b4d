from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from vae_core.evaluation.clustering import clustering_accuracy, matching
from vae_core.models.mixture import fit_gaussian, fit_mixture, k_means
from vae_core.rules import SettingError

GENERATOR = torch.Generator().manual_seed(0)
CENTERS = torch.tensor([[0.0, 0.0, 0.0], [8.0, 0.0, 2.0], [0.0, 8.0, -2.0]])
LABELS = torch.arange(3).repeat_interleave(torch.tensor([60, 90, 150]))
SHAPES = torch.tensor([[1.0, 0.0, 0.0], [0.7, 0.5, 0.0], [0.0, -0.4, 0.8]])
POINTS = CENTERS[LABELS] + torch.randn(300, 3, generator=GENERATOR) @ SHAPES.T


def test_k_means_finds_separate_groups_and_their_means() -> None:
    assigned, centers = k_means(POINTS, 3, seed=0)
    assert assigned.dtype == torch.int64
    assert centers.dtype == POINTS.dtype
    assert clustering_accuracy(assigned, LABELS) == 1.0
    assert torch.allclose(centers, torch.stack([POINTS[assigned == c].mean(0) for c in range(3)]), atol=1e-5)


def test_k_means_is_scikit_learns() -> None:
    noise = torch.randn(200, 4, generator=torch.Generator().manual_seed(1))
    oracle = KMeans(5, n_init=3, random_state=2).fit(noise.double().numpy())
    assigned, centers = k_means(noise, 5, seed=2, n_init=3)
    assert assigned.tolist() == oracle.labels_.tolist()
    assert ((noise - centers[assigned]) ** 2).sum().item() == pytest.approx(oracle.inertia_, rel=1e-5)


def test_one_gaussian_is_a_mixture_of_one() -> None:
    one, mixture = fit_gaussian(POINTS), fit_mixture(POINTS, 1, seed=0)
    assert torch.allclose(one.means, mixture.means)
    assert torch.allclose(one.covariances, mixture.covariances)


def test_no_shifted_or_stretched_gaussian_is_more_likely_than_the_fitted_one() -> None:
    fitted, z = fit_gaussian(POINTS), POINTS.double()
    best = fitted.log_prob(z).mean()
    for scale, shift in [(0.9, 0.0), (1.1, 0.0), (1.0, 0.3)]:
        other = type(fitted)(fitted.weights, fitted.means + shift, scale * fitted.covariances)
        assert other.log_prob(z).mean() < best


def test_a_fitted_mixture_has_scikit_learns_density_and_responsibilities() -> None:
    z = POINTS.double()
    oracle = GaussianMixture(3, reg_covar=1e-6, random_state=4).fit(z.numpy())
    fitted = fit_mixture(POINTS, 3, seed=4)
    assert torch.allclose(fitted.log_prob(z), torch.from_numpy(oracle.score_samples(z.numpy())))
    assert torch.allclose(fitted.responsibilities(z), torch.from_numpy(oracle.predict_proba(z.numpy())))


def test_a_fitted_mixture_finds_the_groups() -> None:
    fitted = fit_mixture(POINTS, 3, seed=0)
    assert clustering_accuracy(fitted.responsibilities(POINTS).argmax(1), LABELS) == 1.0
    assert fitted.weights.sort().values.tolist() == pytest.approx([0.2, 0.3, 0.5])


def test_a_mixture_more_is_no_less_likely_than_one_gaussian() -> None:
    assert fit_mixture(POINTS, 3).log_prob(POINTS).mean() > fit_gaussian(POINTS).log_prob(POINTS).mean()


def test_a_dimension_that_is_not_used_still_gives_a_density() -> None:
    flat = torch.cat([POINTS, torch.zeros(300, 1)], 1)
    for fitted in (fit_gaussian(flat), fit_mixture(flat, 3)):
        assert fitted.log_prob(flat).isfinite().all()
        assert fitted.draw(torch.randn(5, 4)).isfinite().all()


@pytest.mark.parametrize(("fit", "name"), [(fit_mixture, "components"), (k_means, "clusters")])
def test_too_few_images_are_named(fit: Callable[[torch.Tensor, int], object], name: str) -> None:
    with pytest.raises(
        SettingError, match=f"{name}: 5 is not allowed; use a whole number from 1 to 4, as many as there are images."
    ):
        fit(POINTS[:4], 5, 0)


def test_the_accuracy_is_that_of_the_best_of_all_permutations() -> None:
    generator = torch.Generator().manual_seed(5)
    assigned, labels = torch.randint(0, 4, (2, 100), generator=generator)
    best = max((torch.tensor(order)[assigned] == labels).double().mean().item() for order in permutations(range(4)))
    assert clustering_accuracy(assigned, labels) == pytest.approx(best)


def test_renamed_classes_are_found_again() -> None:
    renamed = torch.tensor([2, 0, 1])
    assert matching(renamed[LABELS], LABELS)[renamed].tolist() == [0, 1, 2]
    assert clustering_accuracy(renamed[LABELS], LABELS) == 1.0


def test_a_cluster_too_many_has_no_class() -> None:
    """Every class split in two: each keeps its larger half."""
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    assigned = torch.tensor([0, 0, 1, 2, 3, 3])
    assert matching(assigned, labels).tolist() == [0, -1, -1, 1]
    assert clustering_accuracy(assigned, labels) == pytest.approx(4 / 6)


def test_fewer_clusters_than_classes_leave_classes_out() -> None:
    labels = torch.tensor([0, 0, 1, 1, 1, 2])
    assert matching(torch.zeros(6).long(), labels).tolist() == [1]
    assert clustering_accuracy(torch.zeros(6).long(), labels) == pytest.approx(0.5)
