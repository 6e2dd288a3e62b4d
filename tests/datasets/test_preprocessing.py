from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core.datasets.preprocessing import PictureError, read_drawing, read_picture
from vae_core.datasets.registry import DATASETS, held_out_images

GREY = (1, 28, 28)
DIGIT = held_out_images("mnist").pixels[0, 0].numpy()


def read_back(image: Image.Image, path: Path, name: str = "a.png", **options: object) -> np.ndarray:
    """Save an image under a name and read it as a network's input."""
    image.save(path / name, **options)
    return read_picture(path / name, GREY)[0, 0].numpy().astype(float)


def test_a_data_sets_own_image_is_seen_as_it_is(tmp_path: Path) -> None:
    assert np.array_equal(read_back(Image.fromarray(DIGIT), tmp_path), DIGIT)


def test_dark_ink_on_paper_is_inverted(tmp_path: Path) -> None:
    assert np.array_equal(read_back(Image.fromarray(255 - DIGIT), tmp_path), DIGIT)


def test_transparent_cmyk_and_sixteen_bit_pictures_are_the_same_picture(tmp_path: Path) -> None:
    ink = Image.merge("LA", (Image.new("L", (28, 28), 0), Image.fromarray(DIGIT)))
    assert np.abs(read_back(ink, tmp_path) - DIGIT).max() <= 1
    assert (
        np.abs(
            read_back(Image.fromarray(DIGIT).convert("RGB").convert("CMYK"), tmp_path, "a.jpg", quality=100) - DIGIT
        ).mean()
        < 3
    )
    assert np.abs(read_back(Image.fromarray(DIGIT.astype(np.uint16) * 257), tmp_path) - DIGIT).max() <= 1


def test_an_oblong_picture_keeps_its_proportions(tmp_path: Path) -> None:
    wide = read_back(Image.fromarray(np.pad(np.full((20, 60), 255, np.uint8), 10)), tmp_path)
    rows, columns = (np.flatnonzero(wide.max(axis) > 100) for axis in (1, 0))
    assert (columns[-1] - columns[0]) > 2 * (rows[-1] - rows[0])


def test_a_picture_hundreds_of_times_as_long_as_wide_is_a_line(tmp_path: Path) -> None:
    assert read_back(Image.fromarray(np.full((8, 4000), 255, np.uint8)), tmp_path).shape == (28, 28)


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.fromarray(DIGIT), Image.new("L", (28, 28))]
    assert np.abs(read_back(frames[0], tmp_path, "a.gif", save_all=True, append_images=frames[1:]) - DIGIT).max() <= 1


def test_a_lying_ending_does_not_matter_and_color_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), (200, 20, 10)).save(tmp_path / "a.png", format="JPEG")
    assert torch.allclose(
        read_picture(tmp_path / "a.png", (3, 32, 32)).float().mean((0, 2, 3)), torch.tensor([200.0, 20.0, 10.0]), atol=4
    )


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "not one of these pictures"),
        (b"", "not one of these pictures"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not one of"),
        (bomb(20_000, 20_000), "far too many pixels"),
        (bomb(6000, 5000), "6000×5000"),
        (bomb(1, 1), "1×1"),
        (bomb(100, 100), "damaged"),
    ],
)
def test_what_is_no_picture_gets_a_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PictureError, match=f"image: .*{words}.* is not allowed; use a PNG, JPEG"):
        read_picture(tmp_path / "a.png", GREY)


@pytest.mark.filterwarnings("ignore")  # of Pillow
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_damaged_file_is_read_or_gets_a_sentence(format: str, tmp_path: Path) -> None:
    chance, file = np.random.default_rng(1), io.BytesIO()
    Image.fromarray(DIGIT).save(file, format)
    for _ in range(80):
        damaged = bytearray(file.getvalue())
        for at in chance.integers(0, min(80, len(damaged)), 3):
            damaged[at] = chance.integers(256)
        (tmp_path / "a.png").write_bytes(damaged)
        with contextlib.suppress(PictureError):
            assert read_picture(tmp_path / "a.png", GREY).shape == (1, 1, 28, 28)


def test_a_file_of_fifty_megabytes_gets_a_sentence_before_it_is_read(tmp_path: Path) -> None:
    Image.fromarray(DIGIT).save(tmp_path / "a.png")
    os.truncate(tmp_path / "a.png", 50_000_000)
    with pytest.raises(PictureError, match="image: a file of 50 MB is not allowed; use a .* of at most 20 MB"):
        read_picture(tmp_path / "a.png", GREY)


def drawn(ink: np.ndarray, name: str, left: int = 0, top: int = 0) -> np.ndarray:
    """Return the network input (C, H, W) for ink (H, W) at an offset on a pad of 280×280."""
    pad, file = Image.new("L", (280, 280)), io.BytesIO()
    pad.paste(Image.fromarray(ink), (left, top))
    pad.save(file, "PNG")
    return read_drawing(file.getvalue(), DATASETS[name].shape, DATASETS[name].ink_placement)[0].numpy().astype(float)


@pytest.mark.parametrize(("factor", "left", "top"), [(10, 0, 0), (6, 30, 100), (4, 160, 7)])
def test_mnists_own_images_drawn_large_anywhere_come_back(factor: int, left: int, top: int) -> None:
    """MNIST was made by the same steps: LeCun et al. (1998)."""
    images = held_out_images("mnist").pixels[:200, 0].numpy()
    apart = [
        np.abs(drawn(image.repeat(factor, 0).repeat(factor, 1), "mnist", left, top)[0] - image).mean()
        for image in images
    ]
    assert np.mean(apart) < 3
    assert np.quantile(apart, 0.98) < 5


def test_the_center_of_mass_of_a_drawn_digit_is_the_middle_and_its_box_has_twenty_pixels() -> None:
    flag = np.zeros((280, 280), np.uint8)
    flag[40:240, 60:80] = flag[40:120, 60:140] = 255  # all its weight is on one side
    read_back = drawn(flag, "mnist")[0]
    rows, columns = (np.flatnonzero(read_back.max(axis) > 100) for axis in (1, 0))
    assert rows[-1] - rows[0] + 1 == 20
    assert columns[-1] - columns[0] + 1 == 8
    assert [round(np.average(np.arange(28), weights=read_back.sum(axis))) for axis in (1, 0)] == [14, 14]


def test_another_sets_drawing_is_centered_by_its_box_and_grey_where_the_set_is_in_color() -> None:
    flag = np.zeros((280, 280), np.uint8)
    flag[0:200, 0:20] = flag[0:80, 0:100] = 255
    read_back = drawn(flag, "shapes")
    assert read_back.shape == (3, 32, 32)
    assert np.array_equal(read_back[0], read_back[1])
    assert np.array_equal(read_back[0], read_back[2])
    for axis in (1, 0):
        filled = np.flatnonzero(read_back[0].max(axis) > 100)
        assert abs(filled[0] - (31 - filled[-1])) <= 1
    assert np.array_equal(np.flatnonzero(drawn(flag, "fashion")[0].max(1) > 100), np.arange(28))


def test_even_a_hair_stays_inside_the_frame() -> None:
    hair = np.zeros((280, 280), np.uint8)
    hair[3, :] = 255
    assert (drawn(hair, "mnist")[0] > 100).sum() == 20


@pytest.mark.parametrize("grey", [0, 25])
def test_an_empty_drawing_gets_a_sentence(grey: int) -> None:
    with pytest.raises(PictureError, match="image: an empty drawing is not allowed; use at least one stroke."):
        drawn(np.full((280, 280), grey, np.uint8), "mnist")
