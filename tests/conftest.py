"""Small images and models for all tests, a cache folder for the tests alone, and a guard that blocks the network."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from tests.support.network import forbid_network

# No test reads or writes the user's own cache. All share one folder: workers are forked from a process that outlives a
# test.
os.environ["VAE_PLAYGROUND_CACHE"] = tempfile.mkdtemp(prefix="vae-playground-")
atexit.register(shutil.rmtree, os.environ["VAE_PLAYGROUND_CACHE"], ignore_errors=True)

# Before torch is imported. As in app.py, waiting threads sleep and leave the cores to others, and a worker takes one
# core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

forbid_network()

import pytest  # noqa: E402
import torch  # noqa: E402

from vae_core.config import ModelConfig  # noqa: E402
from vae_core.datasets.registry import ImageSet  # noqa: E402
from vae_core.models.autoencoder import Autoencoder  # noqa: E402
from vae_core.training.variants import build  # noqa: E402

SHAPE = (1, 8, 8)


@pytest.fixture
def images() -> ImageSet:
    """96 random images of 8×8 pixels."""
    generator = torch.Generator().manual_seed(0)
    return ImageSet(torch.randint(0, 256, (96, *SHAPE), generator=generator, dtype=torch.uint8), torch.arange(96) % 10)


@pytest.fixture
def vae() -> Autoencoder:
    """A small untrained VAE for those images."""
    return build(ModelConfig(kind="vae", hidden=(16,), latent_dim=3), SHAPE, seed=1)


@pytest.fixture
def ae() -> Autoencoder:
    """A small untrained autoencoder for those images."""
    return build(ModelConfig(kind="ae", hidden=(16,), latent_dim=3), SHAPE, seed=1)
