from __future__ import annotations

from vae_core.config import RunConfig
from vae_core.worker import title


def test_a_title_says_what_was_trained() -> None:
    assert title(RunConfig.from_flat({})) == "mnist-vae-2d"
    assert title(RunConfig.from_flat({"dataset": "digits", "network": "conv", "beta": 4, "latent_dim": 8})) == "digits-vae-conv-8d-beta4"
