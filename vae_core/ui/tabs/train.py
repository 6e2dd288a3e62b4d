"""The second tab: the training form, a live view of a training, and models loaded from files."""

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
from ...runs.checkpoint import MAX_WEIGHT_BYTES, CheckpointError, parse
from ...runs.links import query
from ...runs.recipes import EXPERIMENTS, PRESETS
from ...runs.run import Run, measure
from ..components.downloads import settings_query
from ..components.figures import figure
from ..components.upload_button import upload_button
from ..events import LATEST_ONLY, QUEUED, QUIET, UNQUEUED, Update, new_token, note
from ..services import Listener, Services, entry_label
from ..translation import translate, translated_label
from . import train_uploads
from .train_controls import (
    ControlEvents,
    StartContext,
    build_change_panel,
    build_continue_panel,
    build_sweep_panel,
    recording_source,
)
from .train_form import Form, SettingField, build_form
from .train_status import current_view, follow_job

DEFAULT_WIDTHS = {"mlp": Widths.text(ModelConfig().hidden), "conv": "32,64"}


@dataclass(frozen=True)
class TrainingColumn:
    """The right column: the status, the live view, a sweep's maps and the list of recordings."""

    status: gr.HTML
    view: gr.HTML
    maps: gr.HTML
    replay: gr.Dropdown


@dataclass(frozen=True)
class FormColumn:
    """The left column: buttons and form, and what copies or remembers the form's link."""

    start: gr.Button
    pause: gr.Button
    stop: gr.Button
    message: gr.HTML
    preset: gr.Dropdown
    form: Form
    uploads: train_uploads.UploadPanel
    load: gr.UploadButton
    copy: gr.Button
    copied: gr.HTML
    address: gr.HTML


class TrainTab:
    """The tab. `changed` gets a new token whenever a model was trained or loaded."""

    def __init__(self, services: Services, owner: gr.BrowserState) -> None:
        self.services, self.owner = services, owner
        # Tokens, not counters: two pages of one visitor may change a state at the same time.
        self.changed, self.submitted = gr.State(""), gr.State("")
        view = figure(
            "train/training_view", "vae-training-view", "'mounted'", recording=None, elem_id="train-view", render=False
        )
        self.experiments = figure(
            "train/experiments", "vae-experiments", "'begun'", names=EXPERIMENTS, elem_id="train-experiments"
        )
        with gr.Row():
            with gr.Column(scale=2, min_width=300, elem_id="train-form"):
                self.left = self._build_form_column(view)
            with gr.Column(scale=5, min_width=340, elem_id="train-figure"):
                self.right = _build_training_column(view)
        self.events = TrainEvents(services, self.left.form.names)
        self._connect_form()
        self._connect_training()

    @property
    def fields(self) -> dict[str, SettingField]:
        """The form's fields by the names of their settings."""
        return self.left.form.fields

    def restore_after(self, opened: gr.events.Dependency) -> None:
        """Show the visitor's recordings, uploads and newest job after the event `opened`."""
        opened.then(self.events.list_recordings, self.owner, self.right.replay, **UNQUEUED)
        self._follow_job_after(self.left.uploads.restore_after(opened).then)

    def _follow_job_after(self, event: Listener) -> None:
        left, right = self.left, self.right
        shown = [right.view, right.maps, right.status, left.pause, self.changed]
        event(self.events.follow, self.owner, shown, **QUEUED)

    def _build_form_column(self, view: gr.HTML) -> FormColumn:
        with gr.Row():
            start = gr.Button(translated_label("train.start"), variant="primary", elem_id="train-start", min_width=80)
            pause = gr.Button(translated_label("train.pause"), elem_id="train-pause", min_width=80)
            stop = gr.Button(translated_label("train.stop"), elem_id="train-stop", min_width=80)
        message = gr.HTML(elem_id="train-message")
        context = StartContext(self.owner, self.submitted, message, view)
        preset = gr.Dropdown(
            [(translate(f"preset.{name}"), name) for name in PRESETS],
            value=None,
            label=translated_label("train.preset"),
            info=translated_label("train.preset_help"),
            elem_id="train-preset",
        )
        build_change_panel(self.services, self.owner, message)
        form = build_form()
        with form.uploads:
            uploads = train_uploads.UploadPanel(self.services, self.owner, form.fields["dataset"], self.submitted)
        build_sweep_panel(self.services, context, form)
        build_continue_panel(self.services, self.changed, context)
        load = upload_button("train.load", file_count="multiple", size="sm", elem_id="train-upload")
        gr.HTML(note(translated_label("train.load_help")))
        copy = gr.Button(translated_label("download.form_link"), size="sm", elem_id="train-copy")
        gr.HTML(note(translated_label("download.form_link_help")))
        copied = figure("page/copy_link", "vae-copy-link", asked=None, elem_id="train-copy-result")
        address = figure("page/address_bar", "vae-address-bar", query=None, elem_id="train-address")
        return FormColumn(start, pause, stop, message, preset, form, uploads, load, copy, copied, address)

    def _connect_form(self) -> None:
        left, events, inputs = self.left, self.events, self.left.form.inputs
        left.copy.click(events.copy_link, inputs, [left.copied, left.message], **UNQUEUED)
        gr.on([field.change for field in inputs], events.address, inputs, left.address, **LATEST_ONLY)
        network, hidden = self.fields["network"], self.fields["hidden"]
        network.input(DEFAULT_WIDTHS.get, network, hidden, **UNQUEUED)
        left.preset.input(events.fill_form, left.preset, inputs, **UNQUEUED)
        left.load.upload(events.load, [self.owner, left.load], [left.message, self.changed], **QUIET)

    def _connect_training(self) -> None:
        left, right, events = self.left, self.right, self.events
        controls = ControlEvents(self.services)

        def train(owner: str, *values: object) -> tuple:
            return controls.train(owner, dict(zip(left.form.names, values, strict=True)))

        context = StartContext(self.owner, self.submitted, left.message, right.view)
        inputs = [self.owner, *left.form.inputs]
        left.start.click(train, inputs, context.outputs, **QUEUED)
        filled = self.experiments.begun(events.fill_form, self.experiments, left.form.inputs, **UNQUEUED)
        filled.then(train, inputs, context.outputs, **QUEUED)
        left.stop.click(controls.stop, self.owner, left.message, **UNQUEUED)
        left.pause.click(controls.pause, self.owner, left.message, **UNQUEUED)
        self._follow_job_after(self.submitted.change)
        right.view.mounted(
            lambda owner: current_view(self.services, owner), self.owner, [right.view, right.maps], **UNQUEUED
        )
        right.replay.input(lambda id: gr.update(recording=recording_source(id)), right.replay, right.view, **UNQUEUED)
        self.changed.change(events.list_recordings, self.owner, right.replay, **UNQUEUED)


