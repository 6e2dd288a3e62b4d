"""The fourth tab: two models side by side, on the same noise and the same images, and training curves of several."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import gradio as gr
import numpy as np
from torch import Tensor

from ...config import settings
from ...datasets.registry import ImageSet, dataset, held_out_images
from ...latent.codes import decode, encode, sample
from ...models.autoencoder import Autoencoder
from ...rules import check
from ...runs.catalog import UnknownRunError
from ...runs.run import Run
from ...training.monitor import as_bytes, one_per_class
from ..components.figures import figure, image_row, image_rows
from ..components.image_number import image_number, image_number_or_zero
from ..components.metrics_table import metrics_table
from ..components.model_list import model_list
from ..events import LATEST_ONLY, UNQUEUED, Update, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services, opened_models, runs_of_one_dataset
from ..translation import translate, translated_label

OPENED = ("mnist-ae-2d", "mnist-vae-2d")
SAMPLE_COLUMNS = 8  # of a square grid of samples
IMAGE_COLUMNS = 10
MAX_CODE_NUMBERS = 4
MAX_CURVES = 8
MAX_RANDOM_SEED = 10_000
TERMS = ("total", "reconstruction", "kl")


@dataclass(frozen=True)
class CompareFields:
    """The tab's components. An event that changes image or noise writes to `trigger`, whose listener redraws."""

    left: gr.Dropdown
    right: gr.Dropdown
    number: gr.Number
    seed: gr.Number
    resample: gr.Button
    message: gr.HTML
    maps: list[gr.HTML]
    images: list[gr.HTML]
    table: gr.HTML
    trigger: gr.Textbox


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, which the event `opening` fills.

    Return its model lists: the left model, the right one, and those whose curves are drawn.
    """
    fields = _lay_out(services)
    _connect(fields, CompareEvents(services), opening)
    return fields.left, fields.right, _build_curves(services, opening)


def _lay_out(services: Services) -> CompareFields:
    choices = services.choices("")
    opened = opened_models(choices, OPENED)
    with gr.Row():
        left = model_list(choices, opened[0], "compare.left", "compare-left")
        right = model_list(choices, opened[1], "compare.right", "compare-right")
    with gr.Row():
        number = _number("number")
        seed = _number("seed")
        resample = gr.Button(
            translated_label("compare.resample"), elem_id="compare-resample", elem_classes="vae-button", min_width=160
        )
    message = gr.HTML(elem_id="compare-message")
    maps = _side_by_side(
        lambda side: figure(
            "compare/linked_map", "vae-map-container", "'picked'", run=None, chosen=None, elem_id=f"compare-map-{side}"
        )
    )
    # The images of both models come below both maps: on a phone nothing separates the maps.
    images = _side_by_side(lambda side: image_rows(elem_id=f"compare-images-{side}"))
    table = gr.HTML(elem_id="compare-table")
    return CompareFields(left, right, number, seed, resample, message, maps, images, table, hidden_trigger())


def _number(name: str) -> gr.Number:
    return gr.Number(
        0,
        label=translated_label(f"compare.{name}"),
        info=translated_label(f"compare.{name}_help"),
        elem_id=f"compare-{name}",
    )


def _side_by_side(make: Callable[[str], gr.HTML]) -> list[gr.HTML]:
    """Return the components that `make` makes for "left" and "right", in two columns where there is room."""
    components = []
    with gr.Row():
        for side in ("left", "right"):
            with gr.Column(min_width=320):
                components.append(make(side))
    return components


def _connect(fields: CompareFields, events: CompareEvents, opening: Listener) -> None:
    left, right, number, seed, trigger = fields.left, fields.right, fields.number, fields.seed, fields.trigger
    safely = partial(with_errors_as_notes, fields.message)
    gr.on(
        [opening, trigger.change, seed.submit, seed.blur, number.submit, number.blur],
        safely(events.show),
        [left, right, seed, number],
        [fields.message, *fields.maps, *fields.images, fields.table],
        **LATEST_ONLY,
    )
    gr.on(
        [left.change, right.change],
        safely(events.change_models),
        [left, right, number],
        [number, trigger, fields.message],
        **LATEST_ONLY,
    )
    fields.resample.click(lambda: (secrets.randbelow(MAX_RANDOM_SEED), new_token()), None, [seed, trigger], **UNQUEUED)
    for view in fields.maps:
        view.picked(lambda picked: (picked["index"], new_token()), view, [number, trigger], **LATEST_ONLY)


def _build_curves(services: Services, opening: Listener) -> gr.Dropdown:
    """Lay out the figure with several models' curves, which the event `opening` fills, and return its model list."""
    choices = services.choices("")
    with gr.Row():
        models = gr.Dropdown(
            choices,
            value=[id for id in opened_models(choices, OPENED) if id],
            multiselect=True,
            max_choices=MAX_CURVES,
            label=translated_label("compare.curve_models"),
            info=translated_label("compare.curve_models_help"),
            elem_id="compare-curve-models",
            min_width=320,
        )
        term = gr.Radio(
            [(translated_label(f"compare.term_{name}"), name) for name in TERMS],
            value="total",
            label=translated_label("compare.term"),
            info=translated_label("compare.term_help"),
            elem_id="compare-term",
        )
    chart = figure("train/curves", "vae-curves", shown=None, elem_id="compare-curves")
    gr.on(
        [opening, models.change, term.change],
        CompareEvents(services).draw_curves,
        [models, term],
        chart,
        **LATEST_ONLY,
    )
    return models


