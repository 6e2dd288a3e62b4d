"""The files that a run can be downloaded as."""

from __future__ import annotations

from collections.abc import Callable

from ..datasets.upload_store import packed
from ..runs.run import Run
from .curves_csv import curves_csv
from .script.render import script_of_run


def onnx(run: Run) -> bytes:
    """The decoder of a run as an ONNX file. Raises ExportError."""
    from .onnx import export_onnx  # its library takes a third of a second to import

    return export_onnx(run.model)


FILES: dict[str, Callable[[Run], bytes]] = {
    "safetensors": Run.weights,
    "json": Run.description,
    "onnx": onnx,
    "py": lambda run: script_of_run(run).encode(),
    "npz": lambda run: packed(run.config.data.dataset),
    "csv": lambda run: curves_csv(run.history),
}
