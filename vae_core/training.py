"""The training loop: a generator of Step records. It prints nothing, plots nothing, and knows no thread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import perf_counter
from typing import Iterator

import torch
from torch import Tensor

from .config import TrainConfig
from .datasets import Images
from .models import Autoencoder
from .objectives import OBJECTIVES, Terms
from .schedules import one_cycle

SNAPSHOT_EVERY = 50  # steps; a copy of a million weights costs half a millisecond


@dataclass(frozen=True)
class Step:
    """One optimizer step: `terms` are means over its batch in nats, `seconds` the time spent in training so far."""

    step: int
    steps: int
    epoch: float
    seconds: float
    learning_rate: float
    terms: dict[str, float]


class Diverged(RuntimeError):
    """A term stopped being a finite number. The model holds its last good weights again."""

    def __init__(self, term: str, value: float, step: int) -> None:
        super().__init__(f"Training stopped at step {step}: {term} became {value}. The last good weights are kept; "
                         "a smaller learning_rate usually helps.")
        self.term, self.step = term, step


def train(model: Autoencoder, images: Images, config: TrainConfig) -> Iterator[Step]:
    """Minimise the model's objective with Adam on a one-cycle schedule, yielding after each step.

    Between two steps the caller may look at the model, evaluate it, or stop by closing the generator: nothing it does
    there changes the steps that follow, since order and noise come from a generator of their own.

    Raises Diverged when a term is not finite.
    """
    generator = torch.Generator().manual_seed(config.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    size = min(config.batch_size, len(images))
    steps = config.epochs * (len(images) // size)
    good, seconds, started = _copy(model), 0.0, perf_counter()
    for step, batch in enumerate(_batches(images, size, steps, generator), start=1):
        rate = one_cycle(step - 1, steps, config.learning_rate, config.warm_up)
        terms = _forward(model.train(), batch, config.beta, generator)
        means = terms.means()
        broken = next((name for name, value in means.items() if not math.isfinite(value)), None)
        if broken:
            model.load_state_dict(good)
            raise Diverged(broken, means[broken], step)
        if step % SNAPSHOT_EVERY == 0:
            good = _copy(model)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        terms.loss.mean().backward()
        optimizer.step()
        seconds += perf_counter() - started
        yield Step(step, steps, step * size / len(images), seconds, rate, means)
        started = perf_counter()


def as_floats(pixels: Tensor) -> Tensor:
    """Bytes 0 … 255 as grey values in [0, 1]."""
    return pixels.float().div_(255)


def _batches(images: Images, size: int, steps: int, generator: torch.Generator) -> Iterator[Tensor]:
    """`steps` batches, each epoch a new order; what is left over at an epoch's end sits that epoch out."""
    while True:
        order = torch.randperm(len(images), generator=generator)
        for indices in order[: len(order) // size * size].split(size):
            if steps == 0:
                return
            steps -= 1
            yield as_floats(images.pixels.index_select(0, indices))


def _forward(model: Autoencoder, batch: Tensor, beta: float, generator: torch.Generator) -> Terms:
    with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
        return OBJECTIVES[model.config.kind](model, batch, beta, generator)


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; elsewhere they are slower than float32."""
    return torch.cpu._is_avx512_bf16_supported()


def _copy(model: Autoencoder) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
