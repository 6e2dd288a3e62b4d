from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from vae_core.animation import FRAME, gif


@pytest.mark.parametrize("channels, side, factor", [(1, 28, 8), (3, 64, 3), (1, 8, 28), (1, 300, 1)])
def test_the_frames_are_the_images_there_and_back(channels: int, side: int, factor: int) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(4, channels, side // 4, side // 4, generator=generator).repeat_interleave(4, 2).repeat_interleave(4, 3)
    file = Image.open(io.BytesIO(gif(images)))
    assert file.format == "GIF" and file.n_frames == 6 and file.size == (side * factor, side * factor) and file.info["loop"] == 0
    frames = [(np.asarray(frame.convert("RGB")), frame.info["duration"]) for frame in ImageSequence.Iterator(file)]
    assert {duration for _, duration in frames} == {FRAME}
    for (frame, _), number in zip(frames, (0, 1, 2, 3, 2, 1)):
        shown = frame[::factor, ::factor].transpose(2, 0, 1)[:channels] / 255
        assert np.abs(shown - images[number].numpy()).max() <= (0.51 / 255 if channels == 1 else 0.2)
        assert np.abs(shown - images[number].numpy()).mean() < 0.03


def test_one_image_that_does_not_change_is_a_picture() -> None:
    assert Image.open(io.BytesIO(gif(torch.zeros(5, 1, 8, 8)))).size == (224, 224)
