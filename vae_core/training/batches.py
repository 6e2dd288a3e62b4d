"""The batches of a training, in an order that a seed fixes and that can be resumed in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ..datasets.registry import ImageSet, as_floats
from ..models.autoencoder import Batch


class Batches:
    """Batches of at most `size` images, each epoch in a new order.

    `generator` draws the orders and the noise of the objectives, always on the CPU. `order_state` is its state before
    it drew the current epoch's order, `noise_state` its state at the last `mark`.
    """

    def __init__(self, images: ImageSet, size: int, seed: int) -> None:
        self.images, self.size = images, min(size, len(images))
        self.generator = torch.Generator().manual_seed(seed)
        self.order_state = self.noise_state = self.generator.get_state()

    @property
    def per_epoch(self) -> int:
        """Whole batches in an epoch; the images that remain are left out of it."""
        return len(self.images) // self.size

    def mark(self) -> None:
        """Note the generator's state after a complete step."""
        self.noise_state = self.generator.get_state()

    def resume(self, order_state: Tensor, noise_state: Tensor) -> None:
        """Continue with the states of another training."""
        self.order_state, self.noise_state = order_state, noise_state
        self.generator.set_state(noise_state)

    def between(self, first: int, end: int, device: torch.device) -> Iterator[Batch]:
        """The batches of the steps `first` … `end` − 1 of a phase, on a device."""
        order = self._current_order() if first % self.per_epoch else None
        for step in range(first, end):
            if order is None or step % self.per_epoch == 0:
                self.order_state = self.generator.get_state()
                order = torch.randperm(len(self.images), generator=self.generator)
            indices = order[step % self.per_epoch * self.size :][: self.size]
            pixels, labels = self.images.pixels.index_select(0, indices), self.images.labels.index_select(0, indices)
            yield Batch(as_floats(pixels, device), labels.to(device))

    def _current_order(self) -> Tensor:
        """The order of an epoch that is resumed in its middle."""
        generator = torch.Generator()
        generator.set_state(self.order_state)
        return torch.randperm(len(self.images), generator=generator)
