"""The first tab: a model, its map, the handle, and one test image."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr

from ...analysis.latent_map import latent_map
from ...analysis.novelty import measure_novelty
from ...datasets.preprocessing import PictureError
from ...datasets.registry import as_floats, dataset
from ...i18n.message import Message
from ...latent.codes import encode
from ...latent.projection import Plane
from ...models.gaussian import DiagonalGaussian
from ...rules import SettingError
from ...runs.run import Run
from ..components import downloads
from ..components.figures import encoded, figure
from ..components.image_number import image_number, image_number_or_zero
from ..components.user_image import UserImage
from ..events import LATEST_ONLY, UNQUEUED, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services
from ..translation import translate, translated_label

OPENED = "mnist-vae-2d"


def build(services: Services, opening: Listener) -> gr.Dropdown:
    """Lay out the tab, filled at the event `opening`, and return its model list."""
    choices = services.choices("")
    opened = next((id for _, id in choices if id == OPENED), choices[0][1] if choices else None)
    model = gr.Dropdown(
        choices,
        value=opened,
        label=translated_label("model.label"),
        info=translated_label("model.help"),
        elem_id="explore-model",
    )
    view = figure(
        "explore/explore", "vae-explore", "'picked' 'drawn'", run=opened, chosen=None, elem_id="explore-figure"
    )
    with gr.Row():
        label = gr.Dropdown(
            [(translate("explore.any_class"), -1), *class_choices(services, opened)],
            value=-1,
            label=translated_label("explore.class"),
            info=translated_label("explore.class_help"),
            elem_id="explore-class",
        )
        index = gr.Number(
            0,
            label=translated_label("explore.number"),
            info=translated_label("explore.number_help"),
            elem_id="explore-number",
        )
        pick = gr.Button(
            translated_label("explore.random"), elem_id="explore-random", elem_classes="vae-button", min_width=160
        )
        upload = gr.UploadButton(
            translated_label("explore.upload"), elem_id="explore-upload", elem_classes="vae-button", min_width=160
        )
    message = gr.HTML(elem_id="explore-message")
    take, own, asked = gr.HTML(elem_id="explore-downloads"), gr.State(None), hidden_trigger()

    answer, told, picked, brought = (
        ExploreEvents(services),
        partial(with_errors_as_notes, message),
        [own, index, asked],
        [own, asked, message],
    )
    gr.on(
        [opening, index.blur, asked.change],
        told(answer.show),
        [own, asked, model, index],
        [view, message],
        **LATEST_ONLY,
    )
    model.change(told(answer.by_model), [own, model, index], [*picked, label, message], **LATEST_ONLY)
    index.submit(lambda: (None, new_token()), None, [own, asked], **UNQUEUED)
    label.input(told(answer.by_class), [model, label, index], [*picked, message], **LATEST_ONLY)
    pick.click(told(answer.at_random), [model, label], [*picked, message], **UNQUEUED)
    view.picked(lambda value: (None, value["index"], new_token()), view, picked, **LATEST_ONLY)
    upload.upload(told(answer.by_file), [model, index, upload], brought, **UNQUEUED)
    view.drawn(told(answer.by_drawing), [model, index, view], brought, **LATEST_ONLY)
    gr.on(
        [model.change, opening],
        told(lambda run: {take: downloads.downloads_html(run, services.runs.get(run))}),
        model,
        [take, message],
        **UNQUEUED,
    )
    return model


@dataclass(frozen=True)
class ExploreEvents:
    """What the tab's events bring about, see `with_errors_as_notes`. A visitor's picture `own` stands in the place of the test image of that number.

    What changes the image answers with another `turn`, and then `show` draws.
    """

    services: Services

    def show(self, own: UserImage | None, asked: str, id: str, number: object) -> tuple:
        """The figure's state, with what asked for it, so that the same image is shown anew when it is chosen again."""
        run, mine = self.services.runs.get(id), own is not None and own.field == number
        found = brought(run, own) if mine else chosen(run, image_number(run, number))
        return gr.update(run=id, chosen={"run": id, "asked": asked} | found), note(
            translate("explore.uploaded")
        ) if mine and not own.is_drawing else ""

    def by_model(self, own: UserImage | None, id: str, number: object) -> tuple:
        """Another model: the same picture or the same image if its data set has one of that number, and its data set's classes."""
        kept = image_number_or_zero(self.services.runs.get(id), number)
        labels = gr.update(choices=[(translate("explore.any_class"), -1), *class_choices(self.services, id)], value=-1)
        return self._readable(own and replace(own, field=kept), id), kept, new_token(), labels, ""

    def by_class(self, id: str, wanted: int, number: object) -> tuple:
        """The next image of a class, from the beginning again after the last."""
        labels = self._labels(id)
        start = image_number_or_zero(self.services.runs.get(id), number)
        order = [*range(start + 1, len(labels)), *range(start + 1)]
        return None, next((i for i in order if wanted in (-1, labels[i])), start), new_token(), ""

    def at_random(self, id: str, wanted: int) -> tuple:
        found = [i for i, label in enumerate(self._labels(id)) if wanted in (-1, label)]
        if not found:
            raise SettingError("class", class_choices(self.services, id)[wanted][0], Message("explore.class_rule"))
        return None, random.choice(found), new_token(), ""

    def by_file(self, id: str, number: object, path: str) -> tuple:
        return self._bring(id, UserImage(Path(path), number))

    def by_drawing(self, id: str, number: object, told: dict[str, object]) -> tuple:
        own = UserImage.from_drawing(told, number)
        return self._bring(id, own) if own else (gr.skip(), gr.skip(), gr.skip())

    def _bring(self, id: str, own: UserImage) -> tuple:
        """A visitor's picture. Raises PictureError."""
        own.pixels(self.services.runs.get(id).config.data.dataset)
        return own, new_token(), ""

    def _readable(self, own: UserImage | None, id: str) -> UserImage | None:
        """A picture that was brought to another model, unless it is no longer here."""
        with suppress(PictureError):
            return own and self._bring(id, own)[0]
        return None

    def _labels(self, id: str) -> list[int]:
        return latent_map(self.services.runs.get(id)).labels.tolist()


