"""The second tab: settings, a training watched live, and models saved and loaded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import AsyncIterator

import gradio as gr

from ..checkpoint import LARGEST, CheckpointError, Run, parse
from ..config import RunConfig, SettingError, relevant
from ..datasets import DataUnavailable, held_out_images
from ..jobs import Busy, Job
from ..metrics import figures, silence
from ..observation import Frame
from ..recipes import PRESETS
from .captions import caption, say
from .controls import form, note, show_what_matters
from .figures import figure
from .services import Services, entry_label

LOOK = 0.25  # seconds between two looks at a job's state; its frames the page fetches by itself
WIDTHS = {"mlp": "512,256,128", "conv": "32,64"}


@dataclass(frozen=True)
class TrainTab:
    """`changed` counts what was trained or loaded; `find_again` shows a visitor's job after the event it is given."""

    changed: gr.State
    find_again: object


def build(services: Services, owner: gr.BrowserState) -> TrainTab:
    """Lay out the tab."""
    changed, submitted = gr.State(0), gr.State(0)
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            with gr.Row():
                start = gr.Button(caption("train.start"), variant="primary", elem_id="train-start", min_width=100)
                stop = gr.Button(caption("train.stop"), elem_id="train-stop", min_width=100)
            message = gr.HTML(elem_id="train-message")
            preset = gr.Dropdown([(say(f"preset.{name}"), name) for name in PRESETS], value=None, label=caption("train.preset"), info=caption("train.preset_help"),
                                 elem_id="train-preset")
            made = form()
            upload = gr.UploadButton(caption("train.load"), file_count="multiple", size="sm", elem_id="train-upload")
            gr.HTML(note(caption("train.load_help")))
        with gr.Column(scale=5, min_width=340):
            status = gr.HTML(note(caption("train.idle")), elem_id="train-status")
            theatre = figure("theatre", "vae-theatre", film=None, elem_id="train-theatre")
            replay = gr.Dropdown([], value=None, label=caption("train.replay"), info=caption("train.replay_help"), elem_id="train-replay")

    fields = made.fields
    answer = Answers(services, tuple(fields))
    quick = dict(queue=False, show_progress="hidden", api_visibility="private")
    start.click(answer.submit, [owner, submitted, *fields.values()], [message, submitted], trigger_mode="once",
                concurrency_limit=None, show_progress="hidden", api_visibility="private")  # queued: else a State's change is not told
    streamed = dict(fn=answer.follow, inputs=[owner, changed], outputs=[theatre, status, changed], concurrency_limit=None,
                    show_progress="hidden", api_visibility="private")
    submitted.change(**streamed)
    stop.click(answer.halt, owner, message, **quick)
    upload.upload(answer.load, [owner, changed, upload], [message, changed], show_progress="hidden", api_visibility="private")
    show_what_matters(made)
    fields["network"].input(WIDTHS.get, fields["network"], fields["hidden"], **quick)
    preset.input(answer.begin, preset, list(fields.values()), **quick)
    replay.input(lambda id: gr.update(film=film_of(id)), replay, theatre, **quick)
    relist = dict(fn=answer.films, inputs=owner, outputs=replay, **quick)
    changed.change(**relist)
    return TrainTab(changed, lambda greeted: (greeted.then(**relist), greeted.then(**streamed)))


@dataclass(frozen=True)
class Answers:
    """What the tab's events bring about. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def submit(self, word: str, count: int, *values: object) -> tuple[str, int]:
        try:
            given = dict(zip(self.names, values, strict=True))
            used = relevant(given)
            self.services.jobs.submit(word, RunConfig.from_flat({name: value for name, value in given.items() if name in used}))
        except (SettingError, Busy) as error:
            return note(str(error), wrong=True), count
        return "", count + 1

    def begin(self, name: str) -> list[object]:
        """The settings of a preset, in the order of the form."""
        values = RunConfig.from_flat(PRESETS[name]).flat()
        return [values[setting] for setting in self.names]

    async def follow(self, word: str, count: int) -> AsyncIterator[tuple]:
        """Show the visitor's newest job until it ends, then count it."""
        async for update in watched(self.services, word):
            yield *update, gr.skip()
        yield gr.skip(), gr.skip(), count + 1

    def films(self, word: str) -> object:
        """The list of what can be replayed: the visitor's own runs, newest first."""
        return gr.update(choices=[(entry_label(entry), entry.id) for entry in self.services.runs.listing(word) if entry.owner])

    def halt(self, word: str) -> str:
        job = self.services.jobs.current(word)
        if job is None:
            return note(say("train.nothing_to_stop"), wrong=True)
        self.services.jobs.stop(job)
        return ""

    def load(self, word: str, count: int, files: list[str]) -> tuple[str, int]:
        try:
            run = self.services.runs.get(self.services.runs.add(read_upload(files), word))
        except (CheckpointError, DataUnavailable) as error:
            return note(str(error), wrong=True), count
        return note(say("train.loaded", name=run.name)), count + 1


