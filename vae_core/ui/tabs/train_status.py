"""The status of a visitor's training: what the tab shows while a job runs and after it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import gradio as gr

from ...config import relevant
from ...datasets.registry import DataUnavailableError, ImageSet, held_out_images
from ...evaluation.metrics import collapse_status
from ...i18n.message import Message
from ...jobs.job import Job, Member
from ...runs.catalog import UnknownRunError
from ...runs.run import Run, title
from ...training.monitor import MAP_POINTS, Frame
from ..components.downloads import downloads_html
from ..components.figures import encoded
from ..components.map_properties import map_properties
from ..events import Update, note
from ..services import Services
from ..translation import translate, translated_label
from .train_controls import recording_source

POLL_S = 0.25  # between two looks at a job's state; the page fetches its frames by itself


async def follow_job(services: Services, owner: str) -> AsyncIterator[tuple]:
    """Yield updates of (training view, sweep's maps, status, pause button) for the visitor's newest job.

    It ends with the job, or when another job is the newest. Without a job it reports a training that a shutdown
    interrupted.
    """
    job = services.jobs.latest(owner)
    last_revision, source = -1, None
    if job is None and (interrupted := interrupted_note(services, owner)):
        yield gr.skip(), gr.skip(), interrupted, gr.skip()
    while job is not None and services.jobs.latest(owner) is job:
        active, revision = job.active, job.revision
        if revision != last_revision or not active:
            previous, source = source, shown_recording(job, active, source)
            yield (
                gr.skip() if source == previous else gr.update(recording=source),
                sweep_maps(job),
                status_of(job, services),
                gr.update(value=translated_label("train.resume" if job.state == "paused" else "train.pause")),
            )
            last_revision = revision
        if not active:
            return
        await asyncio.sleep(POLL_S)


def current_view(services: Services, owner: str) -> tuple[Update, Update]:
    """Return updates of (training view, sweep's maps) for the visitor's newest job as it is."""
    job = services.jobs.latest(owner)
    source = shown_recording(job, job.active, None) if job else None
    return (gr.update(recording=source), sweep_maps(job)) if job and source else (gr.skip(), gr.skip())


def shown_recording(job: Job, active: bool, previous: dict[str, object] | None) -> dict[str, object] | None:
    """Return what the training view shows: the job's recording, or `previous` if the job ended without a model."""
    if active or job.run_id:
        return recording_source(job.members[0].id, live=active, attempt=job.restarts)
    return previous if job.frame else recording_source("")


def sweep_maps(job: Job) -> Update:
    """Return an update with the maps of a sweep's runs, or with none for a single run or removed images."""
    started = [(member, name) for member, name in zip(job.members, sweep_labels(job), strict=True) if member.frame]
    with suppress(DataUnavailableError):
        if len(job.members) > 1 and started:
            held_out = held_out_images(job.config.data.dataset).first(MAP_POINTS)
            return gr.update(
                frames=[
                    map_of(member, member.frame, held_out) | {"title": name} for member, name in started if member.frame
                ]
            )
    return gr.update(frames=[])


def sweep_labels(job: Job) -> list[str]:
    """Return, for each run of a job, its values of the settings that differ between the runs."""
    flat = [member.config.flat() for member in job.members]
    differing = [name for name in flat[0] if len({str(settings[name]) for settings in flat}) > 1]
    return [", ".join(f"{translate(f'setting.{name}')} {settings[name]}" for name in differing) for settings in flat]


def map_of(member: Member, frame: Frame, held_out: ImageSet) -> dict[str, object]:
    """Return a frame of a run in the form that small_multiples.js reads; `held_out` are the images of its points."""
    return {
        "name": title(member.config),
        "points": encoded(frame.points),
        "labels": encoded(held_out.labels.numpy().astype("u1")),
    } | map_properties(member.config)


def interrupted_note(services: Services, owner: str) -> str:
    """Return a note on a training that a shutdown of the server interrupted, or ""."""
    entry = next((entry for entry in services.runs.listing(owner) if entry.owner and not entry.finished), None)
    return note(translate("train.interrupted", name=entry.name)) if entry else ""


def status_of(job: Job, services: Services) -> str:
    """Return what the job is doing, with a progress bar, or how it ended, with links; as HTML."""
    frame = job.frame
    step = frame.step if frame else None
    match job.state:
        case "fetching" if job.download:
            return download_status(job.download.name, job.download.done / 1e6, job.download.total / 1e6)
        case "queued":
            return note(translate("train.queued", place=services.jobs.queue_position(job))) + progress_bar(0)
        case "running" if step and job.stopping:
            return note(translate("train.stopping")) + progress_bar(step.step / step.steps)
        case "running" if step and frame:
            return note(progress_text(frame, job)) + progress_bar(step.step / step.steps)
        case "paused" if step:
            return note(translate("train.paused", epoch=f"{step.epoch:.1f}")) + progress_bar(step.step / step.steps)
        case "measuring":
            return note(translate("train.measuring")) + progress_bar(1)
        case "finished" | "stopped" if job.run_id:
            return end_status(job, services)
        case "stopped":
            return note(job.message or Message("train.stopped_early"))
        case "failed":
            return note(job.message or Message("train.stopped_early"), is_error=True)
    return note(job.message or Message("train.starting")) + progress_bar(0)


def download_status(name: str, done: float, total: float) -> str:
    """Return how much of a data set has been downloaded, of sizes in MB, as HTML."""
    text = translate("train.fetching", name=name, done=f"{done:.1f}", total=f"{total:.0f}")
    return note(text) + progress_bar(done / total)


def progress_text(frame: Frame, job: Job) -> str:
    """Return phase and epoch, the remaining time if it has been estimated, and β if it has a schedule."""
    step, epochs = frame.step, frame.step.epoch / frame.step.step * frame.step.steps
    phase, _, number = step.phase.partition(" ")
    parts = [
        translate(
            "train.running",
            phase=translate(f"phase.{phase}", n=number),
            epoch=f"{step.epoch:.1f}",
            epochs=f"{epochs:.0f}",
        )
    ]
    if frame.seconds_left is not None:
        parts.append(translate("train.remaining", left=duration(frame.seconds_left)))
    if job.config.loss.beta_schedule != "constant" and "beta_schedule" in relevant(job.config.flat()):
        parts.append(f"β {step.beta:.2f}")
    return " · ".join(parts)


def end_status(job: Job, services: Services) -> str:
    """Return how a training ended, with metrics and downloads of its first run, as HTML."""
    try:
        run = services.runs.get(job.run_id)
    except UnknownRunError as error:  # newer runs have replaced it
        return note(error.message, is_error=True)
    metrics = translate(
        "train.metrics_vae" if "kl" in run.metrics else "train.metrics",
        **{name: f"{value:,.1f}" for name, value in run.metrics.items()},
    )
    summary = translate(
        f"train.{job.state}",
        metrics=metrics,
        name=run.name,
        epoch=run.metrics.get("epochs", 0.0),
        seconds=duration(run.metrics.get("seconds", 0.0)),
    )
    problem = note(job.message, is_error=True) if job.message else ""
    others = note(translate("train.several", count=len(job.members))) if len(job.members) > 1 else ""
    return problem + note(summary) + others + collapse_note(run) + downloads_html(job.run_id, run)


def collapse_note(run: Run) -> str:
    """Return a note if some dimensions of a VAE carry no information, or ""."""
    active, dims = run.metrics.get("active_units"), run.config.model.latent_dim
    status = collapse_status(active, dims)
    if status is None:
        return ""
    information = f"{max(0.0, run.metrics['mutual_information']):.1f}"
    text = translate(f"train.{status}", active=f"{active:.0f}", dims=dims, information=information)
    return note(text, is_error=status == "collapsed")


def progress_bar(share: float) -> str:
    """Return a progress bar at a share from 0 to 1, as HTML."""
    percent, name = round(100 * min(1.0, share)), translate("page.progress")
    return (
        f"<div class='vae-progress' role='progressbar' aria-label='{name}' aria-valuenow='{percent}' "
        f"aria-valuemin='0' aria-valuemax='100'><div style='width:{percent}%'></div></div>"
    )


def duration(seconds: float) -> str:
    """Return a duration in seconds, or in minutes and seconds from 90 s on."""
    whole = round(seconds)
    if seconds < 90:
        return translate("train.seconds", s=whole)
    return translate("train.minutes", m=whole // 60, s=whole % 60)
