"""Decoded images as a moving picture."""

from __future__ import annotations

import io

from PIL import Image
from torch import Tensor

FRAME = 60  # milliseconds
SIDE = 224  # pixels: small images are enlarged to about so many


def gif(images: Tensor) -> bytes:
    """Images (N, C, H, W) in [0, 1] as a GIF that runs there and back without end, each pixel a square of several."""
    pixels = (images * 255).round().byte().permute(0, 2, 3, 1).numpy()
    factor = max(1, SIDE // pixels.shape[2])
    frames = [Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in pixels]
    frames = [frame.resize((frame.width * factor, frame.height * factor), Image.Resampling.NEAREST) for frame in frames]
    there_and_back = [*frames, *frames[-2:0:-1]]
    file = io.BytesIO()
    there_and_back[0].save(file, "GIF", save_all=True, append_images=there_and_back[1:], duration=FRAME, loop=0, disposal=1)
    return file.getvalue()
