from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from vae_core.config import RunConfig, SettingError
from vae_core.jobs import Busy, Job, Jobs, title
from vae_core.runs import Runs

LONG = {"dataset": "digits", "hidden": "64", "epochs": 500, "batch_size": 8}
SHORT = {"dataset": "digits", "hidden": "8", "epochs": 2}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Jobs, Runs]]:
    runs = Runs()
    jobs = Jobs(runs.add)
    jobs.warm()
    yield jobs, runs
    jobs.close()


def until(true: Callable[[], object], seconds: float = 60) -> float:
    """Wait for something; how long it took."""
    started = time.perf_counter()
    while not true():
        assert time.perf_counter() - started < seconds, "waited in vain"
        time.sleep(0.01)
    return time.perf_counter() - started


def start(jobs: Jobs, owner: str, **settings: object) -> Job:
    job = jobs.submit(RunConfig.from_flat(settings), owner)
    until(lambda: job.state == "running" or not job.active)
    return job


def test_a_job_ends_with_a_run_that_its_owner_can_explore(server: tuple[Jobs, Runs]) -> None:
    jobs, runs = server
    job = start(jobs, "a", **SHORT)
    until(lambda: not job.active)
    run = runs.get(job.run_id)
    assert job.state == "finished" and run.config == job.config and run.metrics["epochs"] > 1.9
    assert run.metrics["negative_elbo"] == pytest.approx(run.metrics["reconstruction"] + run.metrics["kl"], rel=1e-5)
    assert run.history == [{key: round(value, 4) for key, value in row.items()} for row in job.history]
    assert job.frame.points.shape == (360, 2) and job.frame.reconstructions.shape == (8, 1, 8, 8) and job.frame.samples.shape == (16, 1, 8, 8)
    assert run.film is job.film and [still.step for still in run.film.stills] == [row["step"] for row in job.history]


def test_a_stop_is_quick_keeps_the_model_and_is_harmless_twice(server: tuple[Jobs, Runs]) -> None:
    jobs, runs = server
    job = start(jobs, "b", **LONG)
    jobs.stop(job)
    jobs.stop(job)
    assert until(lambda: job.state != "running") < 0.5
    until(lambda: not job.active)
    jobs.stop(job)
    assert job.state == "stopped" and 0 < runs.get(job.run_id).metrics["epochs"] < 500


def test_an_owner_has_one_job_at_a_time_and_others_have_theirs(server: tuple[Jobs, Runs]) -> None:
    jobs, _ = server
    job = start(jobs, "c", **LONG)
    with pytest.raises(Busy, match="still running"):
        jobs.submit(RunConfig.from_flat(SHORT), "c")
    other = start(jobs, "d", **SHORT)
    until(lambda: not other.active)
    assert other.state == "finished" and job.active and jobs.latest("c") is job
    jobs.stop(job)
    until(lambda: not job.active)


def test_a_killed_worker_is_told_and_harms_nobody_else(server: tuple[Jobs, Runs]) -> None:
    jobs, _ = server
    job, other = start(jobs, "e", **LONG), start(jobs, "f", **LONG)
    os.kill(jobs._workers[job.id][0].pid, signal.SIGKILL)
    until(lambda: not job.active)
    assert job.state == "failed" and "exit code" in job.message and other.active and job.film.stills  # what was seen is kept
    jobs.stop(other)
    until(lambda: not other.active)
    assert other.state == "stopped" and other.run_id


def test_settings_that_do_not_fit_together_are_refused_before_anything_starts(server: tuple[Jobs, Runs]) -> None:
    jobs, _ = server
    with pytest.raises(SettingError, match="hidden: 8,8,8 is not allowed; use at most 2 convolutions"):
        jobs.submit(RunConfig.from_flat(SHORT | {"network": "conv", "hidden": "8,8,8"}), "g")
    assert jobs.latest("g") is None


def test_data_that_cannot_be_had_is_a_sentence(server: tuple[Jobs, Runs]) -> None:
    jobs, _ = server
    job = start(jobs, "h", dataset="cifar10", epochs=1, network="conv", hidden="4", train_size=100)
    until(lambda: not job.active, 120)
    assert job.state == "finished" or "cifar10 could not be fetched" in job.message


SERVER = """
import time
from vae_core.config import RunConfig
from vae_core.jobs import Jobs
if __name__ == "__main__":
    jobs = Jobs(lambda run, owner: "x")
    job = jobs.submit(RunConfig.from_flat({"dataset": "digits", "hidden": "64", "epochs": 500, "batch_size": 8}), "a")
    while job.state != "running":
        time.sleep(0.05)
    print(jobs._workers[job.id][0].pid, flush=True)
    time.sleep(60)
"""


def test_workers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    root = Path(__file__).parents[1]
    process = subprocess.Popen([sys.executable, script], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True)
    worker = int(process.stdout.readline())
    process.kill()
    process.wait()
    until(lambda: not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2], 20)


def test_a_title_says_what_was_trained() -> None:
    assert title(RunConfig.from_flat({})) == "mnist-vae-2d"
    assert title(RunConfig.from_flat({"dataset": "digits", "network": "conv", "beta": 4, "latent_dim": 8})) == "digits-vae-conv-8d-beta4"
