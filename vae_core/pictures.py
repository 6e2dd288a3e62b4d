"""A visitor's picture as a network sees it: the data set's size and colors, light ink on dark ground where that is usual."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from .config import Shape

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
LEAST_SIDE, MOST_PIXELS = 8, 4_000_000
ALLOWED = f"a {', '.join(FORMATS)} file with sides of at least {LEAST_SIDE} pixels and at most {MOST_PIXELS:,} pixels in all"


class PictureError(ValueError):
    """A file that cannot be shown to a network. `str()` is the sentence to show."""

    def __init__(self, found: str) -> None:
        super().__init__(f"image: {found} is not allowed; use {ALLOWED}.")


def read_picture(path: Path, shape: Shape) -> Tensor:
    """A file as one image (1, C, H, W) of bytes. The whole picture is kept: what is not square gets a margin.

    A transparent ground counts as white, and a grey picture on a light ground is inverted, since the grey data sets
    are all light on dark. Raises PictureError; a picture's size is read before a pixel of it is.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            _check_size(*image.size)
            picture = _in_color(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        raise PictureError("a picture of far too many pixels") from None
    except UnidentifiedImageError:
        raise PictureError("a file that is not one of these pictures") from None
    except (OSError, SyntaxError, EOFError):
        raise PictureError("a damaged file") from None
    channels, height, width = shape
    picture = picture.convert("L" if channels == 1 else "RGB")
    border = _border(np.asarray(picture))
    fitted = ImageOps.pad(picture, (width, height), Image.Resampling.LANCZOS, color=int(border) if channels == 1 else (int(border),) * 3)
    pixels = np.asarray(fitted).reshape(height, width, channels).transpose(2, 0, 1)
    if channels == 1 and border > 127:
        pixels = 255 - pixels
    return torch.from_numpy(pixels.copy())[None]


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
