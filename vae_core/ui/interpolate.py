"""The third tab: from one image to another, and blends of three or four, with two models one above the other."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr

from ..config import SettingError
from ..latent_map import latent_map
from ..pictures import PictureError
from . import ends
from .captions import caption, say
from .controls import note
from .ends import LETTERS, Ends, Own
from .figures import figure
from .services import Listener, Services, TwoDataSets, pair

OPENED = ("mnist-ae-2d", "mnist-vae-2d")


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, filled at the event `opening`, and return its two model lists."""
    choices = services.choices("")
    opened = [next((id for _, id in choices if id == name), choices[0][1] if choices else None) for name in OPENED]
    with gr.Row():
        upper = gr.Dropdown(choices, value=opened[0], label=caption("interpolate.upper"), info=caption("model.help"),
                            elem_id="interpolate-upper", min_width=320)
        lower = gr.Dropdown(choices, value=opened[1], label=caption("interpolate.lower"), info=caption("model.help"),
                            elem_id="interpolate-lower", min_width=320)
    with gr.Row():
        images, uploads = zip(*map(ends.choice, LETTERS))
        pick = gr.Button(caption("interpolate.random"), elem_id="interpolate-random", elem_classes="vae-button", min_width=160)
    gr.HTML(note(caption("interpolate.own_help")))
    message = gr.HTML(elem_id="interpolate-message")
    view = figure("interpolate", "vae-interpolate", "'picked' 'drawn'", state=None, elem_id="interpolate-figure")
    own = gr.State({})

    answer = Answers(services)
    quick = dict(queue=False, show_progress="hidden", api_visibility="private")
    asked, shown = [own, upper, lower, *images], [own, view, message]
    gr.on([upper.change, lower.change, *(field.blur for field in images)], answer.show, asked, shown, **quick)
    for end, (field, upload) in enumerate(zip(images, uploads)):
        field.submit(partial(answer.by_number, end), asked, shown, **quick)
        upload.upload(partial(answer.by_file, end), [upload, *asked], shown, **quick)
    pick.click(answer.at_random, [own, upper, *images], [own, *images], **quick).then(answer.show, asked, shown, **quick)
    view.picked(answer.by_point, [view, own, *images], [own, *images], **quick).then(answer.show, asked, shown, **quick)
    view.drawn(answer.by_drawing, [view, *asked], shown, trigger_mode="always_last", **quick)
    opening(answer.show, asked, shown, **quick)
    return upper, lower


@dataclass(frozen=True)
class Answers:
    """What the tab's events bring about. A visitor's pictures `own` go with the two models and the ends' fields."""

    services: Services

    def show(self, own: Ends, top: str, bottom: str, *numbers: object) -> tuple:
        """The figure's state, or a sentence that says why everything stays as it is. A field with another number takes a picture's place."""
        kept = {end: picture for end, picture in own.items() if picture.field == numbers[end]}
        try:
            return kept, gr.update(state=state(self.services, top, bottom, ends.wanted(kept, numbers))), ""
        except (SettingError, TwoDataSets, PictureError) as error:
            return gr.skip(), gr.skip(), note(str(error), wrong=True)
        except FileNotFoundError:
            return gr.skip(), gr.skip(), note(say("own.gone"), wrong=True)

    def by_number(self, end: int, own: Ends, *asked: object) -> tuple:
        return self.show(without(own, end), *asked)

    def by_file(self, end: int, path: str, own: Ends, top: str, bottom: str, *numbers: object) -> tuple:
        return self.show({**own, end: Own(Path(path), numbers[end])}, top, bottom, *numbers)

    def by_drawing(self, told: dict[str, object], own: Ends, top: str, bottom: str, *numbers: object) -> tuple:
        """`told` has a PNG as base64 in `drawing`, unless the visitor has meanwhile pointed at an image of a map."""
        if "drawing" not in told:
            return gr.skip(), gr.skip(), gr.skip()
        drawn = Own(base64.b64decode(told["drawing"]), numbers[told["end"]])
        return self.show({**own, told["end"]: drawn}, top, bottom, *numbers)

    def by_point(self, picked: dict[str, int], own: Ends, *numbers: object) -> list[object]:
        """The image that was clicked on a map in an end's place."""
        return [without(own, picked["end"]), *(picked["index"] if end == picked["end"] else number for end, number in enumerate(numbers))]

    def at_random(self, own: Ends, top: str, *numbers: object) -> list[object]:
        """Other test images at all ends where there is something."""
        found = iter(random.sample(range(len(latent_map(self.services.runs.get(top)).labels)), len(numbers)))
        return [{}, *(next(found) if number != "" or end in own else "" for end, number in enumerate(numbers))]


def without(own: Ends, end: int) -> Ends:
    return {other: picture for other, picture in own.items() if other != end}


def state(services: Services, top: str, bottom: str, wanted: list[object]) -> dict[str, object]:
    """What the page needs: the ends, and their codes under both models. Raises SettingError, TwoDataSets or PictureError."""
    runs = pair(services, top, bottom, "interpolate.two_sets")
    told = ends.state(runs, wanted)
    return {"ends": told["ends"], "rows": [{"run": id, "title": run.name, "codes": codes} for id, run, codes in zip((top, bottom), runs, told["codes"])]}
