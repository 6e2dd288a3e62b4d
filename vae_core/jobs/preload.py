"""Prepares the fork server, which alone imports this module: workers start with everything loaded and compiled.

It trains one step with the default settings, so that torch has already compiled its kernels for matrices of these
shapes; in bfloat16 they take 12 MB. The step runs on one thread, because a process with running OpenMP threads cannot
be forked. Where there is a GPU it computes no gradients, for which torch would start a thread too. The shipped data
sets are unpacked once. Finally the garbage collector freezes all objects: it writes into each object that it visits,
which would copy another 12 MB into every worker.
"""

import atexit
import gc
from contextlib import nullcontext
from unittest import mock

import torch

from ..config import DatasetConfig, RunConfig
from ..datasets.registry import held_out_images, training_images
from ..runs.checkpoint import build_untrained
from ..runtime.devices import accelerated
from ..runtime.malloc import trim
from ..training.monitor import Monitor
from ..training.trainer import train
from . import processes  # noqa: F401 (what a worker needs besides)


def train_one_batch(config: RunConfig) -> None:
    """Train on one batch of images for the configured epochs and compute the frames."""
    model = build_untrained(config)
    images = training_images(config.data).first(config.train.batch_size)
    monitor = Monitor(held_out_images(config.data.dataset))
    for step in train(model, images, config.train):
        monitor.maybe_frame(model, step)


torch.set_num_threads(1)
for _name in ("mnist", "fashion", "digits"):
    training_images(DatasetConfig(_name))
    held_out_images(_name)
with mock.patch("torch.Tensor.backward", return_value=None) if accelerated() else nullcontext():
    train_one_batch(RunConfig.from_flat({"epochs": 1}))
gc.collect()
gc.freeze()
trim()
atexit.register(gc.unfreeze)  # otherwise torch's libraries report leaks at exit
