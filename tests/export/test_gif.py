from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from vae_core.export.gif import FRAME_MS, GAP_PX, LAST_SNAPSHOT_MS, LINE_PX, MAP_PX, SNAPSHOT_MS, gif, recording_gif
from vae_core.training.recording import Recording, Snapshot


@pytest.mark.parametrize(("channels", "side", "factor"), [(1, 28, 8), (3, 64, 3), (1, 8, 28), (1, 300, 1)])
def test_the_frames_are_the_images_there_and_back(channels: int, side: int, factor: int) -> None:
    generator = torch.Generator().manual_seed(0)
    images = (
        torch.rand(4, channels, side // 4, side // 4, generator=generator)
        .repeat_interleave(4, 2)
        .repeat_interleave(4, 3)
    )
    file = Image.open(io.BytesIO(gif(images)))
    assert file.format == "GIF"
    assert file.n_frames == 6
    assert file.size == (side * factor, side * factor)
    assert file.info["loop"] == 0
    frames = [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(file)]
    assert {duration for _, duration in frames} == {FRAME_MS}
    for (frame, _), number in zip(frames, (0, 1, 2, 3, 2, 1), strict=True):
        shown = frame[::factor, ::factor].transpose(2, 0, 1)[:channels] / 255
        assert np.abs(shown - images[number].numpy()).max() <= (0.51 / 255 if channels == 1 else 0.2)
        assert np.abs(shown - images[number].numpy()).mean() < 0.03


def test_one_image_that_does_not_change_is_a_picture() -> None:
    assert Image.open(io.BytesIO(gif(torch.zeros(5, 1, 8, 8)))).size == (224, 224)


def test_a_film_is_a_frame_a_still_with_its_points_where_they_belong() -> None:
    """One point moves along a line among fixed ones: its color moves to the right from frame to frame."""
    corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]])
    snapshots = tuple(
        Snapshot(
            {"step": n, "epoch": n, "beta": 1.0},
            np.vstack([corners, [[-0.9 + 0.6 * n, 0]]]).astype("<f2"),
            np.zeros(2, "<f4"),
            np.full((8, 1, 4, 4), 40 * n, "u1"),
            np.zeros((16, 3, 4, 4), "u1"),
        )
        for n in range(4)
    )
    made = Image.open(
        io.BytesIO(
            recording_gif(
                Recording(snapshots), [(0, 0, 0)] * 4 + [(255, 0, 0)], ["a", "b", "c", "d"], ("map", "again", "drawn")
            )
        )
    )
    assert made.format == "GIF"
    assert made.n_frames == 4
    assert made.info["loop"] == 0
    across, durations = [], []
    for frame in ImageSequence.Iterator(made):
        pixels, durations = np.asarray(frame.convert("RGB")).astype(int), [*durations, frame.info["duration"]]
        rows, columns = np.nonzero((pixels[..., 0] > 200) & (pixels[..., 1] < 60))
        across.append(columns.mean() - GAP_PX)
        assert abs(rows.mean() - 2 * LINE_PX - MAP_PX / 2) < 2
    assert durations == [SNAPSHOT_MS] * 3 + [LAST_SNAPSHOT_MS]
    assert np.allclose(across, [MAP_PX / 2 + (0.94 * MAP_PX / 2) * x for x in (-0.9, -0.3, 0.3, 0.9)], atol=3)
