"""The fourth tab: what two models make of the same noise and of the same images."""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress

import gradio as gr
import numpy as np
from torch import Tensor

from ...config import settings
from ...datasets.registry import Images, dataset, held_out_images
from ...latent.codes import decode, encode, sample
from ...models.autoencoder import Autoencoder
from ...rules import check
from ...runs.catalog import UnknownRunError
from ...runs.run import Run
from ...training.monitor import as_bytes, one_per_class
from ..components.figures import figure, image_row, image_rows
from ..components.image_number import image_number, image_number_or_zero
from ..events import LATEST_ONLY, UNQUEUED, hidden_trigger, new_token, note, with_errors_as_notes
from ..services import Listener, Services, runs_of_one_dataset
from ..translation import translate, translated_label

OPENED = ("mnist-ae-2d", "mnist-vae-2d")
SIDE, SHOWN, MOST_NUMBERS = 8, 10, 4
SEEDS = settings()["seed"].metadata["rule"]
TABLE = {
    "parameters": ",.0f",
    "reconstruction": ",.1f",
    "kl": ".2f",
    "elbo": ",.1f",
    "active_units": ".0f",
    "mutual_information": ".1f",
    "mig": ".2f",
    "disentanglement": ".2f",
    "completeness": ".2f",
    "informativeness": ".2f",
    "clustering_accuracy": ".1%",
    "accuracy": ".1%",
    "seconds": ",.0f",
}
TERMS, MOST_CURVES = ("total", "reconstruction", "kl"), 8
ALWAYS = (
    "parameters",
    "reconstruction",
    "kl",
    "elbo",
    "seconds",
)  # rows that stay even where neither model has such a figure


def build(services: Services, opening: Listener) -> tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown]:
    """Lay out the tab, filled at the event `opening`, and return its lists of models: left, right, and those whose curves are drawn."""
    choices = services.choices("")
    opened = [next((id for _, id in choices if id == name), choices[0][1] if choices else None) for name in OPENED]
    with gr.Row():
        left = gr.Dropdown(
            choices,
            value=opened[0],
            label=translated_label("compare.left"),
            info=translated_label("model.help"),
            elem_id="compare-left",
            min_width=320,
        )
        right = gr.Dropdown(
            choices,
            value=opened[1],
            label=translated_label("compare.right"),
            info=translated_label("model.help"),
            elem_id="compare-right",
            min_width=320,
        )
    with gr.Row():
        number = gr.Number(
            0,
            label=translated_label("compare.number"),
            info=translated_label("compare.number_help"),
            elem_id="compare-number",
        )
        seed = gr.Number(
            0,
            label=translated_label("compare.seed"),
            info=translated_label("compare.seed_help"),
            elem_id="compare-seed",
        )
        resample = gr.Button(
            translated_label("compare.resample"), elem_id="compare-resample", elem_classes="vae-button", min_width=160
        )
    message = gr.HTML(elem_id="compare-message")
    maps = side_by_side(
        lambda name: figure(
            "compare/linked_map", "vae-map-container", "'picked'", run=None, chosen=None, elem_id=f"compare-map-{name}"
        )
    )
    pictures = side_by_side(
        lambda name: image_rows(elem_id=f"compare-images-{name}")
    )  # below both maps: on a phone nothing stands between these
    table, asked = gr.HTML(elem_id="compare-table"), hidden_trigger()
    several = build_curves(services, opening, choices, opened)

    def show(first: str, second: str, given_seed: object, given_number: object):
        runs = runs_of_one_dataset(services, first, second, "compare.two_sets")
        draws, chosen = check("seed", SEEDS, given_seed), image_number(runs[0], given_number)
        return [
            note(remark(*runs)),
            *[gr.update(run=id, chosen=chosen) for id in (first, second)],
            *[gr.update(rows=rows(run, draws, chosen)) for run in runs],
            table_of(*runs),
        ]

    def stay(first: str, second: str, given_number: object):
        """The image that was chosen, if the models' data set has one of that number, which another set may not."""
        return (
            image_number_or_zero(runs_of_one_dataset(services, first, second, "compare.two_sets")[0], given_number),
            new_token(),
            "",
        )

    gr.on(
        [opening, asked.change, seed.submit, seed.blur, number.submit, number.blur],
        with_errors_as_notes(message, show),
        [left, right, seed, number],
        [message, *maps, *pictures, table],
        **LATEST_ONLY,
    )
    gr.on(
        [left.change, right.change],
        with_errors_as_notes(message, stay),
        [left, right, number],
        [number, asked, message],
        **LATEST_ONLY,
    )
    resample.click(lambda: (secrets.randbelow(10_000), new_token()), None, [seed, asked], **UNQUEUED)
    for view in maps:
        view.picked(lambda told: (told["index"], new_token()), view, [number, asked], **LATEST_ONLY)
    return left, right, several