def _build_training_column(view: gr.HTML) -> TrainingColumn:
    status = gr.HTML(note(translated_label("train.idle")), elem_id="train-status")
    view.render()
    maps = figure("train/small_multiples", "vae-small-multiples", frames=[], elem_id="train-small-multiples")
    replay = gr.Dropdown(
        [],
        value=None,
        label=translated_label("train.replay"),
        info=translated_label("train.replay_help"),
        elem_id="train-replay",
    )
    return TrainingColumn(status, view, maps, replay)


@dataclass(frozen=True)
class TrainEvents:
    """The tab's event handlers. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def config(self, values: Sequence[object]) -> RunConfig:
        """Return the form's settings. Raises SettingError."""
        return RunConfig.of_form(dict(zip(self.names, values, strict=True)))

    def copy_link(self, *values: object) -> tuple[Update, str]:
        """Copy the link to the form's settings; `at` lets the page tell two requests for one link apart."""
        try:
            return gr.update(asked={"query": settings_query(self.config(values)), "at": perf_counter()}), ""
        except SettingError as error:
            return gr.skip(), note(error.message, is_error=True)

    def address(self, *values: object) -> Update:
        """Write the form's settings to the page's address; it keeps the last valid ones."""
        try:
            return gr.update(query=query(self.config(values)))
        except SettingError:
            return gr.skip()

    def fill_form(self, name: str) -> list[object]:
        """Return a preset's settings in the order of the form."""
        values = RunConfig.from_flat(PRESETS[name]).flat()
        return [values[setting] for setting in self.names]

    async def follow(self, owner: str) -> AsyncIterator[tuple]:
        """Yield updates of the newest job until it ends, the last with a token for `changed` if there was a job."""
        async for update in follow_job(self.services, owner):
            yield *update, gr.skip()
        yield *[gr.skip()] * 4, new_token() if self.services.jobs.latest(owner) else gr.skip()

    def list_recordings(self, owner: str) -> Update:
        """List the visitor's own runs, newest first: those whose training can be replayed."""
        return gr.update(
            choices=[(entry_label(entry), entry.id) for entry in self.services.runs.listing(owner) if entry.owner]
        )

    def load(self, owner: str, files: list[str]) -> tuple[str, object]:
        """Load a saved model; return the message and a token for `changed`."""
        try:
            run = read_checkpoint(files)
            self.services.check_owner(owner, run.config.data.dataset)
            run = self.services.runs.get(self.services.runs.add(run, owner))
        except (CheckpointError, DataUnavailableError) as error:
            return note(error.message, is_error=True), gr.skip()
        return note(translate("train.loaded", name=run.name)), new_token()


def read_checkpoint(files: Sequence[str]) -> Run:
    """Read a run from its two uploaded files and measure it again, because a file may claim any metrics.

    Raises CheckpointError, and DataUnavailableError if the data set is not here.
    """
    by_kind = {Path(file).suffix: Path(file) for file in files}
    if set(by_kind) != {".safetensors", ".json"} or len(files) != 2:
        raise CheckpointError(Message("train.two_files", {"names": tuple(Path(file).name for file in files)}))
    for path in by_kind.values():
        if path.stat().st_size > MAX_WEIGHT_BYTES:
            raise CheckpointError(Message("train.too_large", {"name": path.name, "size": path.stat().st_size // 2**20}))
    run = parse(by_kind[".safetensors"].read_bytes(), by_kind[".json"].read_bytes())
    return replace(run, metrics=run.metrics | measure(run.model, held_out_images(run.config.data.dataset)))
