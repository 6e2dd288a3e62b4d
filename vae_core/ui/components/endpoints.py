"""An end of an interpolation: a test image by its number, or a picture that the visitor has drawn, uploaded or pasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import gradio as gr
from torch import Tensor

from ...analysis.latent_map import latent_map
from ...datasets.registry import as_floats
from ...i18n.message import Message
from ...latent.codes import encode
from ...rules import SettingError
from ...runs.run import Run
from ..tabs.train_form import image_number
from ..translation import translated_label
from .figures import encoded
from .user_image import UserImage

LETTERS = "abcd"
IMAGES = {"a": 0, "b": 8}  # a 7 and a 5 of MNIST
MORE = {"c": "interpolate.third_help", "d": "interpolate.fourth_help"}
OPEN_PAD = (
    "() => document.querySelector('.vae-interpolate').dispatchEvent(new CustomEvent('draw', {{ detail: {end} }}))"
)


Ends = Mapping[int, UserImage]  # a visitor's pictures by the end that they stand at


def choice(letter: str) -> tuple[gr.components.Component, gr.UploadButton]:
    """The fields of one end: a test image's number, and the ways to bring a picture instead."""
    shown = {"label": translated_label(f"interpolate.{letter}"), "elem_id": f"interpolate-{letter}"}
    with gr.Column(min_width=150, elem_id=f"interpolate-choice-{letter}", elem_classes="vae-endpoint-choice"):
        if letter in IMAGES:
            field = gr.Number(IMAGES[letter], info=translated_label("interpolate.image_help"), **shown)
        else:
            field = gr.Textbox(
                "", max_lines=1, info=translated_label(MORE[letter]), **shown
            )  # a gr.Number that is empty says 0
        with gr.Row(elem_classes="vae-endpoint-upload"):
            draw = gr.Button(
                translated_label("interpolate.draw"), size="sm", min_width=60, elem_id=f"interpolate-draw-{letter}"
            )
            upload = gr.UploadButton(
                translated_label("interpolate.upload"), size="sm", min_width=60, elem_id=f"interpolate-upload-{letter}"
            )
    draw.click(None, js=OPEN_PAD.format(end=LETTERS.index(letter)))
    return field, upload


def wanted(own: Ends, numbers: Sequence[object]) -> list[object]:
    """What stands at the ends, a number or a picture: A and B, and C and D where there is something. Raises SettingError."""
    first, second, third, fourth = (own.get(end, number) for end, number in enumerate(numbers))
    if third == "" != fourth:
        raise SettingError(
            "image D",
            Message("interpolate.picture") if isinstance(fourth, UserImage) else fourth,
            Message("interpolate.without_third"),
        )
    return [first, second, *(end for end in (third, fourth) if end != "")]


def state(runs: Sequence[Run], ends: Sequence[object]) -> dict[str, object]:
    """What the page needs of the ends under two models of one data set: {ends, codes}, the codes row upon row as `runs`.

    A picture's class is that which explains it best to the first conditional model. Raises SettingError, and as `UserImage.pixels`.
    """
    name, maps = runs[0].config.data.dataset, [latent_map(run) for run in runs]
    found = [end.pixels(name) if isinstance(end, UserImage) else image_number(runs[0], end) for end in ends]
    told = [
        {"pixels": encoded(image.numpy()), "drawn": end.drawn, "label": likeliest(runs, image)}
        if isinstance(end, UserImage)
        else {"index": image, "label": int(maps[0].labels[image])}
        for end, image in zip(ends, found, strict=True)
    ]
    codes = [
        [
            (encode(run.model, image).mean[0] if isinstance(image, Tensor) else known.code(image)).tolist()
            for image in found
        ]
        for run, known in zip(runs, maps, strict=True)
    ]
    return {"ends": told, "codes": codes}


def likeliest(runs: Sequence[Run], pixels: Tensor) -> int:
    """The class of a picture, 0 where no model asks for one."""
    return next((int(run.model.likeliest_class(as_floats(pixels))) for run in runs if run.model.conditions), 0)
