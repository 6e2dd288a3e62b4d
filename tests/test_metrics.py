from __future__ import annotations

import pytest

from vae_core.datasets import Images
from vae_core.metrics import evaluate, parameter_count, terms_of
from vae_core.models import Autoencoder


def test_evaluation_is_the_mean_of_the_terms(vae: Autoencoder, images: Images) -> None:
    found, terms = evaluate(vae, images.pixels), terms_of(vae, images.pixels)
    assert found["reconstruction"] == pytest.approx(terms.reconstruction.double().mean().item(), rel=1e-5)
    assert found["kl"] == pytest.approx(terms.kl.double().sum(1).mean().item(), rel=1e-5)
    assert found["negative_elbo"] == pytest.approx(found["reconstruction"] + found["kl"])


def test_an_autoencoder_has_no_elbo(ae: Autoencoder, images: Images) -> None:
    assert set(evaluate(ae, images.pixels)) == {"reconstruction"}


def test_parameters_are_weights_and_biases(ae: Autoencoder) -> None:
    assert parameter_count(ae) == (64 * 16 + 16) + (16 * 3 + 3) + (3 * 16 + 16) + (16 * 64 + 64)
