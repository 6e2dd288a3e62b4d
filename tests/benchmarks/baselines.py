"""Common ways to decode while a point is dragged, on pages that drag.py measures like the app."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import torch
from playwright.async_api import Page

from vae_core.latent.codes import decode
from vae_core.models.autoencoder import Autoencoder

FIGURE = """<div class="vae-explore">
    <canvas class="vae-map-overlay" width="600" height="600" style="display: block"></canvas>
    <canvas class="picture" width="28" height="28"></canvas></div>"""
PAINT = """const figure = document.querySelector('.vae-explore'),
    context = figure.querySelector('.picture').getContext('2d');
const picture = context.createImageData(28, 28);
    picture.data.fill(255);
    const paint = (grey, detail) => {
        for (let i = 0; i < 784; i++) picture.data[4 * i] = picture.data[4 * i + 1] = picture.data[4 * i + 2] = grey[i];
        context.putImageData(picture, 0, 0);
        figure.dispatchEvent(new CustomEvent('decoded', { detail }));
    };
    const code = ({ x, y }) => [(x - 300) / 150, (y - 300) / 150];"""


@contextmanager
def gradio_events(model: Autoencoder) -> Iterator[str]:
    """Serve a page that handles every move as an unqueued Gradio event; yield its address.

    Of several moves during one event the last counts.
    """

    def answer(place: dict) -> object:
        """Decode the point of one move."""
        grey = decode(model, torch.tensor([[(place["x"] - 300) / 150, (place["y"] - 300) / 150]]))[0, 0]
        return gr.update(answer={**place, "grey": base64.b64encode((255 * grey).byte().numpy().tobytes()).decode()})

    script = (
        PAINT
        + """
    figure.querySelector('.vae-map-overlay').addEventListener('pointermove', (event) => {
        props.value = { x: event.clientX, y: event.clientY };
        trigger('moved', props.value);
    });
    /* moved */ watch('answer', () => paint(Uint8Array.from(atob(props.answer.grey), (letter) => letter.charCodeAt(0)),
        props.answer));"""
    )
    with gr.Blocks() as page:
        figure = gr.HTML(html_template=FIGURE, js_on_load=script, apply_default_css=False, answer=None)
        figure.moved(answer, figure, figure, queue=False, show_progress="hidden", trigger_mode="always_last")
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    yield address
    page.close()


async def tfjs_page(page: Page, library: Path, model: Autoencoder) -> None:
    """Open a page that decodes with TensorFlow.js on WebGL: fused dense layers, one move per frame."""
    linear = [module for module in model.decoder if isinstance(module, torch.nn.Linear)]
    layers = [{"weight": layer.weight.T.tolist(), "bias": layer.bias.tolist()} for layer in linear]
    await page.set_content(FIGURE)
    await page.add_script_tag(path=library)
    await page.evaluate(
        """async (layers) => {
        await tf.setBackend('webgl');
        window.layers = layers.map(({ weight, bias }) => ({ weight: tf.tensor2d(weight), bias: tf.tensor1d(bias) }));
    }""",
        layers,
    )
    if await page.evaluate("tf.getBackend()") != "webgl":
        raise RuntimeError("TensorFlow.js has found no WebGL here")
    await page.add_script_tag(
        content=PAINT
        + f"""
    const smooth = {json.dumps(model.config.activation)} === 'silu' ? (x) => tf.mul(x, tf.sigmoid(x))
        : tf[{json.dumps(model.config.activation)}];
    const decode = (z) => tf.tidy(() => window.layers.reduce((x, {{ weight, bias }}, i) => {{
        const y = tf.add(tf.matMul(x, weight), bias);
        return i < window.layers.length - 1 ? smooth(y) : tf.mul(tf.sigmoid(y), 255);
    }}, tf.tensor2d([z])));
    let place = null, busy = false;
    const next = async () => {{
        const now = place, image = decode(code(now));
        place = null;
        paint(await image.data(), now);
        image.dispose();
        if (place) requestAnimationFrame(next);
        else busy = false;
    }};
    figure.querySelector('.vae-map-overlay').addEventListener('pointermove', (event) => {{
        place = {{ x: event.clientX, y: event.clientY }};
        if (!busy) busy = true, requestAnimationFrame(next);
    }});"""
    )
    await page.evaluate(
        "async () => { for (let i = 0; i < 20; i++) await decode([0, 0]).data(); }"
    )  # its programs are compiled at their first use
