"""The second tab: settings, a training watched live, and models saved and loaded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import AsyncIterator

import gradio as gr

from ..checkpoint import LARGEST, CheckpointError, Run, parse
from ..config import RunConfig, SettingError, relevant
from ..datasets import DataUnavailable, Images, address_of, dataset, held_out_images
from ..job import Job, Member
from ..jobs import Busy
from ..metrics import figures, silence
from ..observation import POINTS, Frame
from ..recipes import EXPERIMENTS, PRESETS
from ..worker import title
from ..zoo import ZOO
from .captions import caption, say
from . import own_images, running, taking
from .controls import form, note, show_what_matters
from .figures import encoded, figure
from .services import Services, entry_label

LOOK = 0.25  # seconds between two looks at a job's state; its frames the page fetches by itself
WIDTHS = {"mlp": "512,256,128", "conv": "32,64"}


@dataclass(frozen=True)
class TrainTab:
    """`changed` counts what was trained or loaded; `find_again` shows a visitor's job after the event it is given.

    `fields` are the form's, by the names of their settings.
    """

    changed: gr.State
    find_again: object
    fields: dict[str, gr.components.Component]


def build(services: Services, owner: gr.BrowserState) -> TrainTab:
    """Lay out the tab."""
    changed, submitted = gr.State(0), gr.State(0)
    experiments = figure("experiments", "vae-experiments", "'begun'", names=EXPERIMENTS, elem_id="train-experiments")
    with gr.Row():
        with gr.Column(scale=2, min_width=300, elem_id="train-form"):
            with gr.Row():
                start = gr.Button(caption("train.start"), variant="primary", elem_id="train-start", min_width=80)
                pause = gr.Button(caption("train.pause"), elem_id="train-pause", min_width=80)
                stop = gr.Button(caption("train.stop"), elem_id="train-stop", min_width=80)
            message = gr.HTML(elem_id="train-message")
            preset = gr.Dropdown([(say(f"preset.{name}"), name) for name in PRESETS], value=None, label=caption("train.preset"), info=caption("train.preset_help"),
                                 elem_id="train-preset")
            running.steering(services, owner, message)
            made = form()
            with made.own:
                find_own = own_images.build(services, owner, made.fields["dataset"], submitted)
            running.sweeping(services, owner, submitted, message, made.fields)
            running.going_on(services, owner, submitted, changed, message)
            upload = gr.UploadButton(caption("train.load"), file_count="multiple", size="sm", elem_id="train-upload")
            gr.HTML(note(caption("train.load_help")))
            copy = gr.Button(caption("take.copy"), size="sm", elem_id="train-copy")
            gr.HTML(note(caption("take.copy_help")))
            copied = figure("copy", "vae-copying", asked=None, elem_id="train-copied")
        with gr.Column(scale=5, min_width=340, elem_id="train-figure"):
            status = gr.HTML(note(caption("train.idle")), elem_id="train-status")
            theatre = figure("theatre", "vae-theatre", film=None, elem_id="train-theatre")
            many = figure("multiples", "vae-multiples", frames=[], elem_id="train-many")
            replay = gr.Dropdown([], value=None, label=caption("train.replay"), info=caption("train.replay_help"), elem_id="train-replay")

    fields = made.fields
    answer, course = Answers(services, tuple(fields)), running.Answers(services)
    quick = running.QUICK
    submit = ([owner, submitted, *fields.values()], [message, submitted])
    start.click(answer.submit, *submit, **running.QUEUED)
    experiments.begun(answer.begin, experiments, list(fields.values()), **quick).then(answer.submit, *submit, **running.QUEUED)
    copy.click(answer.link, list(fields.values()), [copied, message], **quick)
    streamed = dict(fn=answer.follow, inputs=[owner, changed], outputs=[theatre, many, status, pause, changed], concurrency_limit=None,
                    show_progress="hidden", api_visibility="private")
    submitted.change(**streamed)
    stop.click(course.stop, owner, message, **quick)
    pause.click(course.pause, owner, message, **quick)
    upload.upload(answer.load, [owner, changed, upload], [message, changed], show_progress="hidden", api_visibility="private")
    show_what_matters(made)
    fields["network"].input(WIDTHS.get, fields["network"], fields["hidden"], **quick)
    preset.input(answer.begin, preset, list(fields.values()), **quick)
    replay.input(lambda id: gr.update(film=film_of(id)), replay, theatre, **quick)
    relist = dict(fn=answer.films, inputs=owner, outputs=replay, **quick)
    changed.change(**relist)
    return TrainTab(changed, lambda greeted: (greeted.then(**relist), find_own(greeted).then(**streamed)), fields)


@dataclass(frozen=True)
class Answers:
    """What the tab's events bring about. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def submit(self, word: str, count: int, *values: object) -> tuple[str, int]:
        try:
            self.services.submit(word, [RunConfig.of_form(dict(zip(self.names, values, strict=True)))])
        except (SettingError, Busy, DataUnavailable) as error:
            return note(str(error), wrong=True), count
        return "", count + 1

    def link(self, *values: object) -> tuple:
        """The form's settings for the clipboard; `at` tells two requests for the same link apart."""
        try:
            return gr.update(asked={"query": taking.address(RunConfig.of_form(dict(zip(self.names, values, strict=True)))), "at": perf_counter()}), ""
        except SettingError as error:
            return gr.skip(), note(str(error), wrong=True)

    def begin(self, name: str) -> list[object]:
        """The settings of a preset, in the order of the form."""
        values = RunConfig.from_flat(PRESETS[name]).flat()
        return [values[setting] for setting in self.names]

    async def follow(self, word: str, count: int) -> AsyncIterator[tuple]:
        """Show the visitor's newest job until it ends, then count it."""
        async for update in watched(self.services, word):
            yield *update, gr.skip()
        yield *[gr.skip()] * 4, count + 1

    def films(self, word: str) -> dict[str, object]:
        """The list of what can be replayed: the visitor's own runs, newest first."""
        return gr.update(choices=[(entry_label(entry), entry.id) for entry in self.services.runs.listing(word) if entry.owner])

    def load(self, word: str, count: int, files: list[str]) -> tuple[str, int]:
        try:
            run = read_upload(files)
            self.services.check_owner(word, run.config.data.dataset)
            run = self.services.runs.get(self.services.runs.add(run, word))
        except (CheckpointError, DataUnavailable) as error:
            return note(str(error), wrong=True), count
        return note(say("train.loaded", name=run.name)), count + 1


