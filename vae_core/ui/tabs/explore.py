"""The first tab: a model, its latent map with a handle, and one test image."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ...analysis.latent_map import latent_map
from ...analysis.novelty import measure_novelty
from ...datasets.preprocessing import PictureError
from ...datasets.registry import dataset
from ...i18n.message import Message
from ...latent.codes import encode
from ...latent.projection import Plane
from ...models.gaussian import DiagonalGaussian
from ...rules import SettingError
from ...runs.run import Run
from ..components.downloads import downloads_html
from ..components.endpoints import most_likely_class
from ..components.figures import encoded, figure
from ..components.image_number import image_number, image_number_or_zero
from ..components.upload_button import upload_button
from ..components.user_image import UserImage
from ..events import LATEST_ONLY, UNQUEUED, Update, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services, opened_models
from ..translation import translate, translated_label

OPENED = "mnist-vae-2d"
ANY_CLASS = -1


@dataclass(frozen=True)
class ExploreFields:
    """The tab's components.

    `user_image` holds an uploaded or drawn picture, which replaces the test image while `number` is unchanged.
    An event that changes the image writes to `trigger`, and the listener of `trigger` redraws.
    """

    model: gr.Dropdown
    view: gr.HTML
    label: gr.Dropdown
    number: gr.Number
    random: gr.Button
    upload: gr.UploadButton
    message: gr.HTML
    downloads: gr.HTML
    user_image: gr.State
    trigger: gr.Textbox


def build(services: Services, opening: Listener) -> gr.Dropdown:
    """Lay out the tab, which the event `opening` fills, and return its model list."""
    fields = _lay_out(services)
    _connect(fields, ExploreEvents(services), opening)
    return fields.model


def _lay_out(services: Services) -> ExploreFields:
    choices = services.choices("")
    [opened] = opened_models(choices, [OPENED])
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
            class_choices(services, opened),
            value=ANY_CLASS,
            label=translated_label("explore.class"),
            info=translated_label("explore.class_help"),
            elem_id="explore-class",
        )
        number = gr.Number(
            0,
            label=translated_label("explore.number"),
            info=translated_label("explore.number_help"),
            elem_id="explore-number",
        )
        pick = gr.Button(
            translated_label("explore.random"), elem_id="explore-random", elem_classes="vae-button", min_width=160
        )
        upload = upload_button("explore.upload", elem_id="explore-upload", elem_classes="vae-button", min_width=160)
    message, downloads = gr.HTML(elem_id="explore-message"), gr.HTML(elem_id="explore-downloads")
    return ExploreFields(model, view, label, number, pick, upload, message, downloads, gr.State(None), hidden_trigger())


def _connect(fields: ExploreFields, events: ExploreEvents, opening: Listener) -> None:
    model, number, user_image, trigger, message = (
        fields.model,
        fields.number,
        fields.user_image,
        fields.trigger,
        fields.message,
    )
    safely = partial(with_errors_as_notes, message)
    image = [user_image, number, trigger]
    uploaded = [user_image, trigger, message]
    gr.on(
        [opening, number.blur, trigger.change],
        safely(events.show),
        [user_image, trigger, model, number],
        [fields.view, message],
        **LATEST_ONLY,
    )
    gr.on([model.change, opening], safely(events.list_files), model, [fields.downloads, message], **UNQUEUED)
    model.change(
        safely(events.change_model), [user_image, model, number], [*image, fields.label, message], **LATEST_ONLY
    )
    number.submit(lambda: (None, new_token()), None, [user_image, trigger], **UNQUEUED)
    fields.label.input(safely(events.next_of_class), [model, fields.label, number], [*image, message], **LATEST_ONLY)
    fields.random.click(safely(events.random_image), [model, fields.label], [*image, message], **UNQUEUED)
    fields.view.picked(lambda value: (None, value["index"], new_token()), fields.view, image, **LATEST_ONLY)
    fields.upload.upload(safely(events.upload), [model, number, fields.upload], uploaded, **UNQUEUED)
    fields.view.drawn(safely(events.draw), [model, number, fields.view], uploaded, **LATEST_ONLY)


@dataclass(frozen=True)
class ExploreEvents:
    """The tab's event handlers; each returns the outputs that `_connect` names. `id` is the model's run."""

    services: Services

    def show(self, user_image: UserImage | None, token: str, id: str, number: object) -> tuple[Update, str]:
        """Show the image. The token tells the figure to redraw an image that is chosen again."""
        run = self.services.runs.get(id)
        if user_image is not None and user_image.field == number:
            image = user_image_properties(run, user_image)
            message = "" if user_image.is_drawing else note(translate("explore.uploaded"))
        else:
            image, message = held_out_image_properties(run, image_number(run, number)), ""
        return gr.update(run=id, chosen={"run": id, "asked": token} | image), message

    def list_files(self, id: str) -> tuple[str, Update]:
        """Show the model's files; the message stays."""
        return downloads_html(id, self.services.runs.get(id)), gr.skip()

    def change_model(self, user_image: UserImage | None, id: str, number: object) -> tuple:
        """Keep the image if the new model can read it, and list the classes of its data set."""
        kept_number = image_number_or_zero(self.services.runs.get(id), number)
        labels = gr.update(choices=class_choices(self.services, id), value=ANY_CLASS)
        kept_image = self._if_readable(user_image and replace(user_image, field=kept_number), id)
        return kept_image, kept_number, new_token(), labels, ""

    def next_of_class(self, id: str, label: int, number: object) -> tuple:
        """Choose the next image of a class; after the last one, the first."""
        labels = self._labels(id)
        current = image_number_or_zero(self.services.runs.get(id), number)
        order = [*range(current + 1, len(labels)), *range(current + 1)]
        return None, next((i for i in order if label in (ANY_CLASS, labels[i])), current), new_token(), ""

    def random_image(self, id: str, label: int) -> tuple:
        """Choose a random image of a class. Raises SettingError if the class has no test images."""
        numbers = [i for i, other in enumerate(self._labels(id)) if label in (ANY_CLASS, other)]
        if not numbers:
            name = {label: name for name, label in class_choices(self.services, id)}[label]
            raise SettingError("class", name, Message("explore.class_rule"))
        return None, random.choice(numbers), new_token(), ""

    def upload(self, id: str, number: object, path: str) -> tuple:
        """Replace the test image by an uploaded picture. Raises PictureError."""
        return self._replace(id, UserImage(Path(path), number))

    def draw(self, id: str, number: object, figure_value: dict[str, Any]) -> tuple:
        """Replace the test image by a drawing. Raises PictureError."""
        user_image = UserImage.from_drawing(figure_value, number)
        return self._replace(id, user_image) if user_image else (gr.skip(), gr.skip(), gr.skip())

    def _replace(self, id: str, user_image: UserImage) -> tuple:
        """Raises PictureError if the model cannot read the picture."""
        user_image.pixels(self.services.runs.get(id).config.data.dataset)
        return user_image, new_token(), ""

    def _if_readable(self, user_image: UserImage | None, id: str) -> UserImage | None:
        """Return a picture unless the model cannot read it or it has been deleted."""
        with suppress(PictureError):
            if user_image:
                user_image.pixels(self.services.runs.get(id).config.data.dataset)
                return user_image
        return None

    def _labels(self, id: str) -> list[int]:
        return latent_map(self.services.runs.get(id)).labels.tolist()