@dataclass(frozen=True)
class CompareEvents:
    """The tab's event handlers; each returns the outputs that `_connect` names. `left` and `right` are ids of runs."""

    services: Services

    def show(self, left: str, right: str, seed: object, number: object) -> list[object]:
        """Show both models. Raises DatasetMismatchError and SettingError."""
        runs = runs_of_one_dataset(self.services, left, right, "compare.two_sets")
        checked_seed = check("seed", settings()["seed"].metadata["rule"], seed)
        chosen = image_number(runs[0], number)
        return [
            note(comparison_remarks(*runs)),
            *[gr.update(run=id, chosen=chosen) for id in (left, right)],
            *[gr.update(rows=rows_of_images(run, checked_seed, chosen)) for run in runs],
            metrics_table(runs),
        ]

    def change_models(self, left: str, right: str, number: object) -> tuple[int, str, str]:
        """Keep the test image if the new models' data set has one of that number. Raises DatasetMismatchError."""
        runs = runs_of_one_dataset(self.services, left, right, "compare.two_sets")
        return image_number_or_zero(runs[0], number), new_token(), ""

    def draw_curves(self, ids: Sequence[str], term: str) -> Update:
        """Draw one term of the runs that still exist."""
        runs = []
        for id in ids:
            with suppress(UnknownRunError):
                runs.append({"id": id, "name": self.services.runs.get(id).name})
        return gr.update(shown={"runs": runs, "term": term})


def rows_of_images(run: Run, seed: int, number: int) -> list[dict[str, object]]:
    """Return rows for `image_rows`: the chosen image and its reconstruction, samples, held-out images and theirs."""
    samples = decode(run.model, *sample(run.model, SAMPLE_COLUMNS**2, seed))
    images = held_out_images(run.config.data.dataset)
    chosen, codes, chosen_again = reconstruct(run, images, [number])
    originals, _, reconstructions = reconstruct(run, images, one_per_class(images, IMAGE_COLUMNS))
    caption = image_caption(run, int(images.labels[number]), number, codes[0].tolist())
    return [
        image_row(caption, np.concatenate([chosen, chosen_again]), IMAGE_COLUMNS),
        image_row(translate("compare.samples"), as_bytes(samples), SAMPLE_COLUMNS),
        image_row(translate("compare.originals"), originals, IMAGE_COLUMNS),
        image_row(translate("compare.reconstructions"), reconstructions, IMAGE_COLUMNS),
    ]


def reconstruct(run: Run, images: ImageSet, numbers: Sequence[int]) -> tuple[np.ndarray, Tensor, np.ndarray]:
    """Return some images as bytes (N, C, H, W), their codes (N, D) and their reconstructions as bytes."""
    pixels, labels = images.pixels[numbers], images.labels[numbers]
    codes = encode(run.model, pixels, labels).mean
    return pixels.numpy(), codes, as_bytes(decode(run.model, codes, labels))


def image_caption(run: Run, label: int, number: int, code: Sequence[float]) -> str:
    """Return an image's number, its class if the data set has several, and the first numbers of its code."""
    classes = dataset(run.config.data.dataset).classes
    numbers = [f"{value:.2f}".replace("-", "−") for value in code[:MAX_CODE_NUMBERS]]
    shown = ", ".join(numbers + ["…"] * (len(code) > MAX_CODE_NUMBERS))
    if len(classes) > 1:
        return translate("compare.chosen", name=classes[label], n=number, code=shown)
    return translate("compare.chosen_unlabelled", n=number, code=shown)


def comparison_remarks(first: Run, second: Run) -> str:
    """Return what two runs' noise has in common, and a warning if their errors are on different scales."""
    a, b = first.model.noise_dim, second.model.noise_dim
    sentences = [
        translate("compare.same_noise")
        if a == b
        else translate("compare.other_noise", a=a, b=b, common=min(a, b), extra=abs(a - b))
    ]
    sentences += [translate("compare.own_prior", name=run.name) for run in (first, second) if has_own_prior(run)]
    if error_scale(first.model) != error_scale(second.model):
        sentences.append(translate("compare.likelihoods"))
    return " ".join(sentences)


def error_scale(model: Autoencoder) -> tuple[str, float]:
    """Return what sets the scale of a reconstruction term: the likelihood, and its σ or 0."""
    return model.likelihood, float(model.sigma) if model.likelihood.startswith("gaussian") else 0.0


def has_own_prior(run: Run) -> bool:
    """Whether the model samples from another prior than N(0, I)."""
    return run.model.prior() is not None and not run.model.has_standard_prior
