from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core.datasets import held_out_images
from vae_core.pictures import PictureError, read_picture

GREY = (1, 28, 28)
DIGIT = held_out_images("mnist").pixels[0, 0].numpy()


def seen(image: Image.Image, path: Path, name: str = "a.png", **options: object) -> np.ndarray:
    """What a network sees of an image saved under a name."""
    image.save(path / name, **options)
    return read_picture(path / name, GREY)[0, 0].numpy().astype(float)


def test_a_data_sets_own_image_is_seen_as_it_is(tmp_path: Path) -> None:
    assert np.array_equal(seen(Image.fromarray(DIGIT), tmp_path), DIGIT)


def test_dark_ink_on_paper_is_inverted(tmp_path: Path) -> None:
    assert np.array_equal(seen(Image.fromarray(255 - DIGIT), tmp_path), DIGIT)


def test_transparent_cmyk_and_sixteen_bit_pictures_are_the_same_picture(tmp_path: Path) -> None:
    ink = Image.merge("LA", (Image.new("L", (28, 28), 0), Image.fromarray(DIGIT)))
    assert np.abs(seen(ink, tmp_path) - DIGIT).max() <= 1
    assert np.abs(seen(Image.fromarray(DIGIT).convert("RGB").convert("CMYK"), tmp_path, "a.jpg", quality=100) - DIGIT).mean() < 3
    assert np.abs(seen(Image.fromarray(DIGIT.astype(np.uint16) * 257), tmp_path) - DIGIT).max() <= 1


def test_an_oblong_picture_keeps_its_proportions(tmp_path: Path) -> None:
    wide = seen(Image.fromarray(np.pad(np.full((20, 60), 255, np.uint8), 10)), tmp_path)
    rows, columns = (np.flatnonzero(wide.max(axis) > 100) for axis in (1, 0))
    assert (columns[-1] - columns[0]) > 2 * (rows[-1] - rows[0])


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.fromarray(DIGIT), Image.new("L", (28, 28))]
    assert np.abs(seen(frames[0], tmp_path, "a.gif", save_all=True, append_images=frames[1:]) - DIGIT).max() <= 1


def test_a_lying_ending_does_not_matter_and_color_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), (200, 20, 10)).save(tmp_path / "a.png", format="JPEG")
    assert torch.allclose(read_picture(tmp_path / "a.png", (3, 32, 32)).float().mean((0, 2, 3)), torch.tensor([200.0, 20.0, 10.0]), atol=4)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be large."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content, words", [(b"hello", "not one of these pictures"), (b"", "not one of these pictures"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not one of"),
                                            (bomb(20_000, 20_000), "far too many pixels"), (bomb(4000, 3000), "4000×3000"), (bomb(1, 1), "1×1"), (bomb(100, 100), "damaged")])
def test_what_is_no_picture_gets_a_sentence(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(PictureError, match=f"image: .*{words}.* is not allowed; use a PNG, JPEG"):
        read_picture(tmp_path / "a.png", GREY)
