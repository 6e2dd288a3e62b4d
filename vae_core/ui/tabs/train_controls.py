"""What is done with a training beside starting it: pause and stop it, change its course, train a model on, sweep over a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from ...config import RunConfig, settings
from ...i18n.message import Message, UserError
from ...jobs.job import Job
from ...jobs.messages import Change
from ...rules import SettingError, check
from ...training.flops import MAX_SWEEP_RUNS
from ..events import QUEUED, UNQUEUED, new_token, note
from ..services import Services, entry_label
from ..translation import translate, translated_label

SWEPT = ("beta", "latent_dim", "seed", "learning_rate")


@dataclass(frozen=True)
class Beginning:
    """What every button that begins a training is given and changes: `submitted` is another owner with each, `theatre` shows the newest."""

    owner: gr.BrowserState
    submitted: gr.State
    message: gr.HTML
    theatre: gr.HTML

    @property
    def inputs(self) -> list[gr.components.Component]:
        return [self.owner]

    @property
    def outputs(self) -> list[gr.components.Component]:
        return [self.message, self.submitted, self.theatre]


def steering(services: Services, owner: gr.BrowserState, message: gr.HTML) -> None:
    """Another β or learning rate for the training that runs."""
    with gr.Accordion(translated_label("controls.change_panel"), open=False):
        with gr.Row():
            # texts, since an empty number is sent as 0
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
    answer = ControlEvents(services)
    button.click(answer.change, [owner, beta, rate], message, **UNQUEUED)


def going_on(services: Services, owner: gr.BrowserState, changed: gr.State, begin: Beginning) -> None:
    """A model of the visitor's own, trained on."""
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
    answer = ControlEvents(services)
    owner.change(answer.own_models, [owner, model], model, **UNQUEUED)
    changed.change(answer.own_models, [owner, model], model, **UNQUEUED)
    button.click(answer.train_on, [*begin.inputs, model, epochs], begin.outputs, **QUEUED)


def sweeping(services: Services, begin: Beginning, fields: dict[str, gr.components.Component]) -> None:
    """The form's settings with several values of one of them, as one job."""
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
    answer = ControlEvents(services)
    button.click(
        lambda owner, name, text, *given: answer.sweep(owner, name, text, dict(zip(fields, given, strict=True))),
        [*begin.inputs, setting, values, *fields.values()],
        begin.outputs,
        **QUEUED,
    )


@dataclass(frozen=True)
class ControlEvents:
    """What these controls bring about."""

    services: Services

    def pause(self, owner: str) -> str:
        """Hold the visitor's training, or let it go on."""
        jobs, job = self.services.jobs, self.services.jobs.current(owner)
        if job is None or job.state not in ("running", "paused"):
            return note(translate("train.nothing_to_stop"), is_error=True)
        jobs.resume(job) if job.state == "paused" else jobs.pause(job)
        return ""

    def stop(self, owner: str) -> str:
        job = self.services.jobs.current(owner)
        if job is None:
            return note(translate("train.nothing_to_stop"), is_error=True)
        self.services.jobs.stop(job)
        return ""

    def change(self, owner: str, beta: str, rate: str) -> str:
        job = self.services.jobs.current(owner)
        if job is None or job.state not in ("running", "paused"):
            return note(translate("train.nothing_to_stop"), is_error=True)
        given = {name: text.strip() for name, text in (("beta", beta), ("learning_rate", rate)) if text.strip()}
        if not given:
            return note(translate("controls.no_values"), is_error=True)
        try:
            self.services.jobs.change(
                job,
                Change(**{name: check(name, settings()[name].metadata["rule"], text) for name, text in given.items()}),
            )
        except SettingError as error:
            return note(error.message, is_error=True)
        return note(translate("controls.changed"))

    def own_models(self, owner: str, chosen: str | None) -> dict[str, object]:
        """The models that can be trained on; the chosen one stays while it is there."""
        own = [
            entry
            for entry in self.services.runs.listing(owner)
            if entry.owner and entry.config.model.capabilities.is_network
        ]
        known = [entry.id for entry in own]
        return gr.update(
            choices=[(entry_label(entry), entry.id) for entry in own],
            value=chosen if chosen in known else next(iter(known), None),
        )

    def train(self, owner: str, given: dict[str, object]) -> tuple:
        return begun(lambda: self.services.submit(owner, [RunConfig.of_form(given)]))

    def train_on(self, owner: str, id: str | None, epochs: object) -> tuple:
        if not id:
            return note(translate("controls.no_model"), is_error=True), gr.skip(), gr.skip()
        return begun(lambda: self.services.jobs.continue_run(owner, id, epochs))

    def sweep(self, owner: str, name: str, text: str, given: dict[str, object]) -> tuple:
        return begun(lambda: self.services.submit(owner, swept(given, name, text)))


def begun(submit: Callable[[], Job]) -> tuple:
    """What a Beginning's outputs are told: why nothing has begun, or that there is one training more and that the theatre shows it."""
    try:
        job = submit()
    except UserError as error:
        return note(error.message, is_error=True), gr.skip(), gr.skip()
    return "", new_token(), gr.update(film=film_of(job.members[0].id, live=True))


def film_of(id: str, live: bool = False, attempt: int = 0) -> dict[str, object]:
    """What the theatre is to show: a run that is being trained, from the beginning with each attempt, or the film of one; nothing without an id."""
    return {"id": id, "live": live, "attempt": attempt}


def swept(given: dict[str, object], name: str, text: str) -> list[RunConfig]:
    """The settings `given` with each of the values in `text` for the one called `name`. Raises SettingError."""
    values = [part.strip() for part in text.split(",") if part.strip()]
    if not 2 <= len(values) <= MAX_SWEEP_RUNS:
        raise SettingError("values", text, Message("allowed.sweep_values", {"most": MAX_SWEEP_RUNS}))
    configs = [RunConfig.of_form(given | {name: value}) for value in values]
    if len(set(configs)) < len(configs):
        raise SettingError("values", text, Message("allowed.sweep_different", {"name": name}))
    return configs
