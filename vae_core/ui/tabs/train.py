"""The second tab: settings, a training watched live, and models saved and loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import gradio as gr

from ...config import ModelConfig, RunConfig
from ...datasets.registry import DataUnavailableError, held_out_images
from ...i18n.message import Message
from ...rules import SettingError, Widths
from ...runs.checkpoint import LARGEST, CheckpointError, parse
from ...runs.links import query
from ...runs.recipes import EXPERIMENTS, PRESETS
from ...runs.run import Run, measure
from ..components import downloads
from ..components.figures import figure
from ..events import LATEST_ONLY, QUEUED, QUIET, UNQUEUED, new_token, note
from ..services import Services, entry_label
from ..translation import translate, translated_label
from . import train_controls, train_uploads
from .train_controls import film_of
from .train_form import form, show_what_matters
from .train_status import staged, watched

WIDTHS = {"mlp": Widths.text(ModelConfig().hidden), "conv": "32,64"}


@dataclass(frozen=True)
class TrainTab:
    """`changed` is another owner when something was trained or loaded; `find_again` shows a visitor's job after the event it is given.

    `fields` are the form's, by the names of their settings.
    """

    changed: gr.State
    find_again: object
    fields: dict[str, gr.components.Component]


def build(services: Services, owner: gr.BrowserState) -> TrainTab:
    """Lay out the tab."""
    changed, submitted = (
        gr.State(""),
        gr.State(""),
    )  # two tabs or events may change one at once, which a count would not tell
    theatre = figure(
        "train/training_view", "vae-training-view", "'mounted'", film=None, elem_id="train-view", render=False
    )
    experiments = figure(
        "train/experiments", "vae-experiments", "'begun'", names=EXPERIMENTS, elem_id="train-experiments"
    )
    with gr.Row():
        with gr.Column(scale=2, min_width=300, elem_id="train-form"):
            with gr.Row():
                start = gr.Button(
                    translated_label("train.start"), variant="primary", elem_id="train-start", min_width=80
                )
                pause = gr.Button(translated_label("train.pause"), elem_id="train-pause", min_width=80)
                stop = gr.Button(translated_label("train.stop"), elem_id="train-stop", min_width=80)
            message = gr.HTML(elem_id="train-message")
            begin = train_controls.Beginning(owner, submitted, message, theatre)
            preset = gr.Dropdown(
                [(translate(f"preset.{name}"), name) for name in PRESETS],
                value=None,
                label=translated_label("train.preset"),
                info=translated_label("train.preset_help"),
                elem_id="train-preset",
            )
            train_controls.steering(services, owner, message)
            made = form()
            with made.own:
                find_own = train_uploads.build(services, owner, made.fields["dataset"], submitted)
            train_controls.sweeping(services, begin, made.fields)
            train_controls.going_on(services, owner, changed, begin)
            upload = gr.UploadButton(
                translated_label("train.load"), file_count="multiple", size="sm", elem_id="train-upload"
            )
            gr.HTML(note(translated_label("train.load_help")))
            copy = gr.Button(translated_label("download.form_link"), size="sm", elem_id="train-copy")
            gr.HTML(note(translated_label("download.form_link_help")))
            copied = figure("page/copy_link", "vae-copy-link", asked=None, elem_id="train-copy-result")
            address = figure("page/address_bar", "vae-address-bar", query=None, elem_id="train-address")
        with gr.Column(scale=5, min_width=340, elem_id="train-figure"):
            status = gr.HTML(note(translated_label("train.idle")), elem_id="train-status")
            theatre.render()
            many = figure("train/small_multiples", "vae-small-multiples", frames=[], elem_id="train-small-multiples")
            replay = gr.Dropdown(
                [],
                value=None,
                label=translated_label("train.replay"),
                info=translated_label("train.replay_help"),
                elem_id="train-replay",
            )

    fields = made.fields
    answer, course = TrainEvents(services, tuple(fields)), train_controls.ControlEvents(services)
    train = dict(
        fn=lambda owner, *given: course.train(owner, dict(zip(fields, given, strict=True))),
        inputs=[*begin.inputs, *fields.values()],
        outputs=begin.outputs,
        **QUEUED,
    )
    start.click(**train)
    experiments.begun(answer.begin, experiments, list(fields.values()), **UNQUEUED).then(**train)
    copy.click(answer.link, list(fields.values()), [copied, message], **UNQUEUED)
    gr.on([field.change for field in fields.values()], answer.address, list(fields.values()), address, **LATEST_ONLY)
    streamed = dict(fn=answer.follow, inputs=owner, outputs=[theatre, many, status, pause, changed], **QUEUED)
    submitted.change(**streamed)
    theatre.mounted(lambda owner: staged(services, owner), owner, [theatre, many], **UNQUEUED)
    stop.click(course.stop, owner, message, **UNQUEUED)
    pause.click(course.pause, owner, message, **UNQUEUED)
    upload.upload(answer.load, [owner, upload], [message, changed], **QUIET)
    show_what_matters(made)
    fields["network"].input(WIDTHS.get, fields["network"], fields["hidden"], **UNQUEUED)
    preset.input(answer.begin, preset, list(fields.values()), **UNQUEUED)
    replay.input(lambda id: gr.update(film=film_of(id)), replay, theatre, **UNQUEUED)
    relist = dict(fn=answer.films, inputs=owner, outputs=replay, **UNQUEUED)
    changed.change(**relist)
    return TrainTab(changed, lambda greeted: (greeted.then(**relist), find_own(greeted).then(**streamed)), fields)


@dataclass(frozen=True)
class TrainEvents:
    """What the tab's events bring about. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def config(self, values: Sequence[object]) -> RunConfig:
        """What the form's fields hold. Raises SettingError."""
        return RunConfig.of_form(dict(zip(self.names, values, strict=True)))

    def link(self, *values: object) -> tuple:
        """The form's settings for the clipboard; `at` tells two requests for the same link apart."""
        try:
            return gr.update(asked={"query": downloads.settings_query(self.config(values)), "at": perf_counter()}), ""
        except SettingError as error:
            return gr.skip(), note(error.message, is_error=True)

    def address(self, *values: object) -> dict[str, object]:
        """The form's settings for the page's own address, which keeps the last ones that are allowed."""
        try:
            return gr.update(query=query(self.config(values)))
        except SettingError:
            return gr.skip()

    def begin(self, name: str) -> list[object]:
        """The settings of a preset, in the order of the form."""
        values = RunConfig.from_flat(PRESETS[name]).flat()
        return [values[setting] for setting in self.names]

    async def follow(self, owner: str) -> AsyncIterator[tuple]:
        """Show the visitor's newest job until it ends, then say that there is something new. Without a job nothing has changed."""
        async for update in watched(self.services, owner):
            yield *update, gr.skip()
        yield *[gr.skip()] * 4, new_token() if self.services.jobs.latest(owner) else gr.skip()

    def films(self, owner: str) -> dict[str, object]:
        """The list of what can be replayed: the visitor's own runs, newest first."""
        return gr.update(
            choices=[(entry_label(entry), entry.id) for entry in self.services.runs.listing(owner) if entry.owner]
        )

    def load(self, owner: str, files: list[str]) -> tuple[str, object]:
        try:
            run = read_upload(files)
            self.services.check_owner(owner, run.config.data.dataset)
            run = self.services.runs.get(self.services.runs.add(run, owner))
        except (CheckpointError, DataUnavailableError) as error:
            return note(error.message, is_error=True), gr.skip()
        return note(translate("train.loaded", name=run.name)), new_token()


def read_upload(files: list[str]) -> Run:
    """A run from its two uploaded files, measured anew: what a file claims is not taken for a figure."""
    by_kind = {Path(file).suffix: Path(file) for file in files}
    if set(by_kind) != {".safetensors", ".json"} or len(files) != 2:
        raise CheckpointError(Message("train.two_files", {"names": tuple(Path(file).name for file in files)}))
    for path in by_kind.values():
        if path.stat().st_size > LARGEST:
            raise CheckpointError(Message("train.too_large", {"name": path.name, "size": path.stat().st_size // 2**20}))
    run = parse(by_kind[".safetensors"].read_bytes(), by_kind[".json"].read_bytes())
    return replace(run, metrics=run.metrics | measure(run.model, held_out_images(run.config.data.dataset)))
