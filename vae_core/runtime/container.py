"""Arrays with a JSON header in one file: safetensors whose metadata holds the header.

The page reads it with safetensors.js.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

KEY = "header"


class ContainerError(ValueError):
    """Bytes that are not a file of this format."""


def pack(header: Mapping[str, object], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write a header, any JSON object, and named arrays. The same content gives the same bytes."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"))
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, {KEY: text})


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `pack` wrote: the header and the arrays by name. Raises ContainerError."""
    try:
        return json.loads(metadata(data)[KEY]), load(data)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ContainerError(f"not a file of arrays with a header: {error}") from None


def metadata(data: bytes) -> dict[str, str]:
    """The texts in the header of a safetensors file, which its library reads only from a path. Raises ValueError."""
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