async def watched(services: Services, word: str) -> AsyncIterator[tuple]:
    """The visitor's newest job until it ends, as updates of (theatre, sweep's maps, status, pause button)."""
    job = services.jobs.latest(word)
    seen, film = -1, None
    if job is None and (left := cut_short(services, word)):
        yield *[gr.skip()] * 2, left, gr.skip()
    while job is not None:
        active, revision = job.active, job.revision
        if revision != seen or not active:
            before, film = film, film_of(job.members[0].id, live=active) if active or job.run_id else film if job.frame else film_of("")
            theatre = gr.skip() if film == before else gr.update(film=film)
            yield theatre, multiples(job), status_of(job, services), gr.update(value=caption("train.go_on" if job.state == "paused" else "train.pause"))
            seen = revision
        if not active:
            return
        await asyncio.sleep(LOOK)


def film_of(id: str, live: bool = False) -> dict[str, object]:
    """What the theatre is to show: a run that is being trained, or the film of one; nothing without an id."""
    return {"id": id, "live": live}


def multiples(job: Job) -> dict[str, object]:
    """An update of the maps of a sweep's runs."""
    if len(job.members) == 1:
        return gr.update(frames=[])
    held_out = held_out_images(job.config.data.dataset).first(POINTS)
    return gr.update(frames=[map_of(member, held_out) | {"title": named} for member, named in zip(job.members, apart(job)) if member.frame])


def apart(job: Job) -> list[str]:
    """What tells the runs of a sweep apart."""
    flat = [member.config.flat() for member in job.members]
    swept = [name for name in flat[0] if len({str(settings[name]) for settings in flat}) > 1]
    return [", ".join(f"{say(f'setting.{name}')} {settings[name]}" for name in swept) for settings in flat]


def cut_short(services: Services, word: str) -> str:
    """A sentence on a training that the server's end interrupted, if there is one."""
    entry = next((entry for entry in services.runs.listing(word) if entry.owner and not entry.finished), None)
    return note(say("train.cut_short", name=entry.name)) if entry else ""


def map_of(job: Member, held_out: Images) -> dict[str, object]:
    """A run's newest frame as the live map reads it."""
    name, model = job.config.data.dataset, job.config.model
    known = dataset(name)
    return {"name": title(job.config), "points": encoded(job.frame.points), "labels": encoded(held_out.labels.numpy().astype("u1")), "classes": known.classes,
            "factorNames": known.factors, "dataset": address_of(name), "shape": known.shape, "standardPrior": ZOO[model.kind].model.standard_prior, "latentDim": model.latent_dim}


