from __future__ import annotations

import pytest
import torch

from vae_core.config import LossConfig
from vae_core.training.schedules import BETA_SCHEDULES, MAX_BETA, one_cycle


@pytest.mark.parametrize("steps", [10, 101, 3000])
def test_one_cycle_is_torchs_own_at_every_step(steps: int) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    oracle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps)
    for step in range(steps):
        assert one_cycle(step, steps, 0.01, 0.3) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        if step < steps - 1:
            oracle.step()


@pytest.mark.parametrize("steps", range(1, 8))
def test_the_shortest_trainings_have_a_rate_too(steps: int) -> None:
    assert all(0 < one_cycle(step, steps, 0.01, 0.3) <= 0.01 for step in range(steps))


def betas(steps: int, **loss: object) -> list[float]:
    """β at each step, where the KL plays no part."""
    schedule = BETA_SCHEDULES[str(loss["beta_schedule"])](LossConfig(**loss), steps)
    return [schedule(step, 0.0) for step in range(steps)]


def steered(target: float, steps: int, start: float = 1.0) -> list[float]:
    """The KL of every step of a model that answers β with KL = 40 / (1 + β), a little late."""
    schedule, kl, values = (
        BETA_SCHEDULES["automatic"](LossConfig(beta_schedule="automatic", kl_target=target, beta=start), steps),
        0.0,
        [],
    )
    for step in range(steps):
        kl += 0.1 * (40 / (1 + schedule(step, kl)) - kl)
        values.append(kl)
    return values


def test_a_constant_beta_is_one() -> None:
    assert betas(50, beta_schedule="constant", beta=3.0) == [3.0] * 50


def test_a_warm_up_rises_in_a_straight_line_and_stays() -> None:
    values = betas(100, beta_schedule="warm-up", beta=2.0, beta_share=0.4)
    assert [values[step] for step in (0, 10, 20, 30, 40, 99)] == pytest.approx([0, 0.5, 1, 1.5, 2, 2])


def test_cycles_begin_at_zero_rise_and_stay() -> None:
    values = betas(200, beta_schedule="cyclical", beta=2.0, beta_share=0.5, cycles=4)
    assert [values[step] for step in (0, 5, 25, 49)] == pytest.approx([0, 0.4, 2, 2])
    assert values[:50] == pytest.approx(values[50:100])
    assert values[:50] == pytest.approx(values[150:])


@pytest.mark.parametrize("target", [5.0, 12.0, 30.0])
@pytest.mark.parametrize("start", [0.0, 1.0, 10.0])
def test_an_automatic_beta_brings_the_kl_to_its_target(target: float, start: float) -> None:
    assert steered(target, 8000, start)[-500:] == pytest.approx([target] * 500, rel=0.05)


def test_an_automatic_beta_keeps_its_bounds() -> None:
    schedule = BETA_SCHEDULES["automatic"](LossConfig(beta_schedule="automatic", kl_target=20.0), 100)
    below = [schedule(step, 0.0) for step in range(3000)]
    above = [schedule(step, 1000.0) for step in range(3000, 6000)]
    assert min(below) >= 0
    assert below[-1] < 1e-3
    assert max(above) == MAX_BETA
