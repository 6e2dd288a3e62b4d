"""The third tab: paths between two images, and blends of three or four, under two models."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from ...analysis.latent_map import latent_map
from ..components.endpoints import LETTERS, UserImages, chosen_endpoints, endpoint_fields, endpoint_state
from ..components.figures import figure
from ..components.model_list import model_list
from ..components.user_image import UserImage
from ..events import LATEST_ONLY, UNQUEUED, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services, opened_models, runs_of_one_dataset
from ..translation import translated_label

OPENED = ("mnist-ae-2d", "mnist-vae-2d")


@dataclass(frozen=True)
class InterpolateFields:
    """The tab's components.

    `user_images` holds the visitor's pictures by endpoint. An event that changes an endpoint writes to `trigger`, and
    the listener of `trigger` redraws.
    """

    upper: gr.Dropdown
    lower: gr.Dropdown
    numbers: Sequence[gr.Number | gr.Textbox]
    uploads: Sequence[gr.UploadButton]
    random: gr.Button
    message: gr.HTML
    view: gr.HTML
    user_images: gr.State
    trigger: gr.Textbox


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, which the event `opening` fills, and return its two model lists."""
    fields = _lay_out(services)
    _connect(fields, InterpolateEvents(services), opening)
    return fields.upper, fields.lower


def _lay_out(services: Services) -> InterpolateFields:
    choices = services.choices("")
    opened = opened_models(choices, OPENED)
    with gr.Row():
        upper = model_list(choices, opened[0], "interpolate.upper", "interpolate-upper")
        lower = model_list(choices, opened[1], "interpolate.lower", "interpolate-lower")
    with gr.Row():
        numbers, uploads = zip(*map(endpoint_fields, LETTERS), strict=True)
        pick = gr.Button(
            translated_label("interpolate.random"),
            elem_id="interpolate-random",
            elem_classes="vae-button",
            min_width=160,
        )
    gr.HTML(note(translated_label("interpolate.own_help")))
    message = gr.HTML(elem_id="interpolate-message")
    view = figure(
        "interpolate/interpolate", "vae-interpolate", "'picked' 'drawn'", state=None, elem_id="interpolate-figure"
    )
    return InterpolateFields(upper, lower, numbers, uploads, pick, message, view, gr.State({}), hidden_trigger())


def _connect(fields: InterpolateFields, events: InterpolateEvents, opening: Listener) -> None:
    numbers, user_images, trigger, message = fields.numbers, fields.user_images, fields.trigger, fields.message
    safely = partial(with_errors_as_notes, message)
    picture_inputs = [user_images, fields.upper, *numbers]
    picture_outputs = [user_images, trigger, message]
    gr.on(
        [opening, trigger.change, fields.upper.change, fields.lower.change, *(number.blur for number in numbers)],
        safely(events.show),
        [user_images, fields.upper, fields.lower, *numbers],
        [user_images, fields.view, message],
        **LATEST_ONLY,
    )
    for index, (number, upload) in enumerate(zip(numbers, fields.uploads, strict=True)):
        number.submit(partial(events.show_test_image, index), user_images, [user_images, trigger], **UNQUEUED)
        upload.upload(safely(partial(events.upload, index)), [upload, *picture_inputs], picture_outputs, **UNQUEUED)
    fields.view.drawn(safely(events.draw), [fields.view, *picture_inputs], picture_outputs, **LATEST_ONLY)
    fields.view.picked(
        events.pick, [fields.view, user_images, *numbers], [user_images, trigger, *numbers], **LATEST_ONLY
    )
    fields.random.click(
        safely(events.random_images), picture_inputs, [user_images, trigger, *numbers, message], **UNQUEUED
    )


@dataclass(frozen=True)
class InterpolateEvents:
    """The tab's event handlers; each returns the outputs that `_connect` names.

    `index` is that of an endpoint; `upper` and `lower` are the ids of the two models' runs.
    """

    services: Services

    def show(self, user_images: UserImages, upper: str, lower: str, *numbers: object) -> tuple:
        """Show the endpoints under both models. A picture stays while the number of its field is unchanged."""
        current = {index: image for index, image in user_images.items() if image.field == numbers[index]}
        state = figure_state(self.services, upper, lower, chosen_endpoints(current, numbers))
        return gr.skip() if current == user_images else current, gr.update(state=state), ""

    def show_test_image(self, index: int, user_images: UserImages) -> tuple:
        """Return to the test image of an endpoint's number."""
        return without(user_images, index), new_token()

    def upload(self, index: int, path: str, user_images: UserImages, upper: str, *numbers: object) -> tuple:
        """Put an uploaded picture at an endpoint. Raises SettingError and PictureError."""
        return self._replace(index, UserImage(Path(path), numbers[index]), user_images, upper, numbers)

    def draw(self, figure_value: dict[str, Any], user_images: UserImages, upper: str, *numbers: object) -> tuple:
        """Put a drawing at the endpoint `figure_value["end"]`. Raises SettingError and PictureError."""
        index = figure_value["end"]
        drawing = UserImage.from_drawing(figure_value, numbers[index])
        if drawing is None:
            return gr.skip(), gr.skip(), gr.skip()
        return self._replace(index, drawing, user_images, upper, numbers)

    def pick(self, picked: dict[str, int], user_images: UserImages, *numbers: object) -> list[object]:
        """Put the test image that was clicked on a map at an endpoint."""
        index = picked["end"]
        changed = [picked["index"] if other == index else number for other, number in enumerate(numbers)]
        return [without(user_images, index), new_token(), *changed]

    def random_images(self, user_images: UserImages, upper: str, *numbers: object) -> list[object]:
        """Put random test images at all endpoints that are not empty."""
        count = len(latent_map(self.services.runs.get(upper)).labels)
        chosen = iter(random.sample(range(count), len(numbers)))
        changed = [next(chosen) if number != "" or index in user_images else "" for index, number in enumerate(numbers)]
        return [{}, new_token(), *changed, ""]

    def _replace(
        self, index: int, image: UserImage, user_images: UserImages, upper: str, numbers: tuple[object, ...]
    ) -> tuple:
        """Raises SettingError if the endpoint may not be used, and PictureError if the upper model cannot read it."""
        changed = {**user_images, index: image}
        chosen_endpoints(changed, numbers)
        image.pixels(self.services.runs.get(upper).config.data.dataset)
        return changed, new_token(), ""


def without(user_images: UserImages, index: int) -> UserImages:
    """Return the pictures of all endpoints but one."""
    return {other: image for other, image in user_images.items() if other != index}


def figure_state(services: Services, upper: str, lower: str, endpoints: Sequence[object]) -> dict[str, object]:
    """Return what the figure needs: the endpoints, and their codes under both models.

    Raises SettingError, DatasetMismatchError and PictureError.
    """
    runs = runs_of_one_dataset(services, upper, lower, "interpolate.two_sets")
    state = endpoint_state(runs, endpoints)
    rows = [
        {"run": id, "title": run.name, "codes": codes}
        for id, run, codes in zip((upper, lower), runs, state["codes"], strict=True)
    ]
    return {"ends": state["ends"], "rows": rows}
