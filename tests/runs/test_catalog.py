from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from vae_core.config import RunConfig
from vae_core.runs import catalog, store
from vae_core.runs.catalog import RunCatalog, UnknownRunError
from vae_core.runs.checkpoint import names, save
from vae_core.runs.run import Run
from vae_core.runs.store import Store, StoredRun
from vae_core.training.variants import build


def trained(name: str = "mine") -> Run:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "4"})
    return Run(name, config, build(config.model, (1, 8, 8)), {})


def test_the_shipped_models_are_everybodys_and_a_trained_one_is_its_owners() -> None:
    run_catalog = RunCatalog()
    id = run_catalog.add(trained(), "ann")
    assert [entry.id for entry in run_catalog.listing("ann")] == [id, *names()]
    assert [entry.id for entry in run_catalog.listing("bob")] == names()


def test_a_name_is_given_once_an_owner() -> None:
    run_catalog = RunCatalog()
    for owner in ("ann", "ann", "bob"):
        run_catalog.add(trained(), owner)
    assert [entry.name for entry in run_catalog.listing("ann") if entry.owner] == ["mine (2)", "mine"]
    assert [entry.name for entry in run_catalog.listing("bob") if entry.owner] == ["mine"]


def test_an_owners_oldest_model_makes_room_and_then_the_oldest_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "MAX_RUNS_PER_OWNER", 2)
    monkeypatch.setattr(catalog, "MAX_RUNS", 3)
    run_catalog = RunCatalog()
    first, second, third = (run_catalog.add(trained(), "ann") for _ in range(3))
    with pytest.raises(UnknownRunError, match="is not here"):
        run_catalog.get(first)
    assert run_catalog.get(second)
    assert run_catalog.get(third)
    for owner in ("bob", "cleo"):
        run_catalog.add(trained(), owner)
    with pytest.raises(UnknownRunError):
        run_catalog.get(second)


def test_an_unknown_id_gets_a_sentence() -> None:
    with pytest.raises(UnknownRunError, match="model: nothing-here is not here; use one of the list"):
        RunCatalog().get("nothing-here")


def test_a_damaged_checkpoint_is_left_out_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(trained("good"), tmp_path)
    save(trained("bad"), tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"cut off")
    assert [entry.id for entry in RunCatalog(tmp_path).listing("")] == ["good"]
    assert "bad is left out. checkpoint: the weights are cut off" in caplog.text


def test_runs_outlive_the_server_and_are_found_by_their_owner(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    id = RunCatalog(store=store).add(trained(), "ann")
    (tmp_path / "runs" / "odd.run").write_bytes(b"cut off")
    again = RunCatalog(store=store)
    assert [entry.name for entry in again.listing("ann") if entry.owner] == ["mine"]
    assert not [entry for entry in again.listing("bob") if entry.owner]
    assert again.get(id).name == "mine"
    assert again.get(id) is again.get(id)


def test_age_and_size_are_kept_to_while_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_catalog = RunCatalog(store=Store(tmp_path))
    old, young = run_catalog.add(trained("old"), "ann"), run_catalog.add(trained("young"), "ann")
    os.utime(tmp_path / f"{old}.run", (time.time() - (store.MAX_AGE_DAYS + 1) * 86_400,) * 2)
    run_catalog.add(trained("new"), "bob")
    with pytest.raises(UnknownRunError):
        run_catalog.get(old)
    assert [entry.name for entry in run_catalog.listing("ann") if entry.owner] == ["young"]
    assert run_catalog.get(young).name == "young"
    monkeypatch.setattr(store, "MAX_BYTES", 1.5 * (tmp_path / f"{young}.run").stat().st_size)
    newest = run_catalog.add(trained("newest"), "bob")
    assert {path.name for path in tmp_path.iterdir()} == {f"{newest}.run"}
    assert [entry.name for entry in run_catalog.listing("bob") if entry.owner] == ["newest"]


def test_a_run_that_is_not_on_disk_stays_while_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_catalog = RunCatalog(store=Store(tmp_path))
    monkeypatch.setattr(store.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    first = run_catalog.add(trained("first"), "ann")
    monkeypatch.undo()
    run_catalog.add(trained("second"), "ann")
    assert run_catalog.get(first).name == "first"


def test_a_run_in_the_place_of_another_is_there_on_a_disk_that_has_become_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, *_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    run_catalog = RunCatalog(store=Store(tmp_path))
    old = run_catalog.add(trained(), "ann")
    os.utime(tmp_path / f"{old}.run", (time.time() - (store.MAX_AGE_DAYS + 1) * 86_400,) * 2)
    for name in ("replace", "unlink"):
        monkeypatch.setattr(store.Path, name, refused)
    error = run_catalog.save("new", StoredRun(trained().weights(), trained().description(), owner="ann"), replaces=old)
    assert "Read-only file system" in error.text()
    assert run_catalog.get("new").name == "mine"
    assert [entry.id for entry in run_catalog.listing("ann") if entry.owner] == ["new"]


def test_a_list_is_not_read_while_a_run_is_entered(tmp_path: Path) -> None:
    run_catalog = RunCatalog(store=Store(tmp_path))
    RunCatalog(store=Store(tmp_path)).save(
        "found", StoredRun(trained().weights(), trained().description(), owner="ann")
    )
    finding = threading.Thread(target=run_catalog.find, args=("found",), daemon=True)
    with run_catalog._lock:
        finding.start()
        finding.join(0.5)
        assert [entry.id for entry in run_catalog.listing("ann") if entry.owner] == []
    finding.join(5)
    assert [entry.id for entry in run_catalog.listing("ann") if entry.owner] == ["found"]


def test_a_run_in_the_place_of_another_keeps_its_name(tmp_path: Path) -> None:
    run_catalog = RunCatalog(store=Store(tmp_path))
    old = run_catalog.add(trained(), "ann")
    other = trained("other")
    assert run_catalog.save("new", StoredRun(other.weights(), other.description(), owner="ann"), replaces=old) is None
    assert run_catalog.get("new").name == "mine"
    with pytest.raises(UnknownRunError):
        run_catalog.get(old)
    assert Store(tmp_path).ids() == ["new"]
