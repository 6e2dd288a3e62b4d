"""What a visitor is told of a training while it goes on and when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import gradio as gr

from ...config import relevant
from ...datasets.registry import DataUnavailableError, Images, address_of, dataset, held_out_images
from ...evaluation.metrics import collapse_status
from ...i18n.message import Message
from ...jobs.job import Job, Member
from ...runs.catalog import UnknownRunError
from ...runs.run import Run, title
from ...training.monitor import MAP_POINTS, Frame
from ..components import downloads
from ..components.figures import encoded
from ..events import note
from ..services import Services
from ..translation import translate, translated_label
from .train_controls import film_of

LOOK = 0.25  # seconds between two looks at a job's state; its frames the page fetches by itself


async def watched(services: Services, owner: str) -> AsyncIterator[tuple]:
    """The visitor's newest job until it ends or another one is the newest, as updates of (theatre, sweep's maps, status, pause button)."""
    job = services.jobs.latest(owner)
    seen, film = -1, None
    if job is None and (left := cut_short(services, owner)):
        yield *[gr.skip()] * 2, left, gr.skip()
    while job is not None and services.jobs.latest(owner) is job:
        active, revision = job.active, job.revision
        if revision != seen or not active:
            before, film = film, shown(job, active, film)
            theatre = gr.skip() if film == before else gr.update(film=film)
            yield (
                theatre,
                multiples(job),
                status_of(job, services),
                gr.update(value=translated_label("train.resume" if job.state == "paused" else "train.pause")),
            )
            seen = revision
        if not active:
            return
        await asyncio.sleep(LOOK)


def staged(services: Services, owner: str) -> tuple:
    """Updates of (theatre, sweep's maps) for the visitor's newest job as it is now."""
    job = services.jobs.latest(owner)
    film = job and shown(job, job.active, None)
    return (gr.update(film=film), multiples(job)) if film else (gr.skip(), gr.skip())


def shown(job: Job, active: bool, before: dict[str, object] | None) -> dict[str, object] | None:
    """What the theatre is to show. What was seen of a job that has ended without a model stays."""
    if active or job.run_id:
        return film_of(job.members[0].id, live=active, attempt=job.restarts)
    return before if job.frame else film_of("")


def multiples(job: Job) -> dict[str, object]:
    """An update of the maps of a sweep's runs; there are none of images that have been removed."""
    seen = [(member, named) for member, named in zip(job.members, apart(job), strict=True) if member.frame]
    with suppress(DataUnavailableError):
        if len(job.members) > 1 and seen:
            held_out = held_out_images(job.config.data.dataset).first(MAP_POINTS)
            return gr.update(frames=[map_of(member, held_out) | {"title": named} for member, named in seen])
    return gr.update(frames=[])


def apart(job: Job) -> list[str]:
    """What tells the runs of a sweep apart."""
    flat = [member.config.flat() for member in job.members]
    swept = [name for name in flat[0] if len({str(settings[name]) for settings in flat}) > 1]
    return [", ".join(f"{translate(f'setting.{name}')} {settings[name]}" for name in swept) for settings in flat]


def cut_short(services: Services, owner: str) -> str:
    """A sentence on a training that the server's end interrupted, if there is one."""
    entry = next((entry for entry in services.runs.listing(owner) if entry.owner and not entry.finished), None)
    return note(translate("train.interrupted", name=entry.name)) if entry else ""


def map_of(job: Member, held_out: Images) -> dict[str, object]:
    """A run's newest frame as the live map reads it."""
    name, model = job.config.data.dataset, job.config.model
    known = dataset(name)
    return {
        "name": title(job.config),
        "points": encoded(job.frame.points),
        "labels": encoded(held_out.labels.numpy().astype("u1")),
        "classes": known.classes,
        "factorNames": known.factors,
        "dataset": address_of(name),
        "shape": known.shape,
        "standardPrior": model.capabilities.has_standard_prior,
        "latentDim": model.latent_dim,
    }


def status_of(job: Job, services: Services) -> str:
    """What the job is doing, with a bar while it trains and links when it has ended."""
    step = job.frame.step if job.frame else None
    match job.state:
        case "fetching" if job.download:
            done, total = job.download.done / 1e6, job.download.total / 1e6
            return note(
                translate("train.fetching", name=job.download.name, done=f"{done:.1f}", total=f"{total:.0f}")
            ) + bar(done / total)
        case "queued":
            return note(translate("train.queued", place=services.jobs.queue_position(job))) + bar(0)
        case "running" if step and job.stopping:
            return note(translate("train.stopping")) + bar(step.step / step.steps)
        case "running" if step:
            return note(progress(job.frame, job)) + bar(step.step / step.steps)
        case "paused" if step:
            return note(translate("train.paused", epoch=f"{step.epoch:.1f}")) + bar(step.step / step.steps)
        case "measuring":
            return note(translate("train.measuring")) + bar(1)
        case "finished" | "stopped" if job.run_id:
            return ended(job, services)
        case "stopped":
            return note(job.message or Message("train.stopped_early"))
        case "failed":
            return note(job.message or Message("train.stopped_early"), is_error=True)
    return note(job.message or Message("train.starting")) + bar(0)


def progress(frame: Frame, job: Job) -> str:
    """Phase, epoch, time left once it is known, and β where it changes."""
    step, epochs = frame.step, frame.step.epoch / frame.step.step * frame.step.steps
    phase, _, number = step.phase.partition(" ")
    said = translate(
        "train.running", phase=translate(f"phase.{phase}", n=number), epoch=f"{step.epoch:.1f}", epochs=f"{epochs:.0f}"
    )
    said += (
        "" if frame.seconds_left is None else " · " + translate("train.remaining", left=duration(frame.seconds_left))
    )
    moving = job.config.loss.beta_schedule != "constant" and "beta_schedule" in relevant(job.config.flat())
    return said + (f" · β {step.beta:.2f}" if moving else "")


def ended(job: Job, services: Services) -> str:
    """How a training ended, and what of it can be taken along."""
    try:
        run = services.runs.get(job.run_id)
    except UnknownRunError as error:  # newer ones have taken its place
        return note(error.message, is_error=True)
    figures = translate(
        "train.metrics_vae" if "kl" in run.metrics else "train.metrics",
        **{k: f"{v:,.1f}" for k, v in run.metrics.items()},
    )
    parts = {
        "metrics": figures,
        "name": run.name,
        "epoch": run.metrics.get("epochs", 0.0),
        "seconds": duration(run.metrics.get("seconds", 0.0)),
    }
    early = note(job.message, is_error=True) if job.message else ""
    others = note(translate("train.several", count=len(job.members))) if len(job.members) > 1 else ""
    return (
        early
        + note(translate(f"train.{job.state}", **parts))
        + others
        + collapse(run)
        + downloads.downloads_html(job.run_id, run)
    )


def collapse(run: Run) -> str:
    """A sentence if some of a VAE's dimensions say nothing."""
    active, dims = run.metrics.get("active_units"), run.config.model.latent_dim
    found = collapse_status(active, dims)
    if found is None:
        return ""
    information = f"{max(0.0, run.metrics['mutual_information']):.1f}"
    return note(
        translate(f"train.{found}", active=f"{active:.0f}", dims=dims, information=information),
        is_error=found == "collapsed",
    )


def bar(share: float) -> str:
    """A progress bar."""
    percent, name = round(100 * min(1.0, share)), translate("page.progress")
    return (
        f"<div class='vae-progress' role='progressbar' aria-label='{name}' aria-valuenow='{percent}' aria-valuemin='0' aria-valuemax='100'>"
        f"<div style='width:{percent}%'></div></div>"
    )


def duration(seconds: float) -> str:
    """Seconds in words."""
    return (
        translate("train.seconds", s=round(seconds))
        if seconds < 90
        else translate("train.minutes", m=round(seconds) // 60, s=round(seconds) % 60)
    )
