"""The status of a visitor's training, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import gradio as gr
import pytest

from tests.support.listed_jobs import ListedJobs
from vae_core.config import RunConfig
from vae_core.jobs.job import Job, Member
from vae_core.jobs.queue import BusyError
from vae_core.rules import SettingError
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.checkpoint import build_untrained
from vae_core.runs.run import Run
from vae_core.ui.services import Services
from vae_core.ui.tabs.train import TrainEvents
from vae_core.ui.tabs.train_controls import start_training, sweep_configs
from vae_core.ui.tabs.train_status import follow_job, shown_recording, sweep_maps

T = TypeVar("T")
SMALL = RunConfig.from_flat({"dataset": "digits", "hidden": "4"})
SKIPPED = gr.skip()
SEEN = type("Seen", (), {"step": None})()  # as much of a frame as a status asks for


@pytest.fixture
def jobs() -> ListedJobs:
    return ListedJobs()


@pytest.fixture
def services(tmp_path: Path, jobs: ListedJobs, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Services that list `jobs`."""
    services = Services(RunCatalog(tmp_path))
    monkeypatch.setattr(services.jobs, "latest", jobs.latest)
    return services


def awaited(answer: Coroutine[None, None, T]) -> T:
    """In a thread of its own: the browser's tests keep a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(answer, 20)).result()


def followed(services: Services, owner: str) -> list[tuple]:
    async def all_of_it() -> list[tuple]:
        return [update async for update in TrainEvents(services, ()).follow(owner)]

    return awaited(all_of_it())


def test_every_end_of_a_training_gives_a_new_token_and_without_a_training_there_is_none(
    services: Services, jobs: ListedJobs
) -> None:
    assert [update[-1] for update in followed(services, "a")] == [SKIPPED]
    jobs.add(Job("a", [Member(SMALL)], state="stopped"))
    first, second = (followed(services, "a")[-1][-1] for _ in range(2))
    assert isinstance(first, str)
    assert isinstance(second, str)
    assert first != second


def test_two_started_trainings_give_different_tokens(services: Services) -> None:
    tokens = [start_training(lambda: Job("a", [Member(SMALL)]))[1] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert all(isinstance(token, str) and token for token in tokens)
    assert start_training(lambda: services.submit("", [SMALL]))[1] == SKIPPED


def test_an_older_training_is_not_shown_over_a_newer_one(services: Services, jobs: ListedJobs) -> None:
    old = jobs.add(Job("a", [Member(SMALL)], state="running"))

    async def look() -> list[tuple]:
        following = follow_job(services, "a")
        updates = [await anext(following)]
        old.state = "stopped"
        jobs.add(Job("a", [Member(SMALL)], state="running"))
        return updates + [update async for update in following]

    [(view, *_)] = awaited(look())
    assert view["recording"]["id"] == old.members[0].id


def test_a_restarted_training_is_shown_from_its_beginning() -> None:
    job = Job("a", [Member(SMALL)], state="running")
    first = shown_recording(job, True, None)
    assert shown_recording(job, True, first) == first == start_training(lambda: job)[2]["recording"]
    job.restarts = 1
    assert shown_recording(job, True, first) != first


def test_a_sweep_on_removed_images_has_no_maps(services: Services, jobs: ListedJobs) -> None:
    gone = RunConfig.from_flat({"dataset": "own-" + "0" * 32, "hidden": "4"})
    job = jobs.add(Job("a", [Member(gone), Member(gone)], state="failed", message="gone"))
    assert sweep_maps(job)["frames"] == []
    job.members[0].frame = SEEN
    assert sweep_maps(job)["frames"] == []
    assert "gone" in followed(services, "a")[0][2]


def test_a_run_that_newer_ones_replaced_is_reported_missing(services: Services, jobs: ListedJobs) -> None:
    id = services.runs.add(Run("mine", SMALL, build_untrained(SMALL), {}), "a")
    jobs.add(Job("a", [Member(SMALL, id, run_id=id)], state="finished"))
    services.runs.remove(id)
    assert "is not here; use one of the list" in followed(services, "a")[0][2]


def test_a_stop_is_shown_before_it_takes_effect(services: Services, jobs: ListedJobs) -> None:
    job = jobs.add(Job("a", [Member(SMALL)], state="running"))
    job.members[0].frame = type("Seen", (), {"step": type("Step", (), {"step": 1, "steps": 2})()})()
    job.stopping = True

    async def look() -> tuple:
        return await anext(follow_job(services, "a"))

    assert "Stopping…" in awaited(look())[2]


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [("ae", "beta", "0.1, 1, 4"), ("vae", "beta", "1, 1.0, 2"), ("pca", "learning_rate", "0.1, 0.01")],
)
def test_a_sweep_that_trains_the_same_model_twice_is_refused(kind: str, name: str, text: str) -> None:
    with pytest.raises(
        SettingError, match=f"values: {text} is not allowed; use values of {name} that give different models"
    ):
        sweep_configs({"kind": kind}, name, text)
    assert [config.model.latent_dim for config in sweep_configs({"kind": kind}, "latent_dim", "2, 3")] == [2, 3]


def test_a_visitor_without_an_id_trains_nothing(services: Services) -> None:
    with pytest.raises(BusyError, match="still opening; try again in a moment"):
        services.submit("", [SMALL])
    assert services.jobs.latest("") is None
