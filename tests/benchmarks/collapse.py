"""The number of the sixteen dimensions that a collapsing VAE uses, without and with each remedy.

    python tests/benchmarks/collapse.py [--epochs N] [--images N] [--seed N] [--only NAME]

Set-up and remedies are COLLAPSING and REMEDIES of vae_core/runs/recipes.py; each remedy is used alone, with the same
seed and the same images. Figures are of the 10,000 held-out images: active units by Burda et al., KL and −ELBO in
nats, mutual information of the first 2,000 (at most log 2,000 = 7.6 nats). Units of the hierarchy are those of z₁, its
decoded level; its KL is of both levels. Seconds are of training alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from vae_core.config import RunConfig
from vae_core.datasets.registry import held_out_images, training_images
from vae_core.evaluation.metrics import evaluate
from vae_core.runs.checkpoint import build_untrained
from vae_core.runs.recipes import COLLAPSING, REMEDIES
from vae_core.training.trainer import train

COLUMNS = ("active_units", "kl", "negative_elbo", "mutual_information", "seconds")


def measure(settings: dict[str, object]) -> dict[str, float]:
    """Train once and return the figures."""
    config = RunConfig.from_flat(settings)
    model = build_untrained(config)
    images, started = training_images(config.data), perf_counter()
    for _ in train(model, images, config.train, config.loss):
        pass
    seconds = perf_counter() - started
    return evaluate(model, held_out_images(config.data.dataset)) | {"seconds": seconds}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=COLLAPSING["epochs"])
    parser.add_argument("--images", type=int, default=COLLAPSING["train_size"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("none", *REMEDIES), action="append", help="may be given several times")
    arguments = parser.parse_args()
    shared = COLLAPSING | {"epochs": arguments.epochs, "train_size": arguments.images, "seed": arguments.seed}
    print(
        f"{arguments.epochs} epochs of {arguments.images} images, {os.cpu_count()} cores\n| remedy | "
        + " | ".join(COLUMNS)
        + " |",
        flush=True,
    )
    active = {}
    for name, remedy in ({"none": {}} | REMEDIES).items():
        if arguments.only and name not in arguments.only:
            continue
        figures = measure(shared | remedy)
        active[name] = figures["active_units"]
        print(
            f"| {name} | {figures['active_units']:.0f} | "
            + " | ".join(f"{figures[column]:.1f}" for column in COLUMNS[1:])
            + " |",
            flush=True,
        )
    print(
        " ".join(
            f"active_units_{name.lower().replace(' ', '_').replace('-', '_')}: {units}"
            for name, units in active.items()
        )
    )


if __name__ == "__main__":
    main()
