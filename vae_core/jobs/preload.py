"""Imported by the fork server and by nothing else: it takes one training step, so that no worker has to warm up.

The step is that of a training with the default settings, so that what torch compiles for matrices of their shapes is there already; in
bfloat16 that is 12 MB, a third of what a worker would touch before its first frame. It runs on one thread, because a process whose
OpenMP threads have started cannot be forked. What ships is unpacked here once for all. In the end all objects are taken out of the
garbage collector's sight: it writes into each that it looks at, which would give every worker 12 MB of its own.

Nor can a process be forked that has computed derivatives where there is a GPU, for which torch starts a thread. The step is one without
derivatives there.
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
from ..runtime.malloc import give_back
from ..training.monitor import Monitor
from ..training.trainer import train
from . import processes  # noqa: F401


def take_a_step(config: RunConfig) -> None:
    """Train one batch's images for an epoch, and look at it."""
    model, images, monitor = (
        build_untrained(config),
        training_images(config.data).first(config.train.batch_size),
        Monitor(held_out_images(config.data.dataset)),
    )
    for step in train(model, images, config.train):
        monitor.maybe_frame(model, step)


torch.set_num_threads(1)
for _name in ("mnist", "fashion", "digits"):
    training_images(DatasetConfig(_name)), held_out_images(_name)
with mock.patch("torch.Tensor.backward", lambda loss: None) if accelerated() else nullcontext():
    take_a_step(RunConfig.from_flat({"epochs": 1}))
gc.collect()
gc.freeze()
give_back()
atexit.register(gc.unfreeze)  # else torch's libraries complain of what is left at the end
