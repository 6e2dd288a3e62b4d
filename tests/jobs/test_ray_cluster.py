"""A real Ray on this machine: a head of its own, ended with the tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.test_queue import LONG, SHORT, until
from tests.jobs.test_worker import Notebook
from vae_core.config import RunConfig
from vae_core.jobs.messages import Failure, Restarted, TrainingSpec
from vae_core.jobs.queue import JobQueue
from vae_core.jobs.ray_cluster import Relay, RemoteSnapshot, Trainer, train_on_cluster
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.checkpoint import build_untrained
from vae_core.runs.run import Run
from vae_core.runs.store import Store, StoredRun

ray, cluster_utils = pytest.importorskip("ray"), pytest.importorskip("ray.cluster_utils")


class Faulty(Trainer):
    """An actor with a mistake in its program."""

    def train(self, specs: tuple[TrainingSpec, ...]) -> None:
        raise TypeError("a mistake")


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    os.environ["VAE_PLAYGROUND_RAY"] = cluster.address
    yield cluster
    del os.environ["VAE_PLAYGROUND_RAY"]
    cluster.shutdown()


@pytest.fixture(scope="module")
def jobs(head: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobQueue]:
    made = JobQueue(RunCatalog(store=Store(tmp_path_factory.mktemp("runs"))))
    yield made
    made.close()


def actors() -> list[int]:
    """The processes that train."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().startswith(b"ray::Trainer")
    ]


def test_a_job_trains_on_the_cluster_is_watched_and_stopped(jobs: JobQueue) -> None:
    short = jobs.submit("a", [RunConfig.from_flat(SHORT)])
    until(lambda: not short.active, 120)
    assert short.state == "finished"
    assert short.history
    assert jobs.runs.get(short.run_id).metrics["epochs"] > 1.9
    long = jobs.submit("a", [RunConfig.from_flat(LONG)])
    until(lambda: len(long.history) > 2, 120)
    jobs.stop(long)
    until(lambda: not long.active)
    assert long.state == "stopped"
    assert 0 < jobs.runs.get(long.run_id).metrics["epochs"] < 500


def test_a_dead_machine_is_told_begun_again_once_and_then_given_up(jobs: JobQueue) -> None:
    job, said, frames = jobs.submit("b", [RunConfig.from_flat(LONG)]), [], []
    for _ in range(2):
        until(lambda: job.state == "running" and actors(), 120)
        for pid in actors():
            os.kill(pid, signal.SIGKILL)
        until(lambda: job.state != "running", 60)
        said.append(job.message and job.message.text())
        frames.append(job.frame)
    assert frames[0] is None
    assert job.restarts == 1
    until(lambda: not job.active)
    assert "starts again on another" in said[0]
    assert job.state == "failed"
    assert "so has the next" in job.message.text()


def test_a_second_attempt_has_what_was_changed_and_the_curves_of_what_was_kept() -> None:
    first, second = (TrainingSpec(id, RunConfig.from_flat(SHORT), "a") for id in ("one", "two"))
    line, changed, rows = Notebook(), RunConfig.from_flat(SHORT | {"beta": 7}), [{"step": 3.0, "epoch": 1.0}]
    run = Run("mine", changed, build_untrained(changed), {}, rows)
    relay = Relay(None, (first, second), line, None)
    relay.forward_event(0, RemoteSnapshot("two", StoredRun(run.weights(), run.description())))
    relay.announce_restart()
    assert [spec.config for spec in relay.specs] == [first.config, changed]
    assert [(number, again.history) for number, again in line.said] == [(0, []), (1, rows)]
    assert all(isinstance(again, Restarted) for _, again in line.said)


def test_a_fault_of_the_training_is_not_told_as_one_of_the_cluster(
    head: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.jobs.ray_cluster.Trainer", Faulty)
    line = Notebook()
    try:
        train_on_cluster((TrainingSpec("one", RunConfig.from_flat(SHORT), "a"),), line, None, head.address)
    finally:
        ray.shutdown()
    failure = line.said[-1][1]
    assert isinstance(failure, Failure)
    assert failure.message.text() == "The training process on the cluster ended unexpectedly (TypeError)."


def test_a_head_that_goes_in_the_middle_is_a_sentence_and_loses_nothing_finished(head: object, jobs: JobQueue) -> None:
    done = jobs.runs.listing("a")[0].id
    job = jobs.submit("c", [RunConfig.from_flat(LONG)])
    until(lambda: job.state == "running", 120)
    head.remove_node(head.head_node, allow_graceful=False)
    until(lambda: not job.active, 120)
    assert job.state == "failed"
    assert job.message
    assert jobs.runs.get(done).metrics
