"""A convolutional VAE compared with MLPs of similar size on held-out images.

    python tests/benchmarks/convolution.py [--images N] [--epochs N]

MNIST, sixteen dimensions, β = 1, the same schedule, batches and seed. One MLP has as many parameters, the other takes
about as many operations. Prints parameters, multiplications per image, seconds of training on this machine, and the
held-out −ELBO in nats.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from vae_core.config import RunConfig
from vae_core.datasets.registry import held_out_images, training_images
from vae_core.runs.checkpoint import build_untrained
from vae_core.runs.run import measure
from vae_core.training.flops import operations_per_image
from vae_core.training.trainer import train

SHARED = {
    "dataset": "mnist",
    "kind": "vae",
    "latent_dim": 16,
    "activation": "relu",
    "learning_rate": 2e-3,
    "batch_size": 128,
    "start": "random",
}
NETWORKS = {
    "conv": {"network": "conv", "hidden": "32,64"},
    "mlp_of_like_size": {"hidden": "112,64"},
    "mlp_of_like_cost": {"hidden": "768,512"},
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=10)
    arguments, elbo = parser.parse_args(), {}
    for name, network in NETWORKS.items():
        config = RunConfig.from_flat(SHARED | network | {"train_size": arguments.images, "epochs": arguments.epochs})
        model = build_untrained(config)
        (step,) = deque(train(model, training_images(config.data), config.train, config.loss), maxlen=1)
        figures = measure(model.eval(), held_out_images("mnist"), step)
        elbo[name] = figures["negative_elbo"]
        products = operations_per_image(config.model, model.shape, 10) // 2
        print(
            f"| {name} | {figures['parameters']:,} | {products:,} | {figures['seconds']:.0f} | {elbo[name]:.2f} |",
            flush=True,
        )
    print(" ".join(f"{name}_negative_elbo: {value:.2f}" for name, value in elbo.items()))


if __name__ == "__main__":
    main()
