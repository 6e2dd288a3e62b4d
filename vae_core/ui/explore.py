"""The first tab: a model, its map, the handle, and one test image."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr
from torch import Tensor

from ..checkpoint import Run
from ..config import SettingError
from ..datasets import Dataset, as_floats, dataset
from ..familiarity import familiarity
from ..gaussian import DiagonalGaussian
from ..latent import encode
from ..latent_map import latent_map
from ..pictures import read_drawing, read_picture
from ..projection import Plane
from . import taking
from .answers import NEWEST, QUICK, another, note, telling, turn
from .captions import caption, say
from .controls import image_number
from .figures import encoded, figure
from .services import Listener, Services

OPENED = "mnist-vae-2d"


def build(services: Services, opening: Listener) -> gr.Dropdown:
    """Lay out the tab, filled at the event `opening`, and return its model list."""
    choices = services.choices("")
    opened = next((id for _, id in choices if id == OPENED), choices[0][1] if choices else None)
    model = gr.Dropdown(choices, value=opened, label=caption("model.label"), info=caption("model.help"), elem_id="explore-model")
    view = figure("explore", "vae-explore", "'picked' 'drawn'", run=opened, chosen=None, elem_id="explore-figure")
    with gr.Row():
        label = gr.Dropdown([(say("explore.any_class"), -1), *class_choices(services, opened)], value=-1, label=caption("explore.class"),
                            info=caption("explore.class_help"), elem_id="explore-class")
        index = gr.Number(0, label=caption("explore.number"), info=caption("explore.number_help"), elem_id="explore-number")
        pick = gr.Button(caption("explore.random"), elem_id="explore-random", elem_classes="vae-button", min_width=160)
        upload = gr.UploadButton(caption("explore.upload"), elem_id="explore-upload", elem_classes="vae-button", min_width=160)
    message = gr.HTML(elem_id="explore-message")
    take, asked = gr.HTML(elem_id="explore-take"), turn()

    answer, told, shown = Answers(services), partial(telling, message), [view, message]
    model.change(told(answer.open_model), [model, index], [view, label, index, message], **QUICK)
    gr.on([opening, index.submit, index.blur, asked.change], told(answer.by_number), [model, index], shown, **NEWEST)
    label.input(told(answer.by_class), [model, label, index], [index, asked, message], **QUICK)
    pick.click(told(answer.at_random), [model, label], [index, asked, message], **QUICK)
    view.picked(lambda value: (value["index"], another()), view, [index, asked], **QUICK)
    upload.upload(told(answer.by_file), [model, upload], shown, **QUICK)
    view.drawn(told(answer.by_drawing), [model, view], shown, **NEWEST)
    gr.on([model.change, opening], told(lambda run: {take: taking.row(run, services.runs.get(run))}), model, [take, message], **QUICK)
    return model


@dataclass(frozen=True)
class Answers:
    """What the tab's events bring about, see `telling`."""

    services: Services

    def open_model(self, run: str, number: object) -> tuple:
        """Another model: the same image if its data set has one of that number, and its data set's classes."""
        labels = gr.update(choices=[(say("explore.any_class"), -1), *class_choices(self.services, run)], value=-1)
        kept = self._number_or_zero(run, number)
        return self._show(run, kept), labels, kept, ""

    def by_number(self, run: str, number: object) -> tuple:
        return self._show(run, image_number(self.services.runs.get(run), number)), ""

    def by_class(self, run: str, wanted: int, number: object) -> tuple[int, str, str]:
        """The next image of a class, from the beginning again after the last."""
        labels = self._labels(run)
        start = self._number_or_zero(run, number)
        order = [*range(start + 1, len(labels)), *range(start + 1)]
        return next((i for i in order if wanted in (-1, labels[i])), start), another(), ""

    def at_random(self, run: str, wanted: int) -> tuple[int, str, str]:
        return random.choice([i for i, label in enumerate(self._labels(run)) if wanted in (-1, label)]), another(), ""

    def by_file(self, run: str, path: str) -> tuple:
        return self._bring(run, lambda images: read_picture(Path(path), images.shape, images.look), say("explore.uploaded"))

    def by_drawing(self, run: str, told: dict[str, object]) -> tuple:
        """`told` has a PNG as base64 in `drawing`, unless the visitor has meanwhile pointed at an image of the map."""
        if "drawing" not in told:
            return gr.skip(), gr.skip()
        return self._bring(run, lambda images: read_drawing(base64.b64decode(told["drawing"]), images.shape, images.layout, images.look.light), "", drawn=True)

    def _bring(self, run: str, read: Callable[[Dataset], Tensor], sentence: str, drawn: bool = False) -> tuple:
        """Show a visitor's own image. Raises PictureError."""
        known = self.services.runs.get(run)
        pixels = read(dataset(known.config.data.dataset))
        return gr.update(run=run, chosen={"run": run, "drawn": drawn} | brought(known, pixels)), note(sentence) if sentence else ""

    def _labels(self, run: str) -> list[int]:
        return latent_map(self.services.runs.get(run)).labels.tolist()

    def _number_or_zero(self, run: str, number: object) -> int:
        try:
            return image_number(self.services.runs.get(run), number)
        except SettingError:
            return 0

    def _show(self, run: str, number: int):
        return gr.update(run=run, chosen=chosen(self.services, run, number))


def class_choices(services: Services, run: str | None) -> list[tuple[str, int]]:
    """The classes of a run's data set as (name, label)."""
    classes = dataset(services.runs.get(run).config.data.dataset).classes if run else ()
    return [(name, label) for label, name in enumerate(classes)]


def chosen(services: Services, run: str, number: int) -> dict[str, object]:
    """What the page needs of one held-out image: its number and class, and where it stands."""
    known = latent_map(services.runs.get(run))
    return {"run": run, "index": number, "label": int(known.labels[number])} | standing(known.plane, known.codes.at(number))


def brought(run: Run, pixels: Tensor) -> dict[str, object]:
    """The same of a visitor's own image (1, C, H, W) of bytes, with the image itself and how familiar the model is with it."""
    known, found = {"label": int(run.model.likeliest_class(as_floats(pixels)))} if run.model.conditions else {}, familiarity(run, pixels)
    met = {"error": found.error, "place": found.place, "far": found.far}
    return {"pixels": encoded(pixels.numpy())} | met | known | standing(latent_map(run).plane, encode(run.model, pixels).at(0))


def standing(plane: Plane, code: DiagonalGaussian) -> dict[str, object]:
    """A code, and a VAE's posterior around it: σ of each dimension and the covariance on the map."""
    if code.log_var.isinf().all():
        return {"code": code.mean.tolist(), "std": None, "covariance": None}
    (a, b), (_, c) = plane.spread(code.log_var.exp()).tolist()
    return {"code": code.mean.tolist(), "std": code.std.tolist(), "covariance": [a, b, c]}
