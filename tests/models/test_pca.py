from __future__ import annotations

import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA as Oracle

from tests.support.trained_models import floats, squared_error, trained
from vae_core.config import DatasetConfig
from vae_core.datasets.registry import as_floats, training_images


def pixels() -> torch.Tensor:
    return as_floats(training_images(DatasetConfig("digits")).pixels).flatten(1)


def test_it_reconstructs_what_scikit_learn_does() -> None:
    oracle, model, x = Oracle(5).fit(pixels().numpy()), trained(kind="pca", latent_dim=5), floats()
    expected = oracle.inverse_transform(oracle.transform(x.flatten(1).numpy()))
    assert torch.allclose(model(x).x_hat.mean.flatten(1), torch.from_numpy(expected).float(), atol=1e-4)


def test_a_linear_autoencoder_of_digits_spans_its_subspace() -> None:
    """D = 3, after which the variances of the digits have a gap; exact only where training has ended."""
    linear = trained(
        kind="ae", latent_dim=3, hidden="linear", likelihood="gaussian", epochs=150, batch_size=256, learning_rate=0.1
    )
    components = trained(kind="pca", latent_dim=3).decoder[0].weight
    assert subspace_angles(linear.decoder[0].weight.detach().numpy(), components.detach().numpy()).max() < 0.03


def test_an_autoencoder_of_two_numbers_beats_it_on_held_out_digits() -> None:
    deep = trained(kind="ae", latent_dim=2, likelihood="gaussian", epochs=25)
    assert squared_error(deep, floats()) < 0.9 * squared_error(trained(kind="pca", latent_dim=2), floats())
