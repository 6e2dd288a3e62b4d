"""Decoded images, and films of trainings, as moving pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..training.recording import Recording, Snapshot

FRAME = 60  # milliseconds
SIDE = 224  # pixels: small images are enlarged to about so many
SNAPSHOT_MS, HOLD = 90, 2000  # milliseconds of a film's still, and of its last one
MAP, TILE, LINE, GAP = (
    376,
    58,
    20,
    12,
)  # pixels: the side of a film's map and of a picture beside it, a line of text, the space between
GROUND, INK, TEXT = (255, 255, 255), (196, 196, 204), (24, 24, 27)


def gif(images: Tensor) -> bytes:
    """Images (N, C, H, W) in [0, 1] as a GIF that runs there and back without end, each pixel a square of several."""
    pixels = (images * 255).round().byte().permute(0, 2, 3, 1).numpy()
    factor = max(1, SIDE // pixels.shape[2])
    frames = [Image.fromarray(frame[..., 0] if frame.shape[2] == 1 else frame) for frame in pixels]
    frames = [frame.resize((frame.width * factor, frame.height * factor), Image.Resampling.NEAREST) for frame in frames]
    there_and_back = [*frames, *frames[-2:0:-1]]
    file = io.BytesIO()
    there_and_back[0].save(
        file, "GIF", save_all=True, append_images=there_and_back[1:], duration=FRAME, loop=0, disposal=1
    )
    return file.getvalue()


def film_gif(
    film: Recording, colors: Sequence[tuple[int, int, int]], told: Sequence[str], titles: tuple[str, str, str]
) -> bytes:
    """A film as a GIF: the map, reconstructions and samples of each still below what is `told` of it.

    `colors` are those of the N points, `titles` name the three parts. The map shows the same part of the plane all the
    time.
    """
    middle, scale = _view(film)
    places = [(np.asarray(snapshot.points, "f4") - middle) * (scale, -scale) + MAP / 2 for snapshot in film.snapshots]
    frames = [
        _frame(snapshot, place, colors, (said, *titles)).quantize(64, Image.Quantize.FASTOCTREE)
        for snapshot, place, said in zip(film.snapshots, places, told, strict=True)
    ]
    file = io.BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[SNAPSHOT_MS] * (len(frames) - 1) + [HOLD],
        loop=0,
        disposal=1,
    )
    return file.getvalue()


def _view(film: Recording) -> tuple[np.ndarray, float]:
    """The middle (2,) of nearly all points of a film, and the pixels of a unit that bring them onto its map."""
    points = np.concatenate([snapshot.points for snapshot in film.snapshots]).astype("f4")
    low, high = np.quantile(points, (0.003, 0.997), axis=0)
    return (low + high) / 2, 0.94 * MAP / max(float((high - low).max()), 1e-3)


def _frame(
    snapshot: Snapshot, places: np.ndarray, colors: Sequence[tuple[int, int, int]], words: Sequence[str]
) -> Image.Image:
    told, on_map, reconstructions, samples = words
    top, left, across = 2 * LINE, MAP + 2 * GAP, 4
    rows = [-(-len(part) // across) for part in (snapshot.reconstructions, snapshot.samples)]
    image = Image.new("RGB", (left + across * TILE + GAP, max(MAP, sum(rows) * TILE + LINE + GAP) + top + GAP), GROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    second = top + rows[0] * TILE + GAP + LINE
    for place, text in (
        ((GAP, 2), told),
        ((GAP, LINE), on_map),
        ((left, LINE), reconstructions),
        ((left, second - LINE), samples),
    ):
        draw.text(place, text, TEXT, font)
    draw.rectangle((GAP, top, GAP + MAP, top + MAP), outline=INK)
    for (x, y), color in zip(places.tolist(), colors, strict=True):
        if 2 <= x < MAP - 2 and 2 <= y < MAP - 2:
            draw.rectangle((GAP + x - 1, top + y - 1, GAP + x + 1, top + y + 1), color)
    for pictures, start in ((snapshot.reconstructions, top), (snapshot.samples, second)):
        for i, picture in enumerate(pictures):
            image.paste(_tile(picture), (left + i % across * TILE, start + i // across * TILE))
    return image


def _tile(picture: np.ndarray) -> Image.Image:
    """One picture (C, H, W) of bytes as it stands beside the map."""
    shown = Image.fromarray(picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)).convert("RGB")
    return shown.resize((TILE - 2, TILE - 2), Image.Resampling.NEAREST)
