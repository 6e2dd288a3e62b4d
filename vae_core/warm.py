"""Imported by the fork server and by nothing else: it takes one training step, so that no worker has to warm up.

Without it thirty workers need 5.2 GB and 25 s to their first progress, with it 1.8 GB and 3 s. The step runs on one
thread, because a process whose OpenMP threads have started cannot be forked. What ships is unpacked here once for all. In the
end all objects are taken out of the garbage collector's sight: it writes into each that it looks at, which would give every worker
12 MB of its own.

Nor can a process be forked that has computed derivatives where there is a GPU, for which torch starts a thread. So the step is one
without derivatives.
"""

import atexit
import gc
from unittest import mock

import torch

from . import observation, worker  # noqa: F401
from .config import DatasetConfig, ModelConfig, TrainConfig
from .datasets import Images, held_out_images, training_images
from .training import train
from .zoo import build

torch.set_num_threads(1)
for _name in ("mnist", "fashion", "digits"):
    training_images(DatasetConfig(_name)), held_out_images(_name)
_images = Images(torch.zeros(16, 1, 8, 8, dtype=torch.uint8), torch.arange(16) % 10)
_model = build(ModelConfig(hidden=(8,)), (1, 8, 8))
_spectator = observation.Spectator(_images)
with mock.patch("torch.Tensor.backward", lambda loss: None):
    for _step in train(_model, _images, TrainConfig(epochs=1, batch_size=8)):
        _spectator.see(_model, _step)
gc.collect()
gc.freeze()
atexit.register(gc.unfreeze)  # else torch's libraries complain of what is left at the end
