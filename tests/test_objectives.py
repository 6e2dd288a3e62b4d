from __future__ import annotations

import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.datasets import Images
from vae_core.config import LossConfig
from vae_core.datasets import as_floats
from vae_core.models import Autoencoder, Batch
from vae_core.objectives import Objective, Terms, negative_elbo, reconstruction_only


def terms(model: Autoencoder, images: Images, objective: Objective = negative_elbo, **loss: object) -> Terms:
    batch = Batch(as_floats(images.pixels), images.labels)
    return objective(model.eval(), batch, LossConfig(**loss), torch.Generator().manual_seed(0))


def test_at_beta_one_the_loss_is_the_negative_elbo(vae: Autoencoder, images: Images) -> None:
    """ELBO = log p(x | z) − KL(q ‖ p) for the same z, computed by torch.distributions."""
    x = as_floats(images.pixels)
    mean, log_var = vae.encoder(x).chunk(2, dim=1)
    q = Normal(mean, (log_var / 2).exp())
    z = mean + q.stddev * torch.empty_like(mean).normal_(generator=torch.Generator().manual_seed(0))
    log_likelihood = -torch.nn.functional.binary_cross_entropy(Bernoulli(logits=vae.decoder(z)).probs, x, reduction="none").sum((1, 2, 3))
    elbo = log_likelihood - kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(terms(vae, images).loss, -elbo, atol=1e-3)


def test_the_loss_is_the_sum_of_its_terms_to_the_last_bit(vae: Autoencoder, images: Images) -> None:
    found = terms(vae, images)
    assert torch.equal(found.loss, found.reconstruction + found.kl.sum(1))


def test_beta_weighs_the_kl_and_nothing_else(vae: Autoencoder, images: Images) -> None:
    one, four = terms(vae, images), terms(vae, images, beta=4.0)
    assert torch.equal(one.reconstruction, four.reconstruction) and torch.equal(one.kl, four.kl)
    assert torch.allclose(four.loss - one.loss, 3 * one.kl.sum(1), atol=1e-4)


def test_an_autoencoder_has_no_kl(ae: Autoencoder, images: Images) -> None:
    found = terms(ae, images, reconstruction_only)
    assert found.kl.shape == (len(images), 0) and torch.equal(found.loss, found.reconstruction)
    assert found.means()["kl"] == 0


def test_terms_are_of_one_image_each(ae: Autoencoder, images: Images) -> None:
    assert torch.allclose(terms(ae, images, reconstruction_only).loss[:5], terms(ae, images.first(5), reconstruction_only).loss, atol=1e-4)
