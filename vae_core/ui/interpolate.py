"""The third tab: from one image to another, and blends of three or four, with two models one above the other."""

from __future__ import annotations

import random

import gradio as gr

from ..config import SettingError
from ..latent_map import latent_map
from .captions import caption, say
from .controls import image_number, note
from .figures import figure
from .services import Listener, Services, TwoDataSets, pair

OPENED = ("mnist-ae-2d", "mnist-vae-2d")
IMAGES = {"a": 0, "b": 8}  # a 7 and a 5 of MNIST
MORE = {"c": "interpolate.third_help", "d": "interpolate.fourth_help"}


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, filled at the event `opening`, and return its two model lists."""
    choices = services.choices("")
    opened = [next((id for _, id in choices if id == name), choices[0][1] if choices else None) for name in OPENED]
    with gr.Row():
        upper = gr.Dropdown(choices, value=opened[0], label=caption("interpolate.upper"), info=caption("model.help"), elem_id="interpolate-upper", min_width=320)
        lower = gr.Dropdown(choices, value=opened[1], label=caption("interpolate.lower"), info=caption("model.help"), elem_id="interpolate-lower", min_width=320)
    with gr.Row():
        images = [gr.Number(number, label=caption(f"interpolate.{end}"), info=caption("interpolate.image_help"), elem_id=f"interpolate-{end}", min_width=140)
                  for end, number in IMAGES.items()]
        images += [gr.Textbox("", max_lines=1, label=caption(f"interpolate.{end}"), info=caption(about), elem_id=f"interpolate-{end}", min_width=140)
                   for end, about in MORE.items()]  # a gr.Number that is empty says 0
        pick = gr.Button(caption("interpolate.random"), elem_id="interpolate-random", elem_classes="vae-button", min_width=160)
    message = gr.HTML(elem_id="interpolate-message")
    view = figure("interpolate", "vae-interpolate", "'picked'", state=None, elem_id="interpolate-figure")

    def show(top: str, bottom: str, *numbers: object):
        try:
            return gr.update(state=state(services, top, bottom, wanted(numbers))), ""
        except (SettingError, TwoDataSets) as error:
            return gr.skip(), note(str(error), wrong=True)

    def at_random(top: str, *numbers: object):
        found = iter(random.sample(range(len(latent_map(services.runs.get(top)).labels)), len(numbers)))
        return [next(found) if number != "" else "" for number in numbers]

    quick = dict(queue=False, show_progress="hidden", api_visibility="private")
    shown = ([upper, lower, *images], [view, message])
    gr.on([upper.change, lower.change, *(event for field in images for event in (field.submit, field.blur))], show, *shown, **quick)
    pick.click(at_random, [upper, *images], images, **quick).then(show, *shown, **quick)
    view.picked(replaced, [view, *images], images, **quick).then(show, *shown, **quick)
    opening(show, *shown, **quick)
    return upper, lower


def wanted(numbers: tuple[object, ...]) -> list[object]:
    """The images to join: A and B, and C and D where they are filled in. Raises SettingError."""
    *first, third, fourth = numbers
    if third == "" != fourth:
        raise SettingError("image D", fourth, say("interpolate.without_third"))
    return [*first, *(number for number in (third, fourth) if number != "")]


def replaced(picked: dict[str, int], *numbers: object) -> list[object]:
    """The numbers of the images, with the one that was clicked on a map in its place."""
    return [picked["index"] if i == picked["end"] else number for i, number in enumerate(numbers)]


def state(services: Services, top: str, bottom: str, numbers: list[object]) -> dict[str, object]:
    """What the page needs: the images' numbers, and their codes under both models. Raises SettingError or TwoDataSets."""
    runs = pair(services, top, bottom, "interpolate.two_sets")
    maps = [latent_map(run) for run in runs]
    chosen = [image_number(runs[0], number) for number in numbers]
    return {"ends": [{"index": number, "label": int(maps[0].labels[number])} for number in chosen],
            "rows": [{"run": id, "title": run.name, "codes": [known.code(number).tolist() for number in chosen]}
                     for id, run, known in zip((top, bottom), runs, maps)]}