def side_by_side(make: Callable[[str], gr.HTML]) -> list[gr.HTML]:
    """What `make` makes for "left" and for "right", beside each other where there is room."""
    made = []
    with gr.Row():
        for name in ("left", "right"):
            with gr.Column(min_width=320):
                made.append(make(name))
    return made


def build_curves(
    services: Services, opening: Listener, choices: list[tuple[str, str]], opened: list[str | None]
) -> gr.Dropdown:
    """Several models' curves in one figure, drawn at the event `opening`; their list."""
    with gr.Row():
        several = gr.Dropdown(
            choices,
            value=[id for id in opened if id],
            multiselect=True,
            max_choices=MOST_CURVES,
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

    def draw(ids: list[str], name: str):
        runs = []
        for id in ids:
            with suppress(UnknownRunError):  # a run that has gone since the page was opened
                runs.append({"id": id, "name": services.runs.get(id).name})
        return gr.update(shown={"runs": runs, "term": name})

    gr.on([opening, several.change, term.change], draw, [several, term], chart, **LATEST_ONLY)
    return several


def rows(run: Run, seed: int, number: int) -> list[dict[str, object]]:
    """The chosen held-out image and its reconstruction, samples, some held-out images and theirs, for `tiles`."""
    draws = decode(run.model, *sample(run.model, SIDE * SIDE, seed))
    images = held_out_images(run.config.data.dataset)
    some = one_per_class(images, SHOWN)
    one, code, one_again = seen(run, images, [number])
    originals, _, again = seen(run, images, some)
    return [
        image_row(say_chosen(run, images, number, code[0].tolist()), np.concatenate([one, one_again]), SHOWN),
        image_row(translate("compare.samples"), as_bytes(draws), SIDE),
        image_row(translate("compare.originals"), originals, SHOWN),
        image_row(translate("compare.reconstructions"), again, SHOWN),
    ]


def seen(run: Run, images: Images, numbers: Sequence[int] | Tensor) -> tuple[np.ndarray, Tensor, np.ndarray]:
    """Some images, their codes, and what the model makes of these."""
    pixels, labels = images.pixels[numbers], images.labels[numbers]
    codes = encode(run.model, pixels, labels).mean
    return pixels.numpy(), codes, as_bytes(decode(run.model, codes, labels))


def say_chosen(run: Run, images: Images, number: int, code: list[float]) -> str:
    """An image's number, its class if there is more than one, and its code."""
    classes = dataset(run.config.data.dataset).classes
    numbers = ", ".join(f"{value:.2f}".replace("-", "−") for value in code[:MOST_NUMBERS]) + (
        ", …" if len(code) > MOST_NUMBERS else ""
    )
    known = {"n": number, "code": numbers}
    return (
        translate("compare.chosen", name=classes[images.labels[number]], **known)
        if len(classes) > 1
        else translate("compare.chosen_unlabelled", **known)
    )


def remark(first: Run, second: Run) -> str:
    """What the noise of the two has in common, and whether their errors are on one scale."""
    a, b = first.model.noise_dim, second.model.noise_dim
    said = (
        translate("compare.same_noise")
        if a == b
        else translate("compare.other_noise", a=a, b=b, common=min(a, b), extra=abs(a - b))
    )
    said += "".join(
        " " + translate("compare.own_prior", name=run.name) for run in (first, second) if has_own_prior(run)
    )
    same = scale_of(first.model) == scale_of(second.model)
    return said if same else f"{said} {translate('compare.likelihoods')}"


def scale_of(model: Autoencoder) -> tuple[str, float]:
    """What a reconstruction term's scale depends on: the likelihood, and σ if it has one."""
    return model.likelihood, float(model.sigma) if model.likelihood.startswith("gaussian") else 0.0


def has_own_prior(run: Run) -> bool:
    """Whether the model draws from something else than N(0, I)."""
    return run.model.prior() is not None and not run.model.has_standard_prior


def table_of(*runs: Run) -> str:
    """Parameters, errors and time of the runs, as HTML."""
    known = [
        run.metrics | ({"elbo": -run.metrics["negative_elbo"]} if "negative_elbo" in run.metrics else {})
        for run in runs
    ]
    head = "".join(f'<th scope="col">{html.escape(run.name)}</th>' for run in runs)
    rows = {
        name: "".join(f"<td>{cell(metrics.get(name), form)}</td>" for metrics in known)
        for name, form in TABLE.items()
        if name in ALWAYS or any(name in metrics for metrics in known)
    }
    body = "".join(
        f'<tr><th scope="row">{translate(f"compare.table.{name}")}</th>{cells}</tr>' for name, cells in rows.items()
    )
    return f'<table class="vae-table"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


def cell(value: float | None, form: str) -> str:
    """A number, or the owner for none: an autoencoder has no KL and no ELBO."""
    return translate("compare.table.none") if value is None else format(value, form).replace("-", "−")
