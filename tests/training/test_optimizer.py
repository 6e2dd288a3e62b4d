from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from vae_core.training.optimizer import Adam


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))


def backward(model: nn.Module, step: int) -> None:
    model(torch.linspace(-1, 1 + step, 20).view(4, 5)).square().mean().backward()


def test_it_is_torchs_adam_to_the_bit() -> None:
    ours, theirs = network(), network()
    adam, oracle = Adam(list(ours.parameters())), torch.optim.Adam(theirs.parameters(), fused=True)
    for step in range(12):
        rate = 0.1 / (1 + step)
        for model in (ours, theirs):
            backward(model, step)
        oracle.param_groups[0]["lr"] = rate
        oracle.step()
        adam.step(rate)
        oracle.zero_grad()
        adam.zero_grad()
    assert all(map(torch.equal, ours.parameters(), theirs.parameters()))
    moments_before = {
        f"{number}.{name}": value
        for number, parameter in enumerate(theirs.parameters())
        for name, value in oracle.state[parameter].items()
    }
    assert adam.moments.keys() == moments_before.keys()
    assert all(torch.equal(value, moments_before[key]) for key, value in adam.moments.items())


def test_a_step_is_the_papers() -> None:
    size = 3
    parameter, gradients = (
        nn.Parameter(torch.ones(size, dtype=torch.float64)),
        [torch.arange(1.0, 1 + size, dtype=torch.float64) * k for k in (1, -2, 3)],
    )
    expected, mean, square = torch.ones(size, dtype=torch.float64), 0.0, 0.0
    adam = Adam([parameter])
    for t, gradient in enumerate(gradients, 1):
        parameter.grad = gradient.clone()
        adam.step(0.01)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        expected = expected - 0.01 * (mean / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
    assert torch.allclose(parameter, expected, rtol=1e-12)


@pytest.mark.parametrize("left_at", [0, 1, 4])
def test_it_goes_on_with_anothers_moments(left_at: int) -> None:
    whole, first = network(), network()
    adam, before = Adam(list(whole.parameters())), Adam(list(first.parameters()))
    for step in range(8):
        backward(whole, step)
        adam.step(0.05)
        adam.zero_grad()
    for step in range(left_at):
        backward(first, step)
        before.step(0.05)
        before.zero_grad()
    after = Adam(list(first.parameters()))
    after.load_moments(before.moments)
    for step in range(left_at, 8):
        backward(first, step)
        after.step(0.05)
        after.zero_grad()
    assert all(map(torch.equal, whole.parameters(), first.parameters()))


def test_a_parameter_whose_moments_are_not_finite_begins_anew() -> None:
    model = network()
    adam, after = Adam(list(model.parameters())), Adam(list(model.parameters()))
    backward(model, 0)
    model[0].weight.grad.fill_(1e30)  # finite, and its square is not
    adam.step(0.05)
    after.load_moments(adam.moments)
    assert not adam.moments["0.exp_avg_sq"].isfinite().any()
    assert after.moments.keys() == {key for key in adam.moments if not key.startswith("0.")}
    before = [parameter.clone() for parameter in model.parameters()]
    after.zero_grad()
    backward(model, 1)
    after.step(0.05)
    assert not any(map(torch.equal, before, model.parameters()))


def test_what_has_no_gradient_stays_and_moments_are_copies() -> None:
    moved, left = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    adam = Adam([left, moved])
    moved.grad = torch.ones(2)
    adam.step(0.1)
    moments_before: dict[str, Tensor] = adam.moments
    assert set(moments_before) == {"1.exp_avg", "1.exp_avg_sq", "1.step"}
    assert left.equal(torch.ones(2))
    assert not moved.equal(left)
    adam.zero_grad()
    assert moved.grad is None
    moments_before["1.exp_avg"].zero_()
    assert adam.moments["1.exp_avg"].abs().sum() > 0


def test_a_training_brings_no_compiler() -> None:
    program = "import sys, vae_core.jobs.preload; print('torch._dynamo' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        == "False"
    )
