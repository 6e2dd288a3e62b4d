"""A picture that a visitor drew, uploaded or pasted and that replaces a test image."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ...datasets.preprocessing import PictureError, read_drawing, read_picture
from ...datasets.registry import dataset
from ...i18n.message import Message


@dataclass(frozen=True)
class UserImage:
    """A visitor's picture.

    `source`: the PNG of a drawing, or the path of an uploaded or pasted file.
    `field`: value of the number field when the image was uploaded; a different value means it was replaced.
    """

    source: bytes | Path
    field: object

    @classmethod
    def from_drawing(cls, figure_value: Mapping[str, Any], field: object) -> UserImage | None:
        """Return the drawing in a figure's value, a PNG in base64; None if the visitor has picked an image since."""
        return cls(base64.b64decode(figure_value["drawing"]), field) if "drawing" in figure_value else None

    @property
    def is_drawing(self) -> bool:
        """Whether the visitor drew the picture on the page's pad."""
        return isinstance(self.source, bytes)

    def pixels(self, name: str) -> Tensor:
        """Return the picture as bytes (1, C, H, W), scaled and centered as in data set `name`. Raises PictureError."""
        images = dataset(name)
        if isinstance(self.source, bytes):
            return read_drawing(self.source, images.shape, images.ink_placement, images.fit_options.light)
        try:
            return read_picture(self.source, images.shape, images.fit_options)
        except FileNotFoundError:  # Gradio deletes uploads after a while
            raise PictureError(Message("uploads.expired")) from None
