"""A run's settings as a PyTorch script that trains the same model to the same numbers. Only what they use is written."""

from __future__ import annotations

import re
from math import log
from textwrap import dedent

from ..checkpoint import Run, fresh
from ..config import CLUSTERS, RunConfig, relevant
from ..datasets import DATASETS
from ..models import Autoencoder
from .images import NotWritten, reading, source
from .networks import likelihood, networks, sequential
from .objectives import POINT_KINDS, latent, objective
from .phases import PRINCIPAL, phases

LONGEST = 120  # lines
HEAD = '''\
"""{kind} on {dataset}, as VAE Playground trains it with seed {seed}, in PyTorch alone.

    pip install torch {package}
    python SCRIPT.py{folder}

After each epoch it prints what the held-out images cost, in nats per image: {cost}.
"""

{imports}
'''

ONE_CYCLE = '''
def one_cycle(step, steps, peak):
    """The learning rate: a cosine up to its peak in the first {warm_up:g} of the steps, then one down to nearly 0 (Smith 2018)."""
    top = {warm_up!r} * steps - 1
    up, down = (peak / 25, peak), (peak, peak / 25 / 1e4)
    (low, high), share = (up, step / top) if step < top else (down, (step - top) / (steps - 1 - top))
    return high + (low - high) * (1 + math.cos(math.pi * share)) / 2

'''

EVALUATE = {True: '''
@torch.no_grad()
def evaluate():
    """The means of -log p(x | z) and KL over the held-out images, with the same draws of z each time."""
    model.eval()
    same = torch.Generator().manual_seed(0)
    pairs = [terms({seen}x.float() / 255, y, same){first_two} for x, y in zip(x_test.split(1000), y_test.split(1000))]
    error, kl = (torch.cat(column) for column in zip(*pairs))
    return f"{{error.mean():.4f}} + {{kl.sum(1).mean():.4f}} = {{error.mean() + kl.sum(1).mean():.4f}}"
''', False: '''
@torch.no_grad()
def evaluate():
    """The mean of -log p(x | z) over the held-out images."""
    model.eval()
    errors = [terms({seen}x.float() / 255, y)[0] for x, y in zip(x_test.split(1000), y_test.split(1000))]
    return f"{{torch.cat(errors).mean():.4f}}"
'''}

LOOP = '''
    size = min({batch}, len(x_train))
    steps, step = {epochs} * (len(x_train) // size), 0
    optimizer = torch.optim.Adam({parameters}, fused=True)
    for epoch in range({epochs}):
        order = torch.randperm(len(x_train), generator=noise)  # what is left over at an epoch's end sits it out
        for chosen in order[: len(order) // size * size].split(size):
            model.train()
            loss = objective(x_train[chosen].float() / 255, y_train[chosen], step, steps).mean()
            optimizer.param_groups[0]["lr"] = one_cycle(step, steps, {peak})
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        print(f"epoch {{epoch + 1}}: {{evaluate()}}")
'''

MINIMISE = '''
def minimise(objective, epochs, peak={rate!r}, parameters=None):'''

NOISE = "\n\nnoise = torch.Generator().manual_seed({seed})  # for the order of the images and whatever else is drawn"

LATER = {"nn.": "from torch import nn", "KMeans(": "from sklearn.cluster import KMeans", "GaussianMixture(": "from sklearn.mixture import GaussianMixture"}


def script_of(run: Run) -> str:
    """The script of a run's settings. Raises NotWritten, also for a run whose settings were changed on its way."""
    if run.changes:
        raise NotWritten("script: β or the learning rate was changed while this model trained, which a script of its settings does not repeat.")
    return script(run.config)


