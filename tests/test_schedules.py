from __future__ import annotations

import pytest
import torch

from vae_core.schedules import one_cycle


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
