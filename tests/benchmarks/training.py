"""The time of a 784–400–20 VAE to a test −ELBO of 105.6 nats: the usual PyTorch loop and ours.

    python tests/benchmarks/training.py [--epochs N]

The usual loop is that of the PyTorch examples: a Dataset of PIL images with ToTensor, a DataLoader with batches of 128,
Adam at 1e-3, ten epochs. Ours is vae_core.training.trainer.train with the settings below: the same network, data and
measure. Both run in one process: ours with three seeds, the first before the usual loop and the others after it; the
slowest time and the worst figure count. Time is that of training, without reading files or evaluation.

`matrix_share`: the rate of operations in the matrix products of our slowest training, as a share of the machine's rate
for products of 2,000 × 2,000 right before or after, whichever is higher.

`student_negative_elbo`: the test −ELBO of the form's default two-dimensional VAE ten seconds after the start of its
training, with the threads and the frames of a single training on the page.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

sys.path.insert(0, str(Path(__file__).parents[2]))

from vae_core.config import DatasetConfig, ModelConfig, RunConfig, TrainConfig
from vae_core.datasets.registry import ImageSet, held_out_images, training_images
from vae_core.evaluation.metrics import evaluate
from vae_core.jobs.processes import threads_per_training
from vae_core.models.autoencoder import Autoencoder
from vae_core.runs.checkpoint import build_untrained
from vae_core.runtime.resources import cores
from vae_core.training.monitor import Monitor
from vae_core.training.trainer import train
from vae_core.training.variants import build

TARGET = 105.6
MODEL = ModelConfig(kind="vae", hidden=(400,), latent_dim=20, activation="relu")
OURS = TrainConfig(epochs=4, batch_size=288, learning_rate=0.013)


class PictureDataset(Dataset):
    """MNIST as torchvision provides it: each item becomes a PIL image, then a tensor."""

    def __init__(self, images: ImageSet) -> None:
        self.images, self.transform = images, ToTensor()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self.images.pixels[index, 0].numpy())
        return self.transform(picture), int(self.images.labels[index])


def usual_loop(model: Autoencoder, images: ImageSet, epochs: int) -> float:
    """Train as the PyTorch examples do, from torch's default weights; return the seconds."""
    torch.manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
    seconds = 0.0
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        started = perf_counter()
        for x, _ in DataLoader(PictureDataset(images), batch_size=128, shuffle=True):
            optimizer.zero_grad()
            mean, log_var = model.encoder(x).chunk(2, dim=1)
            z = mean + torch.exp(0.5 * log_var) * torch.randn_like(log_var)
            x_hat = torch.sigmoid(model.decoder(z))
            loss = torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="sum")
            loss = loss - 0.5 * torch.sum(1 + log_var - mean**2 - log_var.exp())
            loss.backward()
            optimizer.step()
        seconds += perf_counter() - started
        print(f"usual loop, epoch {epoch + 1}: {seconds:.1f} s, {test_loss(model):.2f} nats", flush=True)
    return seconds


def ours(images: ImageSet, seed: int) -> tuple[float, float]:
    """Return the seconds and the test −ELBO of our training."""
    model = build(MODEL, (1, 28, 28), seed)
    started = perf_counter()
    for _ in train(model, images, replace(OURS, seed=seed)):
        pass
    seconds, loss = perf_counter() - started, test_loss(model)
    print(
        f"ours, seed {seed}: {seconds:.1f} s, {loss:.2f} nats, target {'reached' if loss <= TARGET else 'missed'}",
        flush=True,
    )
    return seconds, loss


def student(seconds: float = 10) -> float:
    """Return the test −ELBO of the form's default settings after a number of seconds, or at their end."""
    config, before = RunConfig(), torch.get_num_threads()
    torch.set_num_threads(threads_per_training(1, cores()))
    images, monitor = training_images(config.data), Monitor(held_out_images("mnist"))
    model, started = build_untrained(config), perf_counter()
    for step in train(model, images, config.train, config.loss):
        monitor.maybe_frame(model, step)
        if perf_counter() > started + seconds:
            break
    took, loss = perf_counter() - started, test_loss(model)
    torch.set_num_threads(before)
    print(f"the form's first settings: {took:.1f} s, epoch {step.epoch:.1f}, {loss:.2f} nats", flush=True)
    return loss


def matrix_rate(side: int = 2000, times: int = 10) -> float:
    """Return the operations per second in the product of two square float32 matrices."""
    a, b = torch.rand(2, side, side)
    a @ b
    started = perf_counter()
    for _ in range(times):
        a @ b
    return times * 2 * side**3 / (perf_counter() - started)


def operations(model: Autoencoder) -> int:
    """Return the operations of the matrix products for one image.

    They are 2 a weight for the output, for the weight's gradient, and for the input's gradient in all but the first
    layer.
    """
    weights = [layer.weight.numel() for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    return 6 * sum(weights) - 2 * weights[0]


def test_loss(model: Autoencoder) -> float:
    """Return the test −ELBO in nats per image."""
    return evaluate(model, held_out_images("mnist"))["negative_elbo"]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10, help="of the usual loop; fewer for a quick look")
    epochs = parser.parse_args().epochs
    images = training_images(DatasetConfig("mnist", 60_000))
    held_out_images("mnist")
    learned = student()
    rate = matrix_rate()
    runs = [ours(images, seed=0)]
    baseline = build(MODEL, (1, 28, 28))
    baseline_seconds = usual_loop(baseline, images, epochs)
    runs += [ours(images, seed) for seed in (1, 2)]
    seconds, loss = (max(values) for values in zip(*runs, strict=True))
    share = OURS.epochs * len(images) * operations(baseline) / seconds / max(rate, matrix_rate())
    print(
        f"speedup: {baseline_seconds / seconds:.2f} seconds: {seconds:.2f} negative_elbo: {loss:.2f} "
        f"matrix_share: {share:.2f} baseline_seconds: {baseline_seconds:.2f} "
        f"baseline_negative_elbo: {test_loss(baseline):.2f} "
        f"student_negative_elbo: {learned:.2f}"
    )


if __name__ == "__main__":
    main()
