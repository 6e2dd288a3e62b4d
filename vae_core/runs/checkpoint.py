"""A trained model as two files: weights as safetensors, everything else as JSON. No pickle is ever read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from torch import Tensor

from ..config import RunConfig
from ..datasets.registry import dataset
from ..i18n.message import Message, UserError
from ..models.autoencoder import Autoencoder
from ..rules import SettingError
from ..runtime.container import metadata
from ..training.state import TrainingState
from ..training.validation import check_together
from ..training.variants import build
from .run import Run

PACKAGE = Path(__file__).parents[1]
# The trained models lie in the package when it is installed, and beside it in a checkout.
SHIPPED = (PACKAGE if (PACKAGE / "checkpoints").is_dir() else PACKAGE.parent) / "checkpoints"
MAX_WEIGHT_BYTES = 64 * 2**20  # of a file that a visitor loads
# The fields of the JSON and their types.
FIELDS = {
    "config": dict,
    "name": str,
    "metrics": dict,
    "history": list,
    "changes": list,
    "versions": dict,
}


class CheckpointError(UserError):
    """Files that are not a checkpoint that this program can read."""


def round_to_half(model: Autoencoder) -> None:
    """Round every weight to the nearest float16, in place: a shipped model is measured as it is stored."""
    model.load_state_dict(
        {
            name: value.half().to(value.dtype) if value.is_floating_point() else value
            for name, value in model.state_dict().items()
        }
    )


def save(run: Run, folder: Path) -> None:
    """Write <name>.safetensors and <name>.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{run.name}.safetensors").write_bytes(run.weights())
    (folder / f"{run.name}.json").write_bytes(run.description())


def load(path: Path) -> Run:
    """Read <path>.safetensors and <path>.json. Raises CheckpointError."""
    try:
        return parse(
            path.with_name(path.name + ".safetensors").read_bytes(), path.with_name(path.name + ".json").read_bytes()
        )
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise CheckpointError(Message("checkpoint.no_file", {"name": name})) from None


def names(folder: Path = SHIPPED) -> list[str]:
    """The checkpoints in a folder."""
    return sorted(path.stem for path in folder.glob("*.json") if path.with_suffix(".safetensors").exists())


def parse(weights: bytes, description: bytes) -> Run:
    """Read a run from the bytes of its two files. Raises CheckpointError, which says what is wrong with them."""
    fields = _object(description)
    try:
        config = RunConfig.from_flat(fields["config"])
        check_together(config)
        model = build_untrained(config)
    except SettingError as error:
        raise CheckpointError(Message("checkpoint.unknown_model", {"reason": error.message})) from None
    model.load_state_dict(_checked(_tensors(weights), model.state_dict()))
    model.eval().untrained = False
    return Run(
        str(fields.get("name") or "uploaded")[:60],
        config,
        model,
        _numbers(fields.get("metrics")),
        _rows(fields, "history"),
        _rows(fields, "changes"),
        _texts(fields.get("versions")),
    )


def build_untrained(config: RunConfig) -> Autoencoder:
    """The untrained model of a run."""
    images = dataset(config.data.dataset)
    return build(config.model, images.shape, config.train.seed, len(images.classes))


def state_bytes(state: TrainingState) -> bytes:
    """The state of a training as safetensors, with its scalars in the metadata."""
    tensors = {"order": state.order, "noise": state.noise} | {
        f"moment.{name}": value for name, value in state.moments.items()
    }
    return write_tensors(
        tensors, {"taken": json.dumps(state.taken), "seconds": str(state.seconds), "beta": str(state.beta)}
    )


def read_state(state: bytes) -> TrainingState:
    """Read what `state_bytes` wrote. The bytes must come from this server: they are not checked."""
    tensors = read_tensors(state)
    scalars = metadata(state)
    moments = {name.removeprefix("moment."): value for name, value in tensors.items() if name.startswith("moment.")}
    return TrainingState(
        tuple(json.loads(scalars["taken"])),
        float(scalars["seconds"]),
        float(scalars["beta"]),
        tensors["order"],
        tensors["noise"],
        moments,
    )


def _object(description: bytes) -> dict[str, Any]:
    try:
        about = json.loads(description)
    except (ValueError, RecursionError):
        raise CheckpointError(Message("checkpoint.json_unreadable")) from None
    if not isinstance(about, dict) or not isinstance(about.get("config"), dict):
        raise CheckpointError(Message("checkpoint.json_without_config"))
    for name, kind in FIELDS.items():
        if not isinstance(about.get(name, kind()), kind):
            raise CheckpointError(Message("checkpoint.json_field", {"name": name}))
    return about


def _tensors(weights: bytes) -> dict[str, Tensor]:
    if len(weights) > MAX_WEIGHT_BYTES:
        parts = {"megabytes": len(weights) / 2**20, "most": MAX_WEIGHT_BYTES // 2**20}
        raise CheckpointError(Message("checkpoint.too_large", parts))
    if weights[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise CheckpointError(Message("checkpoint.pickle"))
    try:
        return read_tensors(weights)
    except (SafetensorError, ValueError, KeyError):
        raise CheckpointError(Message("checkpoint.not_safetensors")) from None


def _checked(tensors: dict[str, Tensor], expected: dict[str, Tensor]) -> dict[str, Tensor]:
    if tensors.keys() != expected.keys():
        odd = sorted(tensors.keys() ^ expected.keys())[0]
        raise CheckpointError(Message("checkpoint.other_weights", {"name": odd}))
    for name, value in tensors.items():
        if value.shape != expected[name].shape:
            shapes = {"shape": str(tuple(value.shape)), "expected": str(tuple(expected[name].shape))}
            raise CheckpointError(Message("checkpoint.shape", {"name": name, **shapes}))
        if not value.isfinite().all():
            raise CheckpointError(Message("checkpoint.not_finite", {"name": name}))
    return {name: value.to(expected[name].dtype) for name, value in tensors.items()}


def _numbers(row: object) -> dict[str, float]:
    """The finite numbers of a JSON object; whatever else a stranger wrote there is left out."""
    items = row.items() if isinstance(row, dict) else ()
    return {str(key): value for key, value in items if type(value) in (int, float) and abs(value) <= sys.float_info.max}


def _rows(about: dict[str, Any], name: str) -> list[dict[str, float]]:
    return [_numbers(row) for row in about.get(name, [])[:2000]]


def _texts(row: object) -> dict[str, str]:
    items = row.items() if isinstance(row, dict) else ()
    return {str(key): value for key, value in items if isinstance(value, str)}
