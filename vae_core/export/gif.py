"""Interpolations and recordings of trainings as animated GIFs."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..training.recording import Recording, Snapshot

FRAME_MS = 60
MIN_SIDE_PX = 224  # smaller images are enlarged to about this side
SNAPSHOT_MS = 90
LAST_SNAPSHOT_MS = 2000
# The layout of a recording's frame, in pixels.
MAP_PX = 376
TILE_PX = 58  # the side of a picture beside the map
LINE_PX = 20
GAP_PX = 12
BACKGROUND = (255, 255, 255)
BORDER = (196, 196, 204)
TEXT = (24, 24, 27)


def gif(images: Tensor) -> bytes:
    """Write images (N, C, H, W) in [0, 1] as an endless GIF that runs forward and back, enlarged without smoothing."""
    pixels = (images * 255).round().byte().permute(0, 2, 3, 1).numpy()
    factor = max(1, MIN_SIDE_PX // pixels.shape[2])
    frames = [Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in pixels]
    frames = [frame.resize((frame.width * factor, frame.height * factor), Image.Resampling.NEAREST) for frame in frames]
    there_and_back = [*frames, *frames[-2:0:-1]]
    file = io.BytesIO()
    there_and_back[0].save(
        file, "GIF", save_all=True, append_images=there_and_back[1:], duration=FRAME_MS, loop=0, disposal=1
    )
    return file.getvalue()


def recording_gif(
    recording: Recording, colors: Sequence[tuple[int, int, int]], captions: Sequence[str], titles: tuple[str, str, str]
) -> bytes:
    """Write a recording as a GIF: map, reconstructions and samples of each snapshot, with one of the `captions` above.

    `colors` are those of the N points; `titles` name the three parts. The map's view is the same in all frames.
    """
    middle, scale = _view(recording)
    places = [
        (np.asarray(snapshot.points, "f4") - middle) * (scale, -scale) + MAP_PX / 2 for snapshot in recording.snapshots
    ]
    frames = [
        _frame(snapshot, place, colors, (caption, *titles)).quantize(64, Image.Quantize.FASTOCTREE)
        for snapshot, place, caption in zip(recording.snapshots, places, captions, strict=True)
    ]
    file = io.BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[SNAPSHOT_MS] * (len(frames) - 1) + [LAST_SNAPSHOT_MS],
        loop=0,
        disposal=1,
    )
    return file.getvalue()


def _view(recording: Recording) -> tuple[np.ndarray, float]:
    """Return the center (2,) of nearly all points of a recording, and the pixels per unit that fit them to its map."""
    points = np.concatenate([snapshot.points for snapshot in recording.snapshots]).astype("f4")
    low, high = np.quantile(points, (0.003, 0.997), axis=0)
    return (low + high) / 2, 0.94 * MAP_PX / max(float((high - low).max()), 1e-3)


def _frame(
    snapshot: Snapshot, places: np.ndarray, colors: Sequence[tuple[int, int, int]], texts: Sequence[str]
) -> Image.Image:
    caption, map_title, reconstructions, samples = texts
    top, left, across = 2 * LINE_PX, MAP_PX + 2 * GAP_PX, 4
    rows = [-(-len(part) // across) for part in (snapshot.reconstructions, snapshot.samples)]
    image = Image.new(
        "RGB",
        (left + across * TILE_PX + GAP_PX, max(MAP_PX, sum(rows) * TILE_PX + LINE_PX + GAP_PX) + top + GAP_PX),
        BACKGROUND,
    )
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    second = top + rows[0] * TILE_PX + GAP_PX + LINE_PX
    for place, text in (
        ((GAP_PX, 2), caption),
        ((GAP_PX, LINE_PX), map_title),
        ((left, LINE_PX), reconstructions),
        ((left, second - LINE_PX), samples),
    ):
        draw.text(place, text, TEXT, font)
    draw.rectangle((GAP_PX, top, GAP_PX + MAP_PX, top + MAP_PX), outline=BORDER)
    for (x, y), color in zip(places.tolist(), colors, strict=True):
        if 2 <= x < MAP_PX - 2 and 2 <= y < MAP_PX - 2:
            draw.rectangle((GAP_PX + x - 1, top + y - 1, GAP_PX + x + 1, top + y + 1), color)
    for pictures, start in ((snapshot.reconstructions, top), (snapshot.samples, second)):
        for i, picture in enumerate(pictures):
            image.paste(_tile(picture), (left + i % across * TILE_PX, start + i // across * TILE_PX))
    return image


def _tile(picture: np.ndarray) -> Image.Image:
    """Return one picture (C, H, W) of bytes at the size of a tile."""
    image = Image.fromarray(picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)).convert("RGB")
    return image.resize((TILE_PX - 2, TILE_PX - 2), Image.Resampling.NEAREST)
