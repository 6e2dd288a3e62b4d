"""A picture that a visitor has drawn, uploaded or pasted, in the place of a test image."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ...datasets.preprocessing import PictureError, read_drawing, read_picture
from ...datasets.registry import dataset
from ...i18n.message import Message


@dataclass(frozen=True)
class UserImage:
    """A drawing's PNG or an uploaded file, and what the field said when it came, the number of the test image in whose place it stands."""

    source: bytes | Path
    field: object

    @classmethod
    def drawn_in(cls, told: dict[str, object], field: object) -> UserImage | None:
        """The drawing that a figure tells of, a PNG as base64 in `drawing`; None if the visitor has meanwhile pointed at an image of a map."""
        return cls(base64.b64decode(told["drawing"]), field) if "drawing" in told else None

    @property
    def drawn(self) -> bool:
        return isinstance(self.source, bytes)

    def pixels(self, name: str) -> Tensor:
        """(1, C, H, W) bytes as a network of a data set sees it. Raises PictureError."""
        images = dataset(name)
        if isinstance(self.source, bytes):
            return read_drawing(self.source, images.shape, images.layout, images.look.light)
        try:
            return read_picture(self.source, images.shape, images.look)
        except FileNotFoundError:  # uploads are cleared away after a while
            raise PictureError(Message("uploads.expired")) from None
