"""Where a training stands, so that another one can continue it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class TrainingState:
    """Where a training stands between two steps.

    Together with the model's weights it continues the training exactly, with two exceptions: dropout, whose noise comes
    from torch's own generator, and an automatic β, whose controller starts again from `beta`. `taken` counts the steps
    of each phase. `order` is the state of the random generator before it drew the epoch's order of images, `noise` its
    state after the last step. `moments` are Adam's, by the parameter's number in the current phase.
    """

    taken: tuple[int, ...]
    seconds: float
    beta: float
    order: Tensor
    noise: Tensor
    moments: dict[str, Tensor]

    def resumed(self, lengths: Sequence[int]) -> list[int]:
        """The steps taken of each phase, given their new lengths; phases after the first unfinished one start anew."""
        counts = [min(taken, length) for taken, length in zip(self.taken, lengths, strict=True)]
        unfinished = next((i for i, length in enumerate(lengths) if counts[i] < length), len(counts))
        return [count if i <= unfinished else 0 for i, count in enumerate(counts)]
