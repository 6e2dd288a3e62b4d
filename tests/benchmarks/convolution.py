"""A convolutional VAE beside fully connected ones of like size, on images that neither has seen.

    python tests/benchmarks/convolution.py [--images N] [--epochs N]

MNIST, sixteen dimensions, β = 1, the same schedule, batches and seed; the MLPs are the one with as many parameters and the
one that takes about as many operations. Prints parameters, multiplications for an image, seconds of training on this machine, and the
held-out −ELBO in nats.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch import nn, no_grad, zeros

sys.path.insert(0, str(Path(__file__).parents[2]))

from vae_core.checkpoint import fresh  # noqa: E402
from vae_core.config import RunConfig  # noqa: E402
from vae_core.datasets import held_out_images, training_images  # noqa: E402
from vae_core.metrics import figures  # noqa: E402
from vae_core.models import Autoencoder  # noqa: E402
from vae_core.training import train  # noqa: E402

SHARED = {"dataset": "mnist", "kind": "vae", "latent_dim": 16, "learning_rate": 2e-3, "batch_size": 128}
NETWORKS = {"conv": {"network": "conv", "hidden": "32,64"}, "mlp_of_like_size": {"hidden": "112,64"}, "mlp_of_like_cost": {"hidden": "768,512"}}


def multiplications(model: Autoencoder) -> int:
    """Products of a weight and a value in one pass of one image through encoder and decoder."""
    counted = 0

    def count(layer: nn.Module, given: tuple, output: object) -> None:
        nonlocal counted
        places = given[0][0, 0].numel() if isinstance(layer, nn.ConvTranspose2d) else output[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        counted += layer.weight.numel() * places

    hooks = [layer.register_forward_hook(count) for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    with no_grad():
        model.eval()(zeros(1, *model.shape), zeros(1).long())
    for hook in hooks:
        hook.remove()
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=10)
    asked, elbo = parser.parse_args(), {}
    for name, network in NETWORKS.items():
        config = RunConfig.from_flat(SHARED | network | {"train_size": asked.images, "epochs": asked.epochs})
        model, step = fresh(config), None
        for step in train(model, training_images(config.data), config.train, config.loss):
            pass
        found = figures(model.eval(), held_out_images("mnist"), step)
        elbo[name] = found["negative_elbo"]
        print(f"| {name} | {found['parameters']:,} | {multiplications(model):,} | {found['seconds']:.0f} | {elbo[name]:.2f} |", flush=True)
    print(" ".join(f"{name}_negative_elbo: {value:.2f}" for name, value in elbo.items()))


if __name__ == "__main__":
    main()
