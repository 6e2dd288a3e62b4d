"""The third tab: from one image to another, and blends of three or four, with two models one above the other."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr

from ...analysis.latent_map import latent_map
from ..components import endpoints
from ..components.endpoints import LETTERS, UserImages
from ..components.figures import figure
from ..components.user_image import UserImage
from ..events import LATEST_ONLY, UNQUEUED, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services, runs_of_one_dataset
from ..translation import translated_label

OPENED = ("mnist-ae-2d", "mnist-vae-2d")


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, filled at the event `opening`, and return its two model lists."""
    choices = services.choices("")
    opened = [next((id for _, id in choices if id == name), choices[0][1] if choices else None) for name in OPENED]
    with gr.Row():
        upper = gr.Dropdown(
            choices,
            value=opened[0],
            label=translated_label("interpolate.upper"),
            info=translated_label("model.help"),
            elem_id="interpolate-upper",
            min_width=320,
        )
        lower = gr.Dropdown(
            choices,
            value=opened[1],
            label=translated_label("interpolate.lower"),
            info=translated_label("model.help"),
            elem_id="interpolate-lower",
            min_width=320,
        )
    with gr.Row():
        images, uploads = zip(*map(endpoints.endpoint_fields, LETTERS), strict=True)
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
    own, asked = gr.State({}), hidden_trigger()

    answer, told, brought = InterpolateEvents(services), partial(with_errors_as_notes, message), [own, asked, message]
    gr.on(
        [opening, asked.change, upper.change, lower.change, *(field.blur for field in images)],
        told(answer.show),
        [own, upper, lower, *images],
        [own, view, message],
        **LATEST_ONLY,
    )
    for end, (field, upload) in enumerate(zip(images, uploads, strict=True)):
        field.submit(partial(answer.by_number, end), own, [own, asked], **UNQUEUED)
        upload.upload(told(partial(answer.by_file, end)), [upload, own, upper, *images], brought, **UNQUEUED)
    view.drawn(told(answer.by_drawing), [view, own, upper, *images], brought, **LATEST_ONLY)
    view.picked(answer.by_point, [view, own, *images], [own, asked, *images], **LATEST_ONLY)
    pick.click(told(answer.at_random), [own, upper, *images], [own, asked, *images, message], **UNQUEUED)
    return upper, lower


@dataclass(frozen=True)
class InterpolateEvents:
    """What the tab's events bring about, see `with_errors_as_notes`. A visitor's pictures `own` go with the two models and the ends' fields.

    What changes an end answers with another `turn`, and then `show` draws.
    """

    services: Services

    def show(self, own: UserImages, top: str, bottom: str, *numbers: object) -> tuple:
        """The figure's state. A field with another number takes a picture's place."""
        kept = {end: picture for end, picture in own.items() if picture.field == numbers[end]}
        return (
            gr.skip() if kept == own else kept,
            gr.update(state=state(self.services, top, bottom, endpoints.chosen_endpoints(kept, numbers))),
            "",
        )

    def by_number(self, end: int, own: UserImages) -> tuple:
        return without(own, end), new_token()

    def by_file(self, end: int, path: str, own: UserImages, top: str, *numbers: object) -> tuple:
        return self.by_picture(end, UserImage(Path(path), numbers[end]), own, top, numbers)

    def by_drawing(self, told: dict[str, object], own: UserImages, top: str, *numbers: object) -> tuple:
        drawn = UserImage.from_drawing(told, numbers[told["end"]])
        return self.by_picture(told["end"], drawn, own, top, numbers) if drawn else (gr.skip(), gr.skip(), gr.skip())

    def by_picture(self, end: int, picture: UserImage, own: UserImages, top: str, numbers: tuple) -> tuple:
        """The picture at its end. Raises SettingError where none may stand, and PictureError if the network of the model `top` cannot read it."""
        brought = {**own, end: picture}
        endpoints.chosen_endpoints(brought, numbers)
        picture.pixels(self.services.runs.get(top).config.data.dataset)
        return brought, new_token(), ""

    def by_point(self, picked: dict[str, int], own: UserImages, *numbers: object) -> list[object]:
        """The image that was clicked on a map in an end's place."""
        end = picked["end"]
        return [
            without(own, end),
            new_token(),
            *(picked["index"] if end == other else number for other, number in enumerate(numbers)),
        ]

    def at_random(self, own: UserImages, top: str, *numbers: object) -> list[object]:
        """Other test images at all ends where there is something."""
        found = iter(random.sample(range(len(latent_map(self.services.runs.get(top)).labels)), len(numbers)))
        return [
            {},
            new_token(),
            *(next(found) if number != "" or end in own else "" for end, number in enumerate(numbers)),
            "",
        ]


def without(own: UserImages, end: int) -> UserImages:
    return {other: picture for other, picture in own.items() if other != end}


def state(services: Services, top: str, bottom: str, wanted: list[object]) -> dict[str, object]:
    """What the page needs: the ends, and their codes under both models. Raises SettingError, DatasetMismatchError or PictureError."""
    runs = runs_of_one_dataset(services, top, bottom, "interpolate.two_sets")
    told = endpoints.endpoint_state(runs, wanted)
    return {
        "ends": told["ends"],
        "rows": [
            {"run": id, "title": run.name, "codes": codes}
            for id, run, codes in zip((top, bottom), runs, told["codes"], strict=True)
        ],
    }
