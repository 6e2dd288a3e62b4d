"""A visitor's picture or drawing as a network sees it: the data set's size and colors, light ink on dark ground where
that is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ..config import Shape
from ..i18n.message import Message, UserError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
LEAST_SIDE, MOST_PIXELS, MOST_MEGABYTES = 8, 24_000_000, 20
ALLOWED = Message(
    "picture.allowed",
    {"formats": FORMATS, "megabytes": MOST_MEGABYTES, "side": LEAST_SIDE, "pixels": MOST_PIXELS},
)
FAINTEST = 25  # of 255: what is darker is no ink


class PictureError(UserError):
    """A file that cannot be read as an image. `reason` is one of size, sides, other (not a picture) and damaged."""

    def __init__(self, message: Message, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


def _not_allowed(value: Message, reason: str = "damaged", allowed: Message = ALLOWED) -> PictureError:
    message = Message("error.setting", {"name": Message("picture.image"), "value": value, "allowed": allowed})
    return PictureError(message, reason)


@dataclass(frozen=True)
class InkPlacement:
    """How a data set's images lie in their frame: the ink's longer side takes `share` of it, and its mass or its box is
    in the middle.
    """

    share: float = 0.8
    by_mass: bool = False


@dataclass(frozen=True)
class FitOptions:
    """How a picture is put into a data set's frame.

    `crop` cuts out its middle square, else all of it is kept and what is not square gets a margin. `invert` turns a
    grey picture on a light ground into light on dark, since the grey data sets are all so. `light` says that the set's
    own ground is light.
    """

    crop: bool = False
    invert: bool = True
    light: bool = False


def read_picture(file: Path | BytesIO, shape: Shape, look: FitOptions = FitOptions()) -> Tensor:
    """A file as one image (1, C, H, W) of bytes. A transparent ground counts as white. Raises PictureError."""
    size = file.getbuffer().nbytes if isinstance(file, BytesIO) else file.stat().st_size
    if size > MOST_MEGABYTES * 1e6:
        raise _not_allowed(Message("picture.file_size", {"megabytes": size / 1e6}), "size")
    channels, height, width = shape
    picture = _opened(file, 2 * max(height, width)).convert("L" if channels == 1 else "RGB")
    if look.crop:
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    border = _border(np.asarray(picture))
    pixels = (
        np.asarray(_with_margin(picture, width, height, int(border)))
        .reshape(height, width, channels)
        .transpose(2, 0, 1)
    )
    if look.invert and channels == 1 and border > 127:
        pixels = 255 - pixels
    return torch.from_numpy(pixels.copy())[None]


def extent(file: BytesIO) -> int:
    """How many pixels the picture of a file has, by what its first bytes say; 0 if it is none."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            return image.width * image.height
    except (Image.DecompressionBombError, OSError, SyntaxError, EOFError, ValueError):
        return 0


def light_ground(pixels: np.ndarray) -> bool:
    """Whether most of the images (N, C, H, W) of bytes are light along their edges."""
    return sum(_border(image.mean(0)) > 127 for image in pixels) > len(pixels) / 2


def _with_margin(picture: Image.Image, width: int, height: int, grey: int) -> Image.Image:
    """The whole picture in the middle of a frame of one grey."""
    framed = Image.new(picture.mode, (width, height), grey if picture.mode == "L" else (grey,) * 3)
    picture = _scaled(picture, min(width / picture.width, height / picture.height))
    framed.paste(picture, (round((width - picture.width) / 2), round((height - picture.height) / 2)))
    return framed


def read_drawing(data: bytes, shape: Shape, layout: InkPlacement, light: bool = False) -> Tensor:
    """A picture file of light ink on dark ground as one image (1, C, H, W) of bytes, grey in every channel.

    The ink is cut out, scaled and put where the data set's own images have theirs. For MNIST that is a box of 20×20
    pixels whose center of mass is the middle of 28×28: LeCun et al., Gradient-based learning applied to document
    recognition (1998). Of a set with a `light` ground it becomes dark ink on light ground. Raises PictureError.
    """
    channels, height, width = shape
    ink = _cut_out(_opened(BytesIO(data)).convert("L"), layout.share * min(height, width))
    top, left = (
        _start(ink.sum(1 - axis, dtype=np.float64), side, layout.by_mass) for axis, side in enumerate((height, width))
    )
    pixels = np.zeros((height, width), np.uint8)
    pixels[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return torch.from_numpy(255 - pixels if light else pixels).expand(1, channels, height, width).clone()


def _cut_out(drawing: Image.Image, side: float) -> np.ndarray:
    """The ink of a grey picture without the ground around it, its longer side of so many pixels.

    Raises PictureError.
    """
    box = drawing.point(lambda value: 255 * (value > FAINTEST)).getbbox() or (0, 0, 1, 1)
    cut = drawing.crop(box)
    ink = np.asarray(_scaled(cut, side / max(cut.size)))
    if ink.max() <= FAINTEST:
        raise _not_allowed(Message("picture.empty_drawing"), allowed=Message("picture.one_stroke"))
    return ink


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    """A picture made larger or smaller; what would vanish stays one pixel wide."""
    return picture.resize([max(1, round(factor * side)) for side in picture.size], Image.Resampling.LANCZOS)


def _start(ink: np.ndarray, side: int, by_mass: bool) -> int:
    """Where along one side of the frame the ink (N,) begins: all of it stays inside."""
    middle = np.average(np.arange(len(ink)), weights=ink) if by_mass else len(ink) / 2
    return int(np.clip(np.rint(side / 2 - middle), 0, side - len(ink)))


def _opened(file: Path | BytesIO, side: int = 0) -> Image.Image:
    """The first picture of a file in RGB, upright.

    Raises PictureError; a picture's size is read before a pixel of it is.

    With `side`, a JPEG is read at an eighth to all of its size, as much as a side of so many pixels needs: that is
    quicker.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(*image.size)
            if side:
                image.draft(None, (side, side))
            return _in_color(ImageOps.exif_transpose(image))
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise _not_allowed(Message("picture.too_many_pixels"), "sides") from None
    except UnidentifiedImageError:
        raise _not_allowed(Message("picture.not_a_picture"), "other") from None
    except (OSError, SyntaxError, EOFError, ValueError):
        raise _not_allowed(Message("picture.damaged")) from None


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise _not_allowed(Message("picture.pixels", {"width": width, "height": height}), "sides")


def _in_color(image: Image.Image) -> Image.Image:
    """Any mode as RGB: 16 bits are scaled and not cut off, what is transparent becomes white."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((values / max(values.max(), 1) * 255).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB")


def _border(pixels: np.ndarray) -> float:
    """The median brightness along the picture's edge."""
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))
