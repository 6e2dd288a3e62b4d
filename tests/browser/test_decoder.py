"""The page's decoder: many codes at once, with the compiled product and without it."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import torch
import wasmtime
from playwright.sync_api import Page

from tests.support.untrained_models import conditional, monotone
from vae_core.config import ModelConfig
from vae_core.export.browser import export_decoder
from vae_core.latent.codes import decode
from vae_core.models.autoencoder import Autoencoder
from vae_core.training.variants import build

STATIC = Path(__file__).parents[2] / "vae_core" / "ui" / "static"
DECODE_ALL = """async ([url, bytes, codes, label, plain]) => {
    const { Decoder } = await import(new URL('vae/static/decoder/decoder.js', url));
    const { Arena } = await import(new URL('vae/static/decoder/matmul.js', url));
    class Plain extends Arena { open() { super.open(null); } }
    const buffer = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)).buffer;
    const decoder = new Decoder(buffer, plain ? new Plain() : new Arena());
    return [plain ? decoder.arena.vectors === null : decoder.arena.vectors !== null,
        Array.from(decoder.decodeAll(codes, label))];
}"""


def convolutional() -> Autoencoder:
    """Colored images of 12 pixels; the first feature maps have 3 × 3 elements, fewer than fill a vector."""
    return build(
        ModelConfig(network="conv", latent_dim=3, hidden=(5, 7), activation="silu", likelihood="gaussian"), (3, 12, 12)
    ).eval()


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("make", [conditional, monotone, convolutional])
def test_codes_are_decoded_together_as_torch_does(scripts: Page, server: str, make: type, plain: bool) -> None:
    """37 codes are two full batches and one that is filled up."""
    model, codes = make(), torch.randn(37, 3)
    data = base64.b64encode(export_decoder(model)).decode()
    as_wished, shown = scripts.evaluate(DECODE_ALL, [server, data, codes.flatten().tolist(), 4, plain])
    assert as_wished
    assert (
        np.abs(np.array(shown).reshape(37, -1) - decode(model, codes, torch.full((37,), 4)).flatten(1).numpy()).max()
        <= 2 / 255
    )


def product(rows: int, inner: int, columns: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """c + a · b of random matrices by matmul.wasm and by NumPy."""
    store = wasmtime.Store()
    memory = wasmtime.Memory(store, wasmtime.MemoryType(wasmtime.Limits(8, 8)))
    module = wasmtime.Module(store.engine, (STATIC / "decoder" / "matmul.wasm").read_bytes())
    run = wasmtime.Instance(store, module, [memory]).exports(store)[name]
    a, b, c = (
        np.random.default_rng(seed).normal(size=shape).astype("<f4")
        for seed, shape in enumerate([(rows, inner), (inner, columns), (rows, columns)])
    )
    places, at = [], 0
    for matrix in (a, b, c):
        memory.write(store, matrix.tobytes(), at)
        places.append(at)
        at += matrix.nbytes
    run(store, *places, rows, inner, columns)
    return np.frombuffer(memory.read(store, places[2], at), "<f4").reshape(rows, columns), c + a @ b


@pytest.mark.parametrize(
    ("name", "rows", "inner", "columns"),
    [("gemv", 1, 2, 32), ("gemv", 3, 37, 96), ("gemm", 4, 1, 8), ("gemm", 12, 50, 72)],
)
def test_the_compiled_product_is_the_product(name: str, rows: int, inner: int, columns: int) -> None:
    result, expected = product(rows, inner, columns, name)
    assert np.allclose(result, expected, atol=1e-4)


def test_the_compiled_product_is_that_of_its_source() -> None:
    compiled = bytes(wasmtime.wat2wasm((STATIC / "decoder" / "matmul.wat").read_text(encoding="utf-8")))
    assert (STATIC / "decoder" / "matmul.wasm").read_bytes() == compiled
