"""A real Ray on this machine: a head of its own, ended with the tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vae_core.config import RunConfig
from vae_core.jobs import Jobs
from vae_core.runs import Runs
from vae_core.store import Store

from .test_jobs import LONG, SHORT, until

cluster_utils = pytest.importorskip("ray.cluster_utils")


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "include_dashboard": False})
    os.environ["VAE_PLAYGROUND_RAY"] = cluster.address
    yield cluster
    del os.environ["VAE_PLAYGROUND_RAY"]
    cluster.shutdown()


@pytest.fixture(scope="module")
def jobs(head: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    made = Jobs(Runs(store=Store(tmp_path_factory.mktemp("runs"))))
    yield made
    made.close()


def actors() -> list[int]:
    """The processes that train."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/cmdline") if path.read_bytes().startswith(b"ray::Trainer")]


def test_a_job_trains_on_the_cluster_is_watched_and_stopped(jobs: Jobs) -> None:
    short = jobs.submit("a", [RunConfig.from_flat(SHORT)])
    until(lambda: not short.active, 120)
    assert short.state == "finished" and short.history and jobs._runs.get(short.run_id).metrics["epochs"] > 1.9
    long = jobs.submit("a", [RunConfig.from_flat(LONG)])
    until(lambda: len(long.history) > 2, 120)
    jobs.stop(long)
    until(lambda: not long.active)
    assert long.state == "stopped" and 0 < jobs._runs.get(long.run_id).metrics["epochs"] < 500


def test_a_dead_machine_is_told_begun_again_once_and_then_given_up(jobs: Jobs) -> None:
    job, said = jobs.submit("b", [RunConfig.from_flat(LONG)]), []
    for _ in range(2):
        until(lambda: job.state == "running" and actors(), 120)
        for pid in actors():
            os.kill(pid, signal.SIGKILL)
        until(lambda: job.state != "running", 60)
        said.append(job.message)
    until(lambda: not job.active)
    assert "begins again on another" in said[0] and job.state == "failed" and "so has the next" in job.message


def test_a_head_that_goes_in_the_middle_is_a_sentence_and_loses_nothing_finished(head: Any, jobs: Jobs) -> None:
    done = jobs._runs.listing("a")[0].id
    job = jobs.submit("c", [RunConfig.from_flat(LONG)])
    until(lambda: job.state == "running", 120)
    head.remove_node(head.head_node, allow_graceful=False)
    until(lambda: not job.active, 120)
    assert job.state == "failed" and job.message and jobs._runs.get(done).metrics