def class_choices(services: Services, id: str | None) -> list[tuple[str, int]]:
    """Return "any" and the classes of a run's data set as (name, label)."""
    classes = dataset(services.runs.get(id).config.data.dataset).classes if id else ()
    return [(translate("explore.any_class"), ANY_CLASS), *((name, label) for label, name in enumerate(classes))]


def held_out_image_properties(run: Run, number: int) -> dict[str, object]:
    """Return what the figure needs of one held-out image: its number, class and position."""
    shown = latent_map(run)
    return {"index": number, "label": int(shown.labels[number])} | position(shown.plane, shown.codes.at(number))


def user_image_properties(run: Run, user_image: UserImage) -> dict[str, object]:
    """Return what the figure needs of a visitor's picture: pixels, novelty, likely class and position.

    Raises PictureError.
    """
    pixels = user_image.pixels(run.config.data.dataset)
    novelty = measure_novelty(run, pixels)
    label: dict[str, object] = {"label": most_likely_class([run], pixels)} if run.model.conditions else {}
    return (
        {
            "pixels": encoded(pixels.numpy()),
            "drawn": user_image.is_drawing,
            "error": novelty.error,
            "percentile": novelty.percentile,
            "isOutlier": novelty.is_outlier,
        }
        | label
        | position(latent_map(run).plane, encode(run.model, pixels).at(0))
    )


def position(plane: Plane, code: DiagonalGaussian) -> dict[str, object]:
    """Return a code's mean (D,) and, for a VAE, σ (D,) and the covariance on the map as [xx, xy, yy]."""
    if code.log_var.isinf().all():
        return {"code": code.mean.tolist(), "std": None, "covariance": None}
    (xx, xy), (_, yy) = plane.spread(code.log_var.exp()).tolist()
    return {"code": code.mean.tolist(), "std": code.std.tolist(), "covariance": [xx, xy, yy]}
