"""The second tab: settings, a training watched live, and models saved and loaded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import AsyncIterator

import gradio as gr

from ..checkpoint import LARGEST, CheckpointError, parse
from ..config import RunConfig, SettingError
from ..datasets import DATASETS, DataUnavailable, held_out_images
from ..jobs import Busy, Job
from ..metrics import evaluate, parameter_count
from ..observation import POINTS, SHOWN, one_of_each
from ..plots import loss_curves
from .controls import form, note, section
from .figures import encoded, figure, row, tiles
from .services import Services
from .captions import caption, say
from .words import texts

REDRAW_CURVES = 0.7  # seconds; gr.Plot makes its figure anew each time
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
            fields = form()
            upload = gr.UploadButton(caption("train.load"), file_count="multiple", size="sm", elem_id="train-upload")
            gr.HTML(note(caption("train.load_help")))
        with gr.Column(scale=5, min_width=340):
            status = gr.HTML(note(caption("train.idle")), elem_id="train-status")
            with gr.Row():
                with gr.Column(min_width=320):
                    live = figure("live", "vae-live", run=None, frame=None, elem_id="train-map")
                with gr.Column(min_width=320):
                    curves = gr.Plot(show_label=False, elem_id="train-curves")
                    pictures = tiles(elem_id="train-pictures")

    answer = Answers(services, tuple(fields))
    quick = dict(queue=False, show_progress="hidden", api_visibility="private")
    start.click(answer.submit, [owner, submitted, *fields.values()], [message, submitted], trigger_mode="once",
                concurrency_limit=None, show_progress="hidden", api_visibility="private")  # queued: else a State's change is not told
    streamed = dict(fn=answer.follow, inputs=[owner, changed], outputs=[live, curves, pictures, status, changed], concurrency_limit=None,
                    show_progress="hidden", api_visibility="private")
    submitted.change(**streamed)
    stop.click(answer.halt, owner, message, **quick)
    upload.upload(answer.load, [owner, changed, upload], [message, changed], show_progress="hidden", api_visibility="private")
    show_what_matters(fields)
    return TrainTab(changed, lambda greeted: greeted.then(**streamed))


@dataclass(frozen=True)
class Answers:
    """What the tab's events bring about. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def submit(self, word: str, count: int, *values: object) -> tuple[str, int]:
        try:
            self.services.jobs.submit(RunConfig.from_flat(dict(zip(self.names, values, strict=True))), word)
        except (SettingError, Busy) as error:
            return note(str(error), wrong=True), count
        return "", count + 1

    async def follow(self, word: str, count: int) -> AsyncIterator[tuple]:
        """Show the visitor's newest job until it ends, then count it."""
        async for update in watched(self.services, word):
            yield *update, gr.skip()
        yield *[gr.skip()] * 4, count + 1

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


def show_what_matters(fields: dict[str, gr.components.Component]) -> None:
    """β belongs to a VAE, σ to a Gaussian likelihood, and each kind of network has its usual widths."""
    quick = dict(queue=False, show_progress="hidden", api_visibility="private")
    fields["network"].input(WIDTHS.get, fields["network"], fields["hidden"], **quick)
    fields["kind"].change(lambda kind: gr.update(visible=kind == "vae"), fields["kind"], fields["beta"], **quick)
    fields["likelihood"].change(lambda name: gr.update(visible=name == "gaussian"), fields["likelihood"], fields["sigma"], **quick)
    fields["sigma"].visible = fields["likelihood"].value == "gaussian"


async def watched(services: Services, word: str) -> AsyncIterator[tuple]:
    """The visitor's newest job until it ends, as updates of (live map, curves, pictures, status)."""
    job = services.jobs.latest(word)
    seen, redrawn = -1, 0.0
    while job is not None:
        active, revision = job.active, job.revision
        if revision != seen or not active:
            due = not active or perf_counter() - redrawn > REDRAW_CURVES
            redrawn = perf_counter() if due else redrawn
            yield *shown(job, due), status_of(job, services)
            seen = revision
        if not active:
            return
        await asyncio.sleep(0.1)


