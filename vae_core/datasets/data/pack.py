"""Make the shipped image files from the IDX files of the data sets' authors, and scikit-learn's digits.

    python -m vae_core.datasets.data.pack mnist FOLDER
    python -m vae_core.datasets.data.pack fashion FOLDER
    python -m vae_core.datasets.data.pack digits

FOLDER holds train-images-idx3-ubyte.gz and its three neighbours. MNIST is packed whole; of Fashion-MNIST the first
10,000 training and 2,000 test images; of the 1,797 digits of 8×8 pixels the first 1,437 as training images and the last
360, which other writers wrote, as test images.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

import numpy as np

SIZES = {"mnist": {"train": 60_000, "test": 10_000}, "fashion": {"train": 10_000, "test": 2_000}}
PREFIX = {"train": "train", "test": "t10k"}


def read_idx(path: Path) -> np.ndarray:
    """The array of an IDX file of unsigned bytes: magic 00 00 08 d, then d big-endian sizes, then the values."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} is not an IDX file of unsigned bytes")
    dims = raw[3]
    shape = np.frombuffer(raw, ">u4", dims, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def pack(name: str, source: Path, target: Path) -> None:
    """Write train.npz and test.npz, each with `images` (N, H, W) and `labels` (N,), both uint8."""
    target.mkdir(exist_ok=True)
    for part, size in SIZES[name].items():
        images, labels = (
            read_idx(source / f"{PREFIX[part]}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")
        )
        np.savez_compressed(target / f"{part}.npz", images=images[:size], labels=labels[:size])


def pack_digits(target: Path) -> None:
    """Write the same two files from scikit-learn's digits.

    Importing scikit-learn for them would take seconds and 80 MB of a server.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images, labels = (digits.images * 255 / 16).round().astype(np.uint8), digits.target.astype(np.uint8)
    target.mkdir(exist_ok=True)
    for part, chosen in {"train": slice(None, 1437), "test": slice(1437, None)}.items():
        np.savez_compressed(target / f"{part}.npz", images=images[chosen], labels=labels[chosen])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=[*SIZES, "digits"])
    parser.add_argument("folder", type=Path, nargs="?", help="where the IDX files are")
    chosen = parser.parse_args()
    target = Path(__file__).parent / chosen.name
    if chosen.name == "digits":
        pack_digits(target)
    elif chosen.folder:
        pack(chosen.name, chosen.folder, target)
    else:
        parser.error(f"folder: nothing is not allowed; {chosen.name} is made from the files of its authors.")