def class_choices(services: Services, run: str | None) -> list[tuple[str, int]]:
    """The classes of a run's data set as (name, label)."""
    classes = dataset(services.runs.get(run).config.data.dataset).classes if run else ()
    return [(name, label) for label, name in enumerate(classes)]


def chosen(run: Run, number: int) -> dict[str, object]:
    """What the page needs of one held-out image: its number and class, and where it stands."""
    known = latent_map(run)
    return {"index": number, "label": int(known.labels[number])} | standing(known.plane, known.codes.at(number))


def brought(run: Run, own: UserImage) -> dict[str, object]:
    """The same of a visitor's own picture, with the picture itself and how familiar the model is with it. Raises PictureError."""
    pixels = own.pixels(run.config.data.dataset)
    known, found = (
        {"label": int(run.model.likeliest_class(as_floats(pixels)))} if run.model.conditions else {},
        measure_novelty(run, pixels),
    )
    met = {"drawn": own.is_drawing, "error": found.error, "place": found.place, "far": found.far}
    return (
        {"pixels": encoded(pixels.numpy())}
        | met
        | known
        | standing(latent_map(run).plane, encode(run.model, pixels).at(0))
    )


def standing(plane: Plane, code: DiagonalGaussian) -> dict[str, object]:
    """A code, and a VAE's posterior around it: σ of each dimension and the covariance on the map."""
    if code.log_var.isinf().all():
        return {"code": code.mean.tolist(), "std": None, "covariance": None}
    (a, b), (_, c) = plane.spread(code.log_var.exp()).tolist()
    return {"code": code.mean.tolist(), "std": code.std.tolist(), "covariance": [a, b, c]}