def shown(job: Job, due: bool) -> tuple:
    """Updates of the live map, the curves if they are due, and the pictures."""
    if job.frame is None:
        return gr.update(frame=None), gr.skip(), gr.update(rows=[])
    name = job.config.data.dataset
    dataset, held_out = DATASETS[name], held_out_images(name).first(POINTS)
    frame = {"points": encoded(job.frame.points), "labels": encoded(held_out.labels.numpy().astype("u1")), "classes": dataset.classes,
             "dataset": name, "shape": dataset.shape, "kind": job.config.model.kind, "latentDim": job.config.model.latent_dim}
    originals = held_out.pixels[one_of_each(held_out)].numpy()
    rows = [row(say("train.originals"), originals, SHOWN), row(say("train.reconstructions"), job.frame.reconstructions, SHOWN)]
    words = {key.removeprefix("plot."): text for key, text in texts().items() if key.startswith("plot.")}
    return gr.update(frame=frame), loss_curves(job.history, words) if due and job.history else gr.skip(), gr.update(rows=rows)


def status_of(job: Job, services: Services) -> str:
    """What the job is doing, with a bar while it trains and links when it has ended."""
    step = job.frame.step if job.frame else None
    match job.state:
        case "fetching" if job.fetched:
            done, total = job.fetched.done / 1e6, job.fetched.total / 1e6
            return note(say("train.fetching", name=job.fetched.name, done=f"{done:.1f}", total=f"{total:.0f}")) + bar(done / total)
        case "running" if step:
            left = step.seconds / step.step * (step.steps - step.step)
            return note(say("train.running", epoch=f"{step.epoch:.1f}", epochs=job.config.train.epochs, left=duration(left))) + bar(step.step / step.steps)
        case "measuring":
            return note(say("train.measuring")) + bar(1)
        case "finished" | "stopped" if job.run_id:
            return ended(job, services)
        case "stopped":
            return note(say("train.stopped_early"))
        case "failed":
            return note(job.message, wrong=True)
    return note(say("train.starting")) + bar(0)


def ended(job: Job, services: Services) -> str:
    """How a training ended, and where to save its model."""
    run = services.runs.get(job.run_id)
    figures = say("train.metrics_vae" if "kl" in run.metrics else "train.metrics", **{k: f"{v:,.1f}" for k, v in run.metrics.items()})
    parts = dict(metrics=figures, name=run.name, epoch=run.metrics["epochs"], seconds=duration(run.metrics["seconds"]))
    early = note(job.message, wrong=True) if job.message else ""
    links = " · ".join(f'<a href="vae/save/{job.run_id}.{kind}" download>{say(key)}</a>'
                       for kind, key in (("safetensors", "train.save_weights"), ("json", "train.save_json")))
    return early + note(say(f"train.{job.state}", **parts)) + f'<p class="vae-note">{say("train.save")}: {links}</p>'


def bar(share: float) -> str:
    """A progress bar."""
    percent = round(100 * min(1.0, share))
    return f'<div class="vae-progress" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" aria-valuemax="100"><div style="width:{percent}%"></div></div>'


def duration(seconds: float) -> str:
    """Seconds in words."""
    return say("train.seconds", s=round(seconds)) if seconds < 90 else say("train.minutes", m=round(seconds) // 60, s=round(seconds) % 60)


def read_upload(files: list[str]):
    """A run from its two uploaded files, measured anew: what a file claims is not taken for a figure."""
    by_kind = {Path(file).suffix: Path(file) for file in files}
    if set(by_kind) != {".safetensors", ".json"} or len(files) != 2:
        raise CheckpointError(say("train.two_files", count=", ".join(Path(file).name for file in files)))
    for path in by_kind.values():
        if path.stat().st_size > LARGEST:
            raise CheckpointError(say("train.too_large", name=path.name, size=path.stat().st_size // 2**20))
    run = parse(by_kind[".safetensors"].read_bytes(), by_kind[".json"].read_bytes())
    measured = evaluate(run.model, held_out_images(run.config.data.dataset))
    return replace(run, metrics=run.metrics | measured | {"parameters": parameter_count(run.model)})
