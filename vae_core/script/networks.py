"""The lines of a script that make the networks, read off the model itself, and what the decoder's output means."""

from __future__ import annotations

from itertools import zip_longest
from typing import Callable

from torch import nn

from ..config import CLUSTERS, ModelConfig
from ..models import LEAST_SIGMA, Autoencoder
from ..networks import Dropout, Embed, Monotone

LAYERS: dict[type[nn.Module], Callable[[nn.Module], str]] = {
    nn.Linear: lambda layer: f"nn.Linear({layer.in_features}, {layer.out_features})",
    nn.Conv2d: lambda layer: f"nn.Conv2d({layer.in_channels}, {layer.out_channels}, 3, stride=2, padding=1, bias=False)",
    nn.ConvTranspose2d: lambda layer: f"nn.ConvTranspose2d({layer.in_channels}, {layer.out_channels}, 3, stride=2, padding=1, output_padding={layer.output_padding})",
    nn.BatchNorm1d: lambda layer: f"nn.BatchNorm1d({layer.num_features})",
    nn.BatchNorm2d: lambda layer: f"nn.BatchNorm2d({layer.num_features})",
    nn.Unflatten: lambda layer: f"nn.Unflatten(1, {tuple(layer.unflattened_size)})",
    Dropout: lambda layer: f"nn.Dropout({layer.p})",
    Embed: lambda layer: f"Embed({layer.matrix.shape[1]}, {layer.matrix.shape[0]})",
    Monotone: lambda layer: f"Monotone({layer.linear.in_features}, {layer.linear.out_features}, {layer.slope!r})",
}
BEGIN = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, Embed)  # layers that a line begins with

LIPSCHITZ = '''
class Monotone(nn.Module):
    """x -> W' sigmoid(W x + b) + slope x: two inputs never come closer than slope times their distance (Kinoshita 2023)."""

    def __init__(self, width, hidden, slope):
        super().__init__()
        self.linear, self.slope = nn.Linear(width, hidden), slope

    def forward(self, x):
        return torch.sigmoid(self.linear(x)) @ self.linear.weight + self.slope * x


class Embed(nn.Module):
    """Into more dimensions without changing a distance; drawn once and never trained."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.register_buffer("matrix", torch.linalg.qr(torch.randn(outputs, inputs))[0])

    def forward(self, x):
        return x @ self.matrix.T

'''

BERNOULLI = '''
def log_likelihood(output, x):
    """log p(x | z) = sum of x log p + (1 - x) log(1 - p) over the pixels, p = sigmoid(output), in nats, (B,)."""
    return -F.binary_cross_entropy_with_logits(output, x, reduction="none").flatten(1).sum(1)
'''
GAUSSIAN = '''
def log_likelihood(output, x):
    """log N(x; output, sigma²) summed over the pixels, in nats, (B,)."""
    {sigma}
    constant = sigma.log() + 0.5 * math.log(2 * math.pi)
    return -((x - output) ** 2 / (2 * sigma**2) + constant).flatten(1).sum(1)
'''
CONTINUOUS = '''
def log_likelihood(output, x):
    """The continuous Bernoulli (Loaiza-Ganem 2019): log C + x log p + (1 - x) log(1 - p), p = sigmoid(output), (B,)."""
    small = output.abs() < 0.05  # where the constant's closed form is 0/0 its series is used
    a = torch.where(small, torch.ones_like(output), output)
    constant = torch.where(small, math.log(2) + output**2 / 12 - 7 * output**4 / 1440, (a / torch.tanh(a / 2)).log())
    bernoulli = -F.binary_cross_entropy_with_logits(output, x, reduction="none").flatten(1).sum(1)
    return bernoulli + constant.flatten(1).sum(1)
'''


def networks(model: Autoencoder) -> str:
    """Encoder and decoder, in the order in which their weights are drawn."""
    config = model.config
    classes = LIPSCHITZ + "\n" if config.decoder == "inverse-lipschitz" else ""
    first = "first = torch.initial_seed()\n" if config.dropout else ""
    return (f"{classes}\n{first}torch.manual_seed({{seed}})  # for the weights\n{sequential('encoder', model.encoder)}"
            f"{sequential('decoder', model.decoder)}{_spread(config)}")


def sequential(name: str, network: nn.Sequential) -> str:
    """An assignment, a line for each layer with weights and what follows it."""
    lines: list[str] = []
    for layer in network:
        if isinstance(layer, Dropout) and layer.p == 0:
            continue
        text = LAYERS[type(layer)](layer) if type(layer) in LAYERS else f"nn.{type(layer).__name__}()"
        if lines and not isinstance(layer, BEGIN):
            lines[-1] += f" {text},"
        else:
            lines.append(f"    {text},")
    if len(lines) > 4:  # two to a line, so that a deep network is no longer to read than a shallow one
        lines = [first + (second and " " + second.strip()) for first, second in zip_longest(lines[::2], lines[1::2], fillvalue="")]
    return f"{name} = nn.Sequential(\n" + "\n".join(lines) + "\n)\n"


def likelihood(config: ModelConfig, name: str) -> str:
    """log p(x | z), with the parameter that it may have."""
    if name == "gaussian-learned":
        return "\n" + GAUSSIAN.replace("{sigma}", f"sigma = log_sigma.exp().clamp(min={LEAST_SIGMA})  # on flat pixels the likelihood has no bound")
    return {"bernoulli": "\n" + BERNOULLI, "continuous-bernoulli": "\n" + CONTINUOUS,
            "gaussian": "\n" + GAUSSIAN.replace("{sigma}", f"sigma = torch.tensor({config.sigma!r})")}[name]


def _spread(config: ModelConfig) -> str:
    if (config.network, config.decoder) != ("mlp", "mirror") or not config.hidden or config.kind in CLUSTERS:
        return ""
    return f"""with torch.no_grad():  # detail all over the code space: a network of few inputs is otherwise too smooth for long
    decoder[0].weight[:, :{config.latent_dim}].mul_(5)
    decoder[0].bias.uniform_(-3, 3)
"""
