from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.support.listed_jobs import ListedJobs
from tests.training.test_recording import film
from vae_core.config import RunConfig
from vae_core.jobs.job import Job, Member
from vae_core.jobs.queue import JobQueue
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.checkpoint import build_untrained
from vae_core.runs.run import Run
from vae_core.runs.store import Store, StoredRun
from vae_core.runtime.container import unpack
from vae_core.training.recording import Recording
from vae_core.ui.routes.training_routes import TrainingRoutes

HISTORY = [{"step": float(step), "epoch": step / 78} for step in range(1, 5)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, JobQueue]:
    """A server with three runs: with a recording, without one, and with a damaged one."""
    runs = RunCatalog(store=Store(Path(tmp_path_factory.mktemp("runs"))))
    config = RunConfig.from_flat({"hidden": "8"})
    run = Run("seen", config, build_untrained(config), {}, HISTORY)
    for id, data in (("seen", film(4).to_bytes()), ("unseen", b""), ("damaged", film(4).to_bytes()[:-9])):
        runs.save(id, StoredRun(run.weights(), run.description(), owner="ann", recording=data))
    jobs = JobQueue(runs)
    return TestClient(Starlette(routes=TrainingRoutes(runs, jobs).routes())), jobs


def test_a_recording_comes_with_the_properties_that_the_page_needs(site: tuple[TestClient, JobQueue]) -> None:
    answer = site[0].get("/vae/recording/seen")
    received, expected = Recording.from_bytes(answer.content), film(4)
    assert answer.status_code == 200
    assert {"labels", "originals"} <= unpack(answer.content)[0].keys()
    assert all(
        np.array_equal(one.points, other.points)
        for one, other in zip(received.snapshots, expected.snapshots, strict=True)
    )
    assert site[0].get("/vae/curves/seen").json() == {
        "name": "seen",
        "history": [{key: round(value, 4) for key, value in row.items()} for row in HISTORY],
    }


def test_a_recording_is_saved_as_a_gif(site: tuple[TestClient, JobQueue]) -> None:
    answer = site[0].get("/vae/recording/seen/gif")
    assert answer.headers["content-type"] == "image/gif"
    assert Image.open(io.BytesIO(answer.content)).n_frames == 4


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("recording/unseen", 404, "has no recording"),
        ("recording/unseen/gif", 404, "has no recording"),
        ("recording/mnist-vae-2d", 404, "has no recording"),
        ("recording/damaged", 404, "damaged"),
        ("recording/nobody", 404, "is not here"),
        ("live/nobody", 404, "is not here"),
        ("curves/nobody", 404, "is not here"),
        ("live/seen?after=x", 400, "number of a step"),
    ],
)
def test_a_training_that_cannot_be_shown_gets_a_sentence(
    site: tuple[TestClient, JobQueue], path: str, status: int, sentence: str
) -> None:
    answer = site[0].get(f"/vae/{path}")
    assert answer.status_code == status
    assert sentence in answer.text


def test_a_live_request_gets_only_newer_snapshots_and_the_end(
    site: tuple[TestClient, JobQueue], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, jobs = site
    config, snapshots = RunConfig.from_flat({"hidden": "8"}), film(4).snapshots
    job = Job("ann", [Member(config, "seen", history=HISTORY)], state="running")
    monkeypatch.setattr(jobs, "member", ListedJobs([job]).member)
    job.members[0].frame = type("Seen", (), {"snapshot": lambda self: snapshots[-1]})()
    first, then = client.get("/vae/live/seen"), client.get("/vae/live/seen?after=3")
    for answer in (first, then):
        assert [snapshot.step for snapshot in Recording.from_bytes(answer.content).snapshots] == [4]
        assert unpack(answer.content)[0]["active"]
    assert "labels" in unpack(first.content)[0]
    assert "labels" not in unpack(then.content)[0]
    assert len(then.content) < 40_000
    job.state = "finished"
    ended = client.get("/vae/live/seen?after=4")
    assert not Recording.from_bytes(ended.content).snapshots
    assert not unpack(ended.content)[0]["active"]
