from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.test_latent_map import run_of
from tests.jobs.test_queue import until
from vae_core.analysis.latent_map import LatentMap
from vae_core.analysis.umap import InverseGrid, UmapPoints
from vae_core.jobs.umap_jobs import UmapJob, UmapJobs
from vae_core.runs.run import Run
from vae_core.runs.store import Store
from vae_core.runtime.container import unpack
from vae_core.training.variants import build


@pytest.fixture(scope="module")
def run() -> Run:
    return run_of(5)


@pytest.fixture
def embeddings() -> Iterator[UmapJobs]:
    made = UmapJobs()
    yield made
    made.close()


def test_it_is_begun_once_told_as_it_goes_and_kept(embeddings: UmapJobs, run: Run) -> None:
    assert embeddings.find("a", run).status("en") == {"state": "none", "stage": "waiting", "share": 0.0, "message": ""}
    job = embeddings.start("a", run)
    assert embeddings.start("a", run) is job
    assert job.state == "running"
    shares = [job.share]
    until(lambda: shares.append(job.share) or job.state == "embedded", 300)  # the inverse compiles as long again
    assert shares == sorted(shares)
    assert len(set(shares)) > 3
    assert job.embedding.points.shape == (360, 2)
    assert embeddings.find("a", run) is job
    assert embeddings.start("a", run) is job
    assert job.state == "embedded"


def test_a_killed_process_is_told_and_can_be_begun_again(embeddings: UmapJobs, run: Run) -> None:
    job = embeddings.start("a", run)
    until(lambda: embeddings.process_id)
    os.kill(embeddings.process_id, signal.SIGKILL)
    until(lambda: job.state == "failed")
    assert "ended unexpectedly (exit code -9)" in job.message.text()
    assert embeddings.process_id is None
    again = embeddings.start("a", run)
    assert again is not job
    assert again.state == "running"
    until(lambda: again.stage != "waiting")


@pytest.mark.parametrize(
    ("where", "error", "sentence"),
    [
        ("vae_core.jobs.umap_jobs.latent_map", RuntimeError("codes that are no numbers"), "codes that are no numbers"),
        ("vae_core.jobs.umap_jobs.start_process", EOFError(), "could not be started. Start it again"),
    ],
)
def test_what_cannot_be_computed_is_told_and_can_be_begun_again(
    embeddings: UmapJobs, run: Run, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception, sentence: str
) -> None:
    def refused(*_: object) -> None:
        raise error

    monkeypatch.setattr(where, refused)
    job = embeddings.start("a", run)
    until(lambda: job.state == "failed", 20)
    assert sentence in job.message.text()
    assert embeddings.start("a", run) is not job


def test_what_is_done_is_kept_with_the_run_and_outlives_the_server(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def laid_out(_: UmapJobs, job: UmapJob, laid: LatentMap) -> None:
        job.update(UmapPoints(laid.codes.mean[:, :2].numpy()))
        job.update(InverseGrid(np.zeros(2, np.float32), np.ones(2, np.float32), np.ones((4, 4, 5), np.float32)))

    monkeypatch.setattr(UmapJobs, "_fit", laid_out)
    store = Store(tmp_path)
    done = UmapJobs(store).start("a", run)
    until(lambda: (tmp_path / "a.umap").exists())
    later = UmapJobs(store)
    again = later.find("a", run)
    assert again.state == "ready"
    assert again.to_bytes() == done.to_bytes()
    assert later.start("a", run) is again
    other = replace(run, model=build(run.config.model, (1, 8, 8), classes=10, seed=1))
    assert UmapJobs(store).find("a", other).state == "none"  # other weights under the same name
    (tmp_path / "a.umap").write_bytes(b"damaged")
    assert UmapJobs(store).find("a", run).state == "none"
    store.delete("a")
    assert not list(tmp_path.iterdir())


def test_the_bytes_hold_places_and_inverse() -> None:
    points, codes = (
        np.random.default_rng(0).random((7, 2), np.float32),
        np.random.default_rng(1).random((4, 4, 3), np.float32),
    )
    job = UmapJob("embedded", embedding=UmapPoints(points))
    for side in (0, 4):
        header, arrays = unpack(job.to_bytes())
        assert header["side"] == side
        assert np.array_equal(arrays["points"], points)
        assert ("codes" in arrays) == (side > 0)
        job.update(InverseGrid(np.zeros(2), np.ones(2), codes))
    assert job.state == "ready"
    assert np.allclose(arrays["codes"], codes, atol=1e-3)
    assert arrays["codes"].dtype == np.float16
