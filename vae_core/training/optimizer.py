"""Adam, by torch's own step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

MOMENTS = ("exp_avg", "exp_avg_sq", "step")  # torch's names of what Adam keeps of a parameter: m, v and t


class Adam:
    """θ ← θ − η m̂ / (√v̂ + ε), with m and v the running means of gradient and squared gradient, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.

    Bit by bit torch.optim.Adam with `fused`, whose class brings torch's compiler along, three seconds and 130 MB when a
    server starts, and looks for a GPU, after which a process cannot be forked. A parameter without a gradient is left
    as it is. Source: Kingma & Ba, Adam (2015).
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self.parameters = parameters
        self._moments: dict[int, dict[str, Tensor]] = {}

    @property
    def moments(self) -> dict[str, Tensor]:
        """Copies on the processor of what is kept, named by the parameter's number: `0.exp_avg` and so on."""
        return {
            f"{number}.{name}": value.to("cpu", copy=True)
            for number, kept in self._moments.items()
            for name, value in kept.items()
        }

    def load_moments(self, moments: dict[str, Tensor]) -> None:
        """Go on with moments that another Adam has had for the same parameters.

        A parameter begins anew where one of its moments is not finite: v = ∞ stays ∞, and the parameter would never
        move again.
        """
        lost = {key.split(".")[0] for key, value in moments.items() if not value.isfinite().all()}
        for key, value in moments.items():
            number, name = key.split(".")
            if number not in lost:
                self._moments.setdefault(int(number), {})[name] = value.to(
                    self.parameters[int(number)].device, copy=True
                )

    def zero_grad(self) -> None:
        """Forget the gradients, those that an earlier phase has left too."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Follow the gradients with the learning rate η."""
        moved = [(number, parameter) for number, parameter in enumerate(self.parameters) if parameter.grad is not None]
        for number, parameter in moved:
            if number not in self._moments:
                self._moments[number] = {
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                    "step": torch.zeros((), device=parameter.device),
                }
        means, squares, steps = ([self._moments[number][name] for number, _ in moved] for name in MOMENTS)
        adam(
            [parameter for _, parameter in moved],
            [parameter.grad for _, parameter in moved],
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