def script(config: RunConfig) -> str:
    """Raises NotWritten, with the reason, for images that it cannot read and for what does not fit into so few lines."""
    if config.model.kind in CLUSTERS:
        raise NotWritten(f"script: {config.model.kind} is trained in two phases with a clustering between them, more than {LONGEST} lines hold; "
                         "every other kind of model has a script.")
    found, values = source(config.data), config.flat()
    dataset = DATASETS[config.data.dataset]
    body = PRINCIPAL.format(**values) if config.model.kind == "pca" else _trained(config, fresh(config), len(dataset.classes))
    text = reading(config.data) + body  # what follows looks for what is used
    needed = {"argparse": "import argparse", "math.": "import math"}
    libraries = {"np.": "import numpy as np", "torch": "import torch", "F.": "import torch.nn.functional as F"}
    imports = "\n".join(line for word, line in needed.items() if word in text)
    imports += ("\n\n" if imports else "") + "\n".join(line for word, line in libraries.items() if word in text)
    imports += "".join(f"\n{line}" for word, line in LATER.items() if word in text)
    points = config.model.kind in (*POINT_KINDS, "pca")
    cost = "-log p(x | z)" if points else "-log p(x | z) + KL(q(z | x) || prior) = -ELBO"
    folder = " --data FOLDER    # where the images are; what is not there is fetched" if found.folder else ""
    head = HEAD.format(**values, package=found.package, folder=folder, cost=cost, imports=f"{imports}\n{found.imported}")
    whole = re.sub(r"\n{4,}", "\n\n\n", head + text.rstrip() + "\n").replace("sigma²", "σ²").replace("||", "‖").replace('"-log', '"−log')
    if whole.count("\n") >= LONGEST:
        whole = re.sub(r"\n{3}", "\n\n", whole)
    if whole.count("\n") >= LONGEST:
        raise NotWritten(f"script: these settings together take {whole.count(chr(10))} lines, and a script has fewer than {LONGEST}.")
    return whole


def _trained(config: RunConfig, model: Autoencoder, classes: int) -> str:
    """Networks, objective and training of whatever is trained by steps."""
    kind, values, points = config.model.kind, config.flat(), config.model.kind in POINT_KINDS
    made = networks(model).replace("{seed}", str(config.train.seed)) + _others(config, model)
    seen = "x.float() / 255, " if kind == "denoising" else ""
    first_two = "[:2]" if config.loss.contrast and "contrast" in relevant(values) else ""
    return (made + "\n" + latent(config, classes) + "\n" + objective(config) + "\n" + ONE_CYCLE.format(**values)
            + EVALUATE[not points].format(seen=seen, first_two=first_two) + NOISE.format(**values) + _course(config))


def _course(config: RunConfig) -> str:
    """The training: a loop if there is one phase, a function that is called for each of several."""
    last, counted = phases(config)
    rate, batch = config.train.learning_rate, config.train.batch_size
    if counted == 1 and "minimise" in last:
        loop = dedent(LOOP.format(batch=batch, epochs=config.train.epochs, parameters="model.parameters()", peak=repr(rate)))
        return last.replace(f"minimise(objective, {config.train.epochs})\n", loop)
    loop = LOOP.format(batch=batch, epochs="epochs", parameters="parameters or model.parameters()", peak="peak")
    return "\n" + MINIMISE.format(rate=rate) + loop + "\n" + last


def _others(config: RunConfig, model: Autoencoder) -> str:
    """What is trained beside encoder and decoder, and all of it as one `model`."""
    dims, names = config.model.latent_dim, ["encoder", "decoder"]
    text, loose = "", []
    match config.model.kind:
        case "hierarchical":
            text = f"normalised = nn.BatchNorm1d({2 * dims})\n" + sequential("upwards", model.upwards) + sequential("downwards", model.downwards)
            names += ["normalised", "upwards", "downwards"]
        case "classifier":
            text, names = sequential("head", model.head), [*names, "head"]
    if model.likelihood == "gaussian-learned":
        loose.append("log_sigma")
        text += f"log_sigma = nn.Parameter(torch.tensor({log(config.model.sigma)!r}))\n"
    text += "torch.manual_seed(first)  # for the dropout, as in a process that has drawn nothing\n" if config.model.dropout else ""
    text += f"model = nn.ModuleList([{', '.join(names)}])\n" + "".join(f"model.{name} = {name}\n" for name in loose)
    return text + likelihood(config.model, model.likelihood)
