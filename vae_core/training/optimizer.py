"""Adam, with torch's own update."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

MOMENTS = ("exp_avg", "exp_avg_sq", "step")  # torch's names of m, v and t


class Adam:
    """θ ← θ − η m̂ / (√v̂ + ε), with m and v the running means of the gradient and its square.

    β₁ = 0.9, β₂ = 0.999, ε = 1e-8. Bitwise equal to torch.optim.Adam with `fused`. That class imports torch's compiler,
    which slows the start and takes memory, and initializes CUDA, after which a process cannot be forked. A parameter
    without a gradient does not change. Source: Kingma & Ba, Adam (2015).
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.parameters = parameters
        self._moments: dict[int, dict[str, Tensor]] = {}

    @property
    def moments(self) -> dict[str, Tensor]:
        """Copies of all moments on the CPU, named by the parameter's number: `0.exp_avg` and so on."""
        return {
            f"{number}.{name}": value.to("cpu", copy=True)
            for number, moments in self._moments.items()
            for name, value in moments.items()
        }

    def load_moments(self, moments: dict[str, Tensor]) -> None:
        """Continue with the moments of another Adam for the same parameters.

        A parameter starts without moments if one of them is not finite: v = ∞ stays ∞, and the parameter would never
        move again.
        """
        broken = {key.split(".")[0] for key, value in moments.items() if not value.isfinite().all()}
        for key, value in moments.items():
            number, name = key.split(".")
            if number not in broken:
                self._moments.setdefault(int(number), {})[name] = value.to(
                    self.parameters[int(number)].device, copy=True
                )

    def zero_grad(self) -> None:
        """Discard the gradients, also those of an earlier phase."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Update every parameter that has a gradient, with the learning rate η = `rate`."""
        moved = [
            (number, parameter, parameter.grad)
            for number, parameter in enumerate(self.parameters)
            if parameter.grad is not None
        ]
        for number, parameter, _ in moved:
            if number not in self._moments:
                self._moments[number] = {
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                    "step": torch.zeros((), device=parameter.device),
                }
        means, squares, steps = ([self._moments[number][name] for number, _, _ in moved] for name in MOMENTS)
        adam(
            [parameter for _, parameter, _ in moved],
            [gradient for _, _, gradient in moved],
            means,
            squares,
            [],
            steps,
            fused=True,
            lr=rate,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )
