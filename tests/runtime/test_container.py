"""Arrays with a JSON header in one file: a round trip, and agreement with the safetensors library."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.numpy

from vae_core.runtime.container import ContainerError, pack, unpack

HEADER = {"name": "größer als “zwei”", "rows": [{"step": 1.5}], "empty": [], "nothing": None}
ARRAYS = {
    "bytes": np.arange(7, dtype=np.uint8),
    "halves": np.linspace(-1, 1, 6, dtype=np.float16).reshape(3, 2).T,
    "floats": np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2],
    "none": np.zeros((0, 3), np.float32),
}


def test_header_and_arrays_come_back_with_shapes_and_types() -> None:
    header, arrays = unpack(pack(HEADER, ARRAYS))
    assert header == HEADER
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert np.array_equal(arrays[name], array)


def test_any_reader_of_safetensors_reads_it_and_the_same_content_gives_the_same_bytes() -> None:
    data = pack(HEADER, ARRAYS)
    assert data == pack(HEADER, ARRAYS)
    assert np.array_equal(safetensors.numpy.load(data)["halves"], ARRAYS["halves"])


def test_wide_numbers_come_first_so_that_every_array_is_aligned() -> None:
    """A typed array of the page may only begin at a multiple of its numbers' width."""
    start = int.from_bytes((data := pack(HEADER, ARRAYS))[:8], "little") + 8
    assert start % 8 == 0
    for name, array in ARRAYS.items():
        if array.size:
            assert data.index(np.ascontiguousarray(array).tobytes(), start) % array.dtype.itemsize == 0, name


@pytest.mark.parametrize(
    "data", [b"", b"x" * 100, pack(HEADER, ARRAYS)[:-1], pack(HEADER, ARRAYS)[:50], safetensors.numpy.save(ARRAYS)]
)
def test_damaged_bytes_and_files_without_a_header_are_an_error(data: bytes) -> None:
    with pytest.raises(ContainerError):
        unpack(data)