async def watched(services: Services, word: str) -> AsyncIterator[tuple]:
    """The visitor's newest job until it ends, as updates of (theatre, status)."""
    job = services.jobs.latest(word)
    seen, shown = -1, None
    while job is not None:
        active, revision = job.active, job.revision
        if revision != seen or not active:
            film = film_of(job.members[0].id, live=active) if active or job.run_id else shown
            yield gr.update(film=film) if film != shown else gr.skip(), status_of(job, services)
            seen, shown = revision, film
        if not active:
            return
        await asyncio.sleep(LOOK)


def film_of(id: str, live: bool = False) -> dict[str, object]:
    """What the theatre is to show: a run that is being trained, or the film of one."""
    return {"id": id, "live": live}


def status_of(job: Job, services: Services) -> str:
    """What the job is doing, with a bar while it trains and links when it has ended."""
    match job.state:
        case "fetching" if job.fetched:
            done, total = job.fetched.done / 1e6, job.fetched.total / 1e6
            return note(say("train.fetching", name=job.fetched.name, done=f"{done:.1f}", total=f"{total:.0f}")) + bar(done / total)
        case "running" if job.frame:
            return note(progress(job.frame, job)) + bar(job.frame.step.step / job.frame.step.steps)
        case "measuring":
            return note(say("train.measuring")) + bar(1)
        case "finished" | "stopped" if job.run_id:
            return ended(job, services)
        case "stopped":
            return note(say("train.stopped_early"))
        case "failed":
            return note(job.message, wrong=True)
    return note(say("train.starting")) + bar(0)


def progress(frame: Frame, job: Job) -> str:
    """Phase, epoch, time left once it is known, and β where it changes."""
    step, epochs = frame.step, frame.step.epoch / frame.step.step * frame.step.steps
    phase, _, number = step.phase.partition(" ")
    said = say("train.running", phase=say(f"phase.{phase}", n=number), epoch=f"{step.epoch:.1f}", epochs=f"{epochs:.0f}")
    said += "" if frame.left is None else " · " + say("train.left", left=duration(frame.left))
    moving = job.config.loss.beta_schedule != "constant" and "beta_schedule" in relevant(job.config.flat())
    return said + (f" · β {step.beta:.2f}" if moving else "")


def ended(job: Job, services: Services) -> str:
    """How a training ended, and where to save its model."""
    run = services.runs.get(job.run_id)
    figures = say("train.metrics_vae" if "kl" in run.metrics else "train.metrics", **{k: f"{v:,.1f}" for k, v in run.metrics.items()})
    parts = dict(metrics=figures, name=run.name, epoch=run.metrics.get("epochs", 0.0), seconds=duration(run.metrics.get("seconds", 0.0)))
    early = note(job.message, wrong=True) if job.message else ""
    links = " · ".join(f'<a href="vae/save/{job.run_id}.{kind}" download>{say(key)}</a>'
                       for kind, key in (("safetensors", "train.save_weights"), ("json", "train.save_json")))
    return early + note(say(f"train.{job.state}", **parts)) + collapse(run) + f'<p class="vae-note">{say("train.save")}: {links}</p>'


def collapse(run: Run) -> str:
    """A sentence if some of a VAE's dimensions say nothing."""
    active, dims = run.metrics.get("active_units"), run.config.model.latent_dim
    found = silence(active, dims)
    if found is None:
        return ""
    return note(say(f"train.{found}", active=f"{active:.0f}", dims=dims, information=f"{run.metrics['mutual_information']:.1f}"), wrong=found == "collapsed")


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
