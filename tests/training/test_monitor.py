from __future__ import annotations

import numpy as np
import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.datasets.registry import ImageSet, held_out_images
from vae_core.evaluation.metrics import measure_terms
from vae_core.latent.codes import decode, encode, noise
from vae_core.training.monitor import SAMPLES, SEED, Monitor, as_bytes, one_per_class
from vae_core.training.trainer import train
from vae_core.training.variants import build


def test_the_first_and_the_last_step_are_seen_and_a_frame_is_the_model_of_its_step(images: ImageSet) -> None:
    model, frames = build(ModelConfig(hidden=(8,)), (1, 8, 8)), []
    monitor = Monitor(images, interval_s=1e9)
    for step in train(model, images, TrainConfig(epochs=2, batch_size=32)):
        frame = monitor.maybe_frame(model, step)
        if frame:
            frames.append(frame)
            assert np.allclose(frame.points, encode(model, images.pixels).mean.numpy(), atol=2e-2)
            assert frame.held_out == measure_terms(model, images).means()
    assert [frame.step.step for frame in frames] == [1, 6]
    assert set(frames[0].row()) == {"step", "epoch", "seconds", "beta", "phase"} | {
        f"{part}_{name}" for part in ("training", "held_out") for name in ("reconstruction", "kl", "total")
    }


def test_training_terms_are_means_over_the_steps_since_the_last_frame(images: ImageSet) -> None:
    model, steps = build(ModelConfig(hidden=(8,)), (1, 8, 8)), []
    monitor = Monitor(images, interval_s=1e9)
    for step in train(model, images, TrainConfig(epochs=2, batch_size=32)):
        steps.append(step)
        last = monitor.maybe_frame(model, step) or None
    assert np.isclose(last.training["loss"], np.mean([step.terms["loss"] for step in steps[1:]]))


def test_samples_come_from_the_prior_and_in_each_frame_from_the_same_noise(images: ImageSet) -> None:
    model, monitor = build(ModelConfig(hidden=(8,)), (1, 8, 8)), Monitor(images, interval_s=1e9)
    for step in train(model, images, TrainConfig(epochs=1, batch_size=32)):
        frame = monitor.maybe_frame(model, step) or None
    drawn = decode(model, noise(SAMPLES, 2, SEED))
    assert np.array_equal(frame.samples, as_bytes(drawn))
    assert np.array_equal(frame.snapshot().samples, frame.samples)
    assert frame.seconds_left == 0
    assert frame.snapshot().step == step.step


def test_one_of_each_class_is_shown() -> None:
    images = held_out_images("digits")
    assert images.labels[one_per_class(images, 10)].tolist() == list(range(10))
    few = ImageSet(torch.zeros(5, 1, 2, 2, dtype=torch.uint8), torch.zeros(5, dtype=torch.int64))
    assert sorted(one_per_class(few, 4)) == [0, 1, 2, 3]
