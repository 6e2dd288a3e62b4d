"""Controls of a training: pause and stop it, change it, continue a model's training, sweep over a setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import gradio as gr

from ...config import RunConfig, settings
from ...i18n.message import Message, UserError
from ...jobs.job import Job
from ...jobs.messages import Change
from ...rules import SettingError, check
from ...training.flops import MAX_SWEEP_RUNS
from ..events import QUEUED, UNQUEUED, Update, new_token, note
from ..services import Services, entry_label
from ..translation import translate, translated_label
from .train_form import Form

SWEPT = ("beta", "latent_dim", "seed", "learning_rate")


@dataclass(frozen=True)
class StartContext:
    """What every button that starts a training uses.

    It reads `owner`; it writes an error to `message`, a new token to `submitted`, and the new run to `view`.
    """

    owner: gr.BrowserState
    submitted: gr.State
    message: gr.HTML
    view: gr.HTML

    @property
    def outputs(self) -> list[gr.components.Component]:
        """The components that `start_training` updates, in its order."""
        return [self.message, self.submitted, self.view]


def build_change_panel(services: Services, owner: gr.BrowserState, message: gr.HTML) -> None:
    """Lay out the panel that changes β or the learning rate of the running training."""
    with gr.Accordion(translated_label("controls.change_panel"), open=False):
        with gr.Row():  # of texts, because Gradio sends an empty gr.Number as 0
            beta = gr.Textbox(
                label=translated_label("setting.beta"),
                info=translated_label("controls.beta_help"),
                elem_id="controls-beta",
                min_width=120,
                max_lines=1,
            )
            rate = gr.Textbox(
                label=translated_label("setting.learning_rate"),
                info=translated_label("controls.rate_help"),
                elem_id="controls-rate",
                min_width=120,
                max_lines=1,
            )
        button = gr.Button(translated_label("controls.apply"), elem_id="controls-apply", size="sm")
    button.click(ControlEvents(services).change, [owner, beta, rate], message, **UNQUEUED)


def build_continue_panel(services: Services, changed: gr.State, start: StartContext) -> None:
    """Lay out the panel that continues the training of one of the visitor's models; `changed` reports a new model."""
    with gr.Accordion(translated_label("controls.continue_panel"), open=False):
        model = gr.Dropdown(
            [],
            label=translated_label("controls.model"),
            info=translated_label("controls.model_help"),
            elem_id="controls-model",
        )
        epochs = gr.Number(
            10,
            label=translated_label("controls.epochs"),
            info=translated_label("controls.epochs_help"),
            elem_id="controls-epochs",
            step=1,
        )
        button = gr.Button(translated_label("controls.continue"), elem_id="controls-continue", size="sm")
    events = ControlEvents(services)
    for event in (start.owner.change, changed.change):
        event(events.list_models, [start.owner, model], model, **UNQUEUED)
    button.click(events.continue_training, [start.owner, model, epochs], start.outputs, **QUEUED)


def build_sweep_panel(services: Services, start: StartContext, form: Form) -> None:
    """Lay out the panel that trains the form's settings with several values of one setting, as one job."""
    with gr.Accordion(translated_label("controls.sweep_panel"), open=False):
        setting = gr.Dropdown(
            [(translate(f"setting.{name}"), name) for name in SWEPT],
            value=SWEPT[0],
            label=translated_label("controls.setting"),
            info=translated_label("controls.setting_help"),
            elem_id="controls-setting",
        )
        values = gr.Textbox(
            "0.1, 1, 4",
            label=translated_label("controls.values"),
            info=translated_label("controls.values_help"),
            max_lines=1,
            elem_id="controls-values",
        )
        button = gr.Button(translated_label("controls.sweep"), elem_id="controls-sweep", size="sm")
    events = ControlEvents(services)

    def sweep(owner: str, name: str, text: str, *form_values: object) -> tuple:
        return events.sweep(owner, name, text, dict(zip(form.names, form_values, strict=True)))

    button.click(sweep, [start.owner, setting, values, *form.inputs], start.outputs, **QUEUED)


