"""The lines of a script that read the images: bytes and classes, for training and held out."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import OWN_NAME, DatasetConfig
from ..datasets import DATASETS


class NotWritten(ValueError):
    """Settings that no short script can hold. `str()` is the sentence to show."""


@dataclass(frozen=True)
class Source:
    """How a data set is read: the library's line of import, what pip calls it, and the body of `images(training)`.

    `found` stands for `images(training)`'s arrays; `folder` says whether they are files that are fetched.
    """

    imported: str
    package: str
    body: str
    folder: bool = True


def _torchvision(name: str, body: str) -> Source:
    return Source("from torchvision import datasets", "torchvision", f"    found = datasets.{name}\n{body}")


GREY = "    return found.data[:, None], found.targets"
SOURCES: dict[str, Source] = {
    "mnist": _torchvision("MNIST(folder, train=training, download=True)", GREY),
    "fashion": _torchvision("FashionMNIST(folder, train=training, download=True)", GREY),
    "kmnist": _torchvision("KMNIST(folder, train=training, download=True)", GREY),
    "emnist": _torchvision('EMNIST(folder, split="letters", train=training, download=True)', """\
    kept = torch.from_numpy(np.random.default_rng(0).permutation(np.flatnonzero(found.targets <= 10)))  # A to J
    return found.data[kept, None].transpose(2, 3), found.targets[kept] - 1  # the files lie on their side"""),
    "cifar10": _torchvision("CIFAR10(folder, train=training, download=True)", """\
    return torch.from_numpy(found.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(found.targets)"""),
    "svhn": _torchvision('SVHN(folder, split="train" if training else "test", download=True)', """\
    return torch.from_numpy(found.data), torch.from_numpy(found.labels).long()"""),
    "digits": Source("from sklearn.datasets import load_digits", "scikit-learn", """\
    found = load_digits()
    part = slice(None, 1437) if training else slice(1437, None)  # the last 360 are by other writers
    pixels = (found.images[part] * 255 / 16).round().astype(np.uint8)
    return torch.from_numpy(pixels)[:, None], torch.from_numpy(found.target[part])""", folder=False),
}


def source(config: DatasetConfig) -> Source:
    """Raises NotWritten for images that are drawn or cut by this package itself, or are a visitor's own."""
    if OWN_NAME.fullmatch(config.dataset):
        raise NotWritten("script: own images are kept by this server for a while, where no script finds them.")
    if config.dataset not in SOURCES:
        written = ", ".join(DATASETS[name].title for name in SOURCES)
        raise NotWritten(f"script: the images of {config.dataset} are made by this page itself, which a script of 120 lines cannot hold; it can for {written}.")
    return SOURCES[config.dataset]


def reading(config: DatasetConfig) -> str:
    """`images`, and the four tensors that the rest of the script works on."""
    found, held_out = source(config), DATASETS[config.dataset].held_out
    folder = "" if not found.folder else """\
parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", default="data", help="the folder of the images; what is not there is fetched")
folder = parser.parse_args().data

"""
    return f"""{folder}
def images(training):
    \"\"\"Bytes (N, channels, height, width) and classes (N,).\"\"\"
{found.body}


x_train, y_train = (part[:{config.train_size}] for part in images(training=True))
x_test, y_test = (part[:{held_out}] for part in images(training=False))  # held out: never trained on
"""
