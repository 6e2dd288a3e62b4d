"""Uploaded pictures and drawings in the form that a network expects.

That form has the size and the colors of the data set, and light ink on a dark background where the data set has it.
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
MIN_SIDE, MAX_PIXELS, MAX_MEGABYTES = 8, 24_000_000, 20
ALLOWED = Message(
    "picture.allowed",
    {"formats": FORMATS, "megabytes": MAX_MEGABYTES, "side": MIN_SIDE, "pixels": MAX_PIXELS},
)
FAINTEST = 25  # of 255: what is darker is no ink


class PictureError(UserError):
    """A file that cannot be read as an image. `reason` is one of size, sides, other (not an image) and damaged."""

    def __init__(self, message: Message, reason: str = "damaged") -> None:
        super().__init__(message)
        self.reason = reason


def _not_allowed(value: Message, reason: str = "damaged", allowed: Message = ALLOWED) -> PictureError:
    message = Message("error.setting", {"name": Message("picture.image"), "value": value, "allowed": allowed})
    return PictureError(message, reason)


@dataclass(frozen=True)
class InkPlacement:
    """The position of the ink in a data set's images.

    The longer side of the ink's bounding box takes `share` of the frame. Its center of mass or the box is centered.
    """

    share: float = 0.8
    by_mass: bool = False


@dataclass(frozen=True)
class FitOptions:
    """How a picture is fitted to a data set's frame.

    `crop` keeps the central square; otherwise the whole picture is kept and padded to a square. `invert` turns a grey
    picture on a light background into light on dark, as in the grey data sets. `light` says that the data set itself
    has a light background.
    """

    crop: bool = False
    invert: bool = True
    light: bool = False


def read_picture(file: Path | BytesIO, shape: Shape, options: FitOptions = FitOptions()) -> Tensor:
    """Read a file as one image (1, C, H, W) of bytes; transparency becomes white. Raises PictureError."""
    size = file.getbuffer().nbytes if isinstance(file, BytesIO) else file.stat().st_size
    if size > MAX_MEGABYTES * 1e6:
        raise _not_allowed(Message("picture.file_size", {"megabytes": size / 1e6}), "size")
    channels, height, width = shape
    picture = _open_picture(file, 2 * max(height, width)).convert("L" if channels == 1 else "RGB")
    if options.crop:
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    border = _border(np.asarray(picture))
    pixels = (
        np.asarray(_with_margin(picture, width, height, int(border)))
        .reshape(height, width, channels)
        .transpose(2, 0, 1)
    )
    if options.invert and channels == 1 and border > 127:
        pixels = 255 - pixels
    return torch.from_numpy(pixels.copy())[None]


def pixel_count(file: BytesIO) -> int:
    """Return a picture's number of pixels, read from the file's header; 0 if the file is no picture."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            return image.width * image.height
    except (Image.DecompressionBombError, OSError, SyntaxError, EOFError, ValueError):
        return 0


def has_light_background(pixels: np.ndarray) -> bool:
    """Return whether most of the images (N, C, H, W) of bytes are light along their edges."""
    return sum(_border(image.mean(0)) > 127 for image in pixels) > len(pixels) / 2


def _with_margin(picture: Image.Image, width: int, height: int, grey: int) -> Image.Image:
    """Center the whole picture in a frame of one grey value."""
    framed = Image.new(picture.mode, (width, height), grey if picture.mode == "L" else (grey,) * 3)
    picture = _resize(picture, min(width / picture.width, height / picture.height))
    framed.paste(picture, (round((width - picture.width) / 2), round((height - picture.height) / 2)))
    return framed


def read_drawing(data: bytes, shape: Shape, placement: InkPlacement, light: bool = False) -> Tensor:
    """Read a file with light ink on a dark background as one image (1, C, H, W) of bytes, grey in every channel.

    The ink is cropped, scaled and placed as in the data set's own images. For MNIST that is a box of 20×20 pixels whose
    center of mass is the center of 28×28: LeCun et al., Gradient-based learning applied to document recognition (1998).
    A data set with a `light` background gets dark ink on light. Raises PictureError.
    """
    channels, height, width = shape
    ink = _crop_ink(_open_picture(BytesIO(data)).convert("L"), placement.share * min(height, width))
    top, left = (
        _start(ink.sum(1 - axis, dtype=np.float64), side, placement.by_mass)
        for axis, side in enumerate((height, width))
    )
    pixels = np.zeros((height, width), np.uint8)
    pixels[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return torch.from_numpy(255 - pixels if light else pixels).expand(1, channels, height, width).clone()


def _crop_ink(drawing: Image.Image, side: float) -> np.ndarray:
    """Crop a grey picture to its ink and scale the longer side to a number of pixels.

    Raises PictureError.
    """
    box = drawing.point(lambda value: 255 * (value > FAINTEST)).getbbox() or (0, 0, 1, 1)
    cut = drawing.crop(box)
    ink = np.asarray(_resize(cut, side / max(cut.size)))
    if ink.max() <= FAINTEST:
        raise _not_allowed(Message("picture.empty_drawing"), allowed=Message("picture.one_stroke"))
    return ink


def _resize(picture: Image.Image, factor: float) -> Image.Image:
    """Resize a picture; strokes that would vanish stay one pixel wide."""
    return picture.resize([max(1, round(factor * side)) for side in picture.size], Image.Resampling.LANCZOS)


def _start(ink: np.ndarray, side: int, by_mass: bool) -> int:
    """Return the offset of the ink (N,) along one side of the frame; all of the ink stays inside."""
    middle = np.average(np.arange(len(ink)), weights=ink) if by_mass else len(ink) / 2
    return int(np.clip(np.rint(side / 2 - middle), 0, side - len(ink)))


def _open_picture(file: Path | BytesIO, side: int = 0) -> Image.Image:
    """Open the first picture of a file in RGB, upright.

    The size is checked before any pixel is decoded. With `side`, a JPEG is decoded at the smallest of its scales (an
    eighth to the full size) that has `side` pixels, which is faster. Raises PictureError.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(*image.size)
            if side:
                image.draft(None, (side, side))
            return _to_rgb(ImageOps.exif_transpose(image))
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise _not_allowed(Message("picture.too_many_pixels"), "sides") from None
    except UnidentifiedImageError:
        raise _not_allowed(Message("picture.not_a_picture"), "other") from None
    except (OSError, SyntaxError, EOFError, ValueError):
        raise _not_allowed(Message("picture.damaged")) from None


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE or width * height > MAX_PIXELS:
        raise _not_allowed(Message("picture.pixels", {"width": width, "height": height}), "sides")


def _to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB: 16 bits are scaled instead of clipped, and transparency becomes white."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((values / max(values.max(), 1) * 255).clip(0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB")


def _border(pixels: np.ndarray) -> float:
    """Return the median brightness along the picture's edge."""
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))
