"""A visitor's picture or drawing as a network sees it: the data set's size and colors, light ink on dark ground where that is usual."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from .config import Shape

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
LEAST_SIDE, MOST_PIXELS, MOST_MEGABYTES = 8, 24_000_000, 20
ALLOWED = (f"a {', '.join(FORMATS)} file of at most {MOST_MEGABYTES} MB with sides of at least {LEAST_SIDE} pixels "
           f"and at most {MOST_PIXELS:,} pixels in all")
FAINTEST = 25  # of 255: what is darker is no ink


class PictureError(ValueError):
    """A file that cannot be shown to a network. `str()` is the sentence to show."""

    def __init__(self, found: str, allowed: str = ALLOWED) -> None:
        super().__init__(f"image: {found} is not allowed; use {allowed}.")


@dataclass(frozen=True)
class Layout:
    """How a data set's images lie in their frame: the ink's longer side takes `share` of it, and its mass or its box is in the middle."""

    share: float = 0.8
    by_mass: bool = False


def read_picture(path: Path, shape: Shape) -> Tensor:
    """A file as one image (1, C, H, W) of bytes. The whole picture is kept: what is not square gets a margin.

    A transparent ground counts as white, and a grey picture on a light ground is inverted, since the grey data sets
    are all light on dark. Raises PictureError.
    """
    if path.stat().st_size > MOST_MEGABYTES * 1e6:
        raise PictureError(f"a file of {path.stat().st_size / 1e6:,.0f} MB")
    picture = _opened(path)
    channels, height, width = shape
    picture = picture.convert("L" if channels == 1 else "RGB")
    border = _border(np.asarray(picture))
    fitted = Image.new(picture.mode, (width, height), int(border) if channels == 1 else (int(border),) * 3)
    picture = _scaled(picture, min(width / picture.width, height / picture.height))
    fitted.paste(picture, (round((width - picture.width) / 2), round((height - picture.height) / 2)))
    pixels = np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)
    if channels == 1 and border > 127:
        pixels = 255 - pixels
    return torch.from_numpy(pixels.copy())[None]


def read_drawing(data: bytes, shape: Shape, layout: Layout) -> Tensor:
    """A picture file of light ink on dark ground as one image (1, C, H, W) of bytes, grey in every channel.

    The ink is cut out, scaled and put where the data set's own images have theirs. For MNIST that is a box of 20×20
    pixels whose center of mass is the middle of 28×28: LeCun et al., Gradient-based learning applied to document
    recognition (1998). Raises PictureError.
    """
    channels, height, width = shape
    ink = _cut_out(_opened(BytesIO(data)).convert("L"), layout.share * min(height, width))
    top, left = (_start(ink.sum(1 - axis, dtype=np.float64), side, layout.by_mass) for axis, side in enumerate((height, width)))
    pixels = np.zeros((height, width), np.uint8)
    pixels[top:top + ink.shape[0], left:left + ink.shape[1]] = ink
    return torch.from_numpy(pixels).expand(1, channels, height, width).clone()


def _cut_out(drawing: Image.Image, side: float) -> np.ndarray:
    """The ink of a grey picture without the ground around it, its longer side of so many pixels. Raises PictureError."""
    box = drawing.point(lambda value: 255 * (value > FAINTEST)).getbbox() or (0, 0, 1, 1)
    cut = drawing.crop(box)
    ink = np.asarray(_scaled(cut, side / max(cut.size)))
    if ink.max() <= FAINTEST:
        raise PictureError("an empty drawing", "at least one stroke")
    return ink


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    """A picture made larger or smaller; what would vanish stays one pixel wide."""
    return picture.resize([max(1, round(factor * side)) for side in picture.size], Image.Resampling.LANCZOS)


def _start(ink: np.ndarray, side: int, by_mass: bool) -> int:
    """Where along one side of the frame the ink (N,) begins: all of it stays inside."""
    middle = np.average(np.arange(len(ink)), weights=ink) if by_mass else len(ink) / 2
    return int(np.clip(np.rint(side / 2 - middle), 0, side - len(ink)))


def _opened(file: Path | BytesIO) -> Image.Image:
    """The first picture of a file in RGB, upright. Raises PictureError; a picture's size is read before a pixel of it is."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(*image.size)
            return _in_color(ImageOps.exif_transpose(image))
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError("a picture of far too many pixels") from None
    except UnidentifiedImageError:
        raise PictureError("a file that is not one of these pictures") from None
    except (OSError, SyntaxError, EOFError, ValueError):
        raise PictureError("a damaged file") from None


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise PictureError(f"a picture of {width}×{height} pixels")


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
