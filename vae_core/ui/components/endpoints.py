"""The endpoints of an interpolation: test images by number, or pictures of the visitor's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import gradio as gr
from torch import Tensor

from ...analysis.latent_map import LatentMap, latent_map
from ...datasets.registry import as_floats
from ...i18n.message import Message
from ...latent.codes import encode
from ...models.conditional import Conditional
from ...rules import SettingError
from ...runs.run import Run
from ..translation import translated_label
from .figures import encoded
from .image_number import image_number
from .upload_button import upload_button
from .user_image import UserImage

LETTERS = "abcd"
FIRST_IMAGES = {"a": 0, "b": 8}  # a 7 and a 5 of MNIST
OPTIONAL_HELP = {"c": "interpolate.third_help", "d": "interpolate.fourth_help"}
OPEN_PAD = (
    "() => document.querySelector('.vae-interpolate').dispatchEvent(new CustomEvent('draw', {{ detail: {endpoint} }}))"
)

UserImages = Mapping[int, UserImage]  # a visitor's pictures by the index of their endpoint


class EndpointState(TypedDict):
    """What the page needs of the endpoints: one description each, and `codes[model][endpoint]`."""

    ends: list[dict[str, object]]
    codes: list[list[list[float]]]


def endpoint_fields(letter: str) -> tuple[gr.Number | gr.Textbox, gr.UploadButton]:
    """Lay out one endpoint's fields: the number of a test image, and buttons to draw or upload a picture instead."""
    label, elem_id = translated_label(f"interpolate.{letter}"), f"interpolate-{letter}"
    number: gr.Number | gr.Textbox
    with gr.Column(min_width=150, elem_id=f"interpolate-choice-{letter}", elem_classes="vae-endpoint-choice"):
        if letter in FIRST_IMAGES:
            info = translated_label("interpolate.image_help")
            number = gr.Number(FIRST_IMAGES[letter], label=label, info=info, elem_id=elem_id)
        else:  # a text, because Gradio sends an empty gr.Number as 0
            info = translated_label(OPTIONAL_HELP[letter])
            number = gr.Textbox("", max_lines=1, label=label, info=info, elem_id=elem_id)
        with gr.Row(elem_classes="vae-endpoint-upload"):
            draw = gr.Button(
                translated_label("interpolate.draw"), size="sm", min_width=60, elem_id=f"interpolate-draw-{letter}"
            )
            upload = upload_button(
                "interpolate.upload", size="sm", min_width=60, elem_id=f"interpolate-upload-{letter}"
            )
    draw.click(None, js=OPEN_PAD.format(endpoint=LETTERS.index(letter)))
    return number, upload


def chosen_endpoints(user_images: UserImages, numbers: Sequence[object]) -> list[object]:
    """Return a picture or a number for the endpoints A and B, and for C and D unless they are empty.

    Raises SettingError if D is given without C.
    """
    first, second, third, fourth = (user_images.get(index, number) for index, number in enumerate(numbers))
    if third == "" != fourth:
        value = Message("interpolate.picture") if isinstance(fourth, UserImage) else fourth
        raise SettingError("image D", value, Message("interpolate.without_third"))
    return [first, second, *(endpoint for endpoint in (third, fourth) if endpoint != "")]


def endpoint_state(runs: Sequence[Run], endpoints: Sequence[object]) -> EndpointState:
    """Describe the endpoints and encode them under each of `runs`, models of one data set.

    A picture gets the class under which the first conditional model explains it best. Raises SettingError and
    PictureError.
    """
    name, maps = runs[0].config.data.dataset, [latent_map(run) for run in runs]
    images = [
        endpoint.pixels(name) if isinstance(endpoint, UserImage) else image_number(runs[0], endpoint)
        for endpoint in endpoints
    ]
    descriptions: list[dict[str, object]] = []
    for endpoint, image in zip(endpoints, images, strict=True):
        if isinstance(endpoint, UserImage) and isinstance(image, Tensor):
            label = most_likely_class(runs, image)
            descriptions.append({"pixels": encoded(image.numpy()), "drawn": endpoint.is_drawing, "label": label})
        else:
            descriptions.append({"index": image, "label": int(maps[0].labels[image])})
    codes = [[_code(run, shown, image) for image in images] for run, shown in zip(runs, maps, strict=True)]
    return {"ends": descriptions, "codes": codes}


def _code(run: Run, shown: LatentMap, image: Tensor | int) -> list[float]:
    """Return the code of a picture (1, C, H, W) of bytes, or of the test image of a number."""
    code = encode(run.model, image).mean[0] if isinstance(image, Tensor) else shown.code(image)
    return [float(value) for value in code]


def most_likely_class(runs: Sequence[Run], pixels: Tensor) -> int:
    """Return a picture's class according to the first conditional model, or 0 if there is none."""
    models = [run.model for run in runs]
    return next(
        (int(model.likeliest_class(as_floats(pixels))) for model in models if isinstance(model, Conditional)), 0
    )