def status_of(job: Job, services: Services) -> str:
    """What the job is doing, with a bar while it trains and links when it has ended."""
    step = job.frame.step if job.frame else None
    match job.state:
        case "fetching" if job.fetched:
            done, total = job.fetched.done / 1e6, job.fetched.total / 1e6
            return note(say("train.fetching", name=job.fetched.name, done=f"{done:.1f}", total=f"{total:.0f}")) + bar(done / total)
        case "queued":
            return note(say("train.queued", place=services.jobs.place_in_queue(job))) + bar(0)
        case "running" if step:
            return note(progress(job.frame, job)) + bar(step.step / step.steps)
        case "paused" if step:
            return note(say("train.paused", epoch=f"{step.epoch:.1f}")) + bar(step.step / step.steps)
        case "measuring":
            return note(say("train.measuring")) + bar(1)
        case "finished" | "stopped" if job.run_id:
            return ended(job, services)
        case "stopped":
            return note(job.message or say("train.stopped_early"))
        case "failed":
            return note(job.message, wrong=True)
    return note(job.message or say("train.starting")) + bar(0)


def progress(frame: Frame, job: Job) -> str:
    """Phase, epoch, time left once it is known, and β where it changes."""
    step, epochs = frame.step, frame.step.epoch / frame.step.step * frame.step.steps
    phase, _, number = step.phase.partition(" ")
    said = say("train.running", phase=say(f"phase.{phase}", n=number), epoch=f"{step.epoch:.1f}", epochs=f"{epochs:.0f}")
    said += "" if frame.left is None else " · " + say("train.left", left=duration(frame.left))
    moving = job.config.loss.beta_schedule != "constant" and "beta_schedule" in relevant(job.config.flat())
    return said + (f" · β {step.beta:.2f}" if moving else "")


def ended(job: Job, services: Services) -> str:
    """How a training ended, and what of it can be taken along."""
    run = services.runs.get(job.run_id)
    figures = say("train.metrics_vae" if "kl" in run.metrics else "train.metrics", **{k: f"{v:,.1f}" for k, v in run.metrics.items()})
    parts = dict(metrics=figures, name=run.name, epoch=run.metrics.get("epochs", 0.0), seconds=duration(run.metrics.get("seconds", 0.0)))
    early = note(job.message, wrong=True) if job.message else ""
    others = note(say("train.several", count=len(job.members))) if len(job.members) > 1 else ""
    return early + note(say(f"train.{job.state}", **parts)) + others + collapse(run) + taking.row(job.run_id, run)


def collapse(run: Run) -> str:
    """A sentence if some of a VAE's dimensions say nothing."""
    active, dims = run.metrics.get("active_units"), run.config.model.latent_dim
    found = silence(active, dims)
    if found is None:
        return ""
    return note(say(f"train.{found}", active=f"{active:.0f}", dims=dims, information=f"{max(0.0, run.metrics['mutual_information']):.1f}"), wrong=found == "collapsed")


def bar(share: float) -> str:
    """A progress bar."""
    percent = round(100 * min(1.0, share))
    return f'<div class="vae-progress" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" aria-valuemax="100"><div style="width:{percent}%"></div></div>'


def duration(seconds: float) -> str:
    """Seconds in words."""
    return say("train.seconds", s=round(seconds)) if seconds < 90 else say("train.minutes", m=round(seconds) // 60, s=round(seconds) % 60)


def read_upload(files: list[str]) -> Run:
    """A run from its two uploaded files, measured anew: what a file claims is not taken for a figure."""
    by_kind = {Path(file).suffix: Path(file) for file in files}
    if set(by_kind) != {".safetensors", ".json"} or len(files) != 2:
        raise CheckpointError(say("train.two_files", count=", ".join(Path(file).name for file in files)))
    for path in by_kind.values():
        if path.stat().st_size > LARGEST:
            raise CheckpointError(say("train.too_large", name=path.name, size=path.stat().st_size // 2**20))
    run = parse(by_kind[".safetensors"].read_bytes(), by_kind[".json"].read_bytes())
    return replace(run, metrics=run.metrics | figures(run.model, held_out_images(run.config.data.dataset)))