@dataclass(frozen=True)
class ControlEvents:
    """The event handlers of the controls. Those that start a training return the outputs of a StartContext."""

    services: Services

    def pause(self, owner: str) -> str:
        """Pause the visitor's training, or resume it; return the message."""
        job = self._running_job(owner)
        if job is None:
            return note(translate("train.nothing_to_stop"), is_error=True)
        if job.state == "paused":
            self.services.jobs.resume(job)
        else:
            self.services.jobs.pause(job)
        return ""

    def stop(self, owner: str) -> str:
        """Stop the visitor's training; return the message."""
        job = self.services.jobs.current(owner)
        if job is None:
            return note(translate("train.nothing_to_stop"), is_error=True)
        self.services.jobs.stop(job)
        return ""

    def change(self, owner: str, beta: str, learning_rate: str) -> str:
        """Change the visitor's training; an empty text leaves its value. Return the message."""
        job = self._running_job(owner)
        if job is None:
            return note(translate("train.nothing_to_stop"), is_error=True)
        texts = {"beta": beta.strip(), "learning_rate": learning_rate.strip()}
        if not any(texts.values()):
            return note(translate("controls.no_values"), is_error=True)
        try:
            values = {
                name: check(name, settings()[name].metadata["rule"], text) for name, text in texts.items() if text
            }
            self.services.jobs.change(job, Change(**values))
        except SettingError as error:
            return note(error.message, is_error=True)
        return note(translate("controls.changed"))

    def list_models(self, owner: str, selected: str | None) -> Update:
        """List the visitor's networks; the selected one stays if it is among them."""
        entries = [
            entry
            for entry in self.services.runs.listing(owner)
            if entry.owner and entry.config.model.capabilities.is_network
        ]
        ids = [entry.id for entry in entries]
        return gr.update(
            choices=[(entry_label(entry), entry.id) for entry in entries],
            value=selected if selected in ids else next(iter(ids), None),
        )

    def train(self, owner: str, form_values: Mapping[str, object]) -> tuple:
        """Train the form's settings."""
        return start_training(lambda: self.services.submit(owner, [RunConfig.of_form(form_values)]))

    def continue_training(self, owner: str, id: str | None, epochs: object) -> tuple:
        """Continue the training of a model of the visitor's own."""
        if not id:
            return note(translate("controls.no_model"), is_error=True), gr.skip(), gr.skip()
        return start_training(lambda: self.services.jobs.continue_run(owner, id, epochs))

    def sweep(self, owner: str, name: str, text: str, form_values: Mapping[str, object]) -> tuple:
        """Train the form's settings with each value in `text` of the setting `name`."""
        return start_training(lambda: self.services.submit(owner, sweep_configs(form_values, name, text)))

    def _running_job(self, owner: str) -> Job | None:
        """Return the visitor's job if it trains or is paused."""
        job = self.services.jobs.current(owner)
        return job if job and job.state in ("running", "paused") else None


def start_training(submit: Callable[[], Job]) -> tuple:
    """Submit a job and return updates of a StartContext's outputs: a new training to show, or the error's note."""
    try:
        job = submit()
    except UserError as error:
        return note(error.message, is_error=True), gr.skip(), gr.skip()
    return "", new_token(), gr.update(recording=recording_source(job.members[0].id, live=True))


def recording_source(id: str, live: bool = False, attempt: int = 0) -> dict[str, object]:
    """Return what the training view shows: the recording of run `id`, nothing for "".

    `live`: the run is training; each `attempt` is shown from its beginning.
    """
    return {"id": id, "live": live, "attempt": attempt}


def sweep_configs(form_values: Mapping[str, object], name: str, text: str) -> list[RunConfig]:
    """Return the form's settings with each of the values in `text`, separated by commas, for the setting `name`.

    Raises SettingError, also if two values give the same model.
    """
    values = [part.strip() for part in text.split(",") if part.strip()]
    if not 2 <= len(values) <= MAX_SWEEP_RUNS:
        raise SettingError("values", text, Message("allowed.sweep_values", {"most": MAX_SWEEP_RUNS}))
    configs = [RunConfig.of_form({**form_values, name: value}) for value in values]
    if len(set(configs)) < len(configs):
        raise SettingError("values", text, Message("allowed.sweep_different", {"name": name}))
    return configs
