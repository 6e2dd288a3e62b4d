"""A picture that a visitor has drawn, uploaded or pasted, in the place of a test image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..datasets import dataset
from ..pictures import PictureError, read_drawing, read_picture
from .captions import say


@dataclass(frozen=True)
class Own:
    """A drawing's PNG or an uploaded file, and what the field said when it came, the number of the test image in whose place it stands."""

    source: bytes | Path
    field: object

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
            raise PictureError(say("own.gone")) from None
