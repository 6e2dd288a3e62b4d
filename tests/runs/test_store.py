from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from vae_core.runs import store
from vae_core.runs.store import MAX_AGE_DAYS, Store, StoredRun

KEPT = StoredRun(b"weights", b"{}", b"state", "ann", finished=False, recording=b"recording")


def test_what_is_written_is_read_again_whole_or_in_part(tmp_path: Path) -> None:
    folder = Store(tmp_path / "runs")
    folder.write("a", KEPT)
    assert folder.read("a") == KEPT
    assert folder.read("a", ["owner"]) == StoredRun(b"", b"", owner="ann")
    folder.delete("a")
    folder.delete("a")
    with pytest.raises(KeyError):
        folder.read("a")


def test_a_run_of_an_older_version_is_read_without_the_fields_that_it_lacks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.run", "w") as archive:
        for name, content in (
            ("weights", b"w"),
            ("description", b"{}"),
            ("owner", "ann"),
            ("film", b"in another format"),
        ):
            archive.writestr(name, content)
    assert Store(tmp_path).read("a") == StoredRun(b"w", b"{}", owner="ann")


def test_a_file_that_is_damaged_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "a.run").write_bytes(b"PK, but no more than that")
    with pytest.raises(KeyError):
        Store(tmp_path).read("a")


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Store(tmp_path)
    folder.write("a", KEPT)
    monkeypatch.setattr(
        store.zipfile.ZipFile, "writestr", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space left"):
        folder.write("a", StoredRun(b"new", b"{}"))
    monkeypatch.undo()
    assert folder.read("a") == KEPT
    assert [path.name for path in tmp_path.iterdir()] == ["a.run"]


def test_the_old_and_the_too_many_go_oldest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Store(tmp_path)
    for age, id in enumerate("dcba"):
        folder.write(id, KEPT)
        os.utime(tmp_path / f"{id}.run", (time.time() - 60 * age,) * 2)
    os.utime(tmp_path / "a.run", (time.time() - (MAX_AGE_DAYS + 1) * 86_400,) * 2)
    assert folder.ids() == ["a", "b", "c", "d"]
    folder.prune()
    assert folder.ids() == ["b", "c", "d"]
    monkeypatch.setattr(store, "MAX_BYTES", 2 * (tmp_path / "b.run").stat().st_size)
    folder.prune()
    assert folder.ids() == ["c", "d"]


def test_what_a_killed_process_has_left_half_written_goes_in_time(tmp_path: Path) -> None:
    Store(tmp_path).write("a", KEPT)
    for id, age in (("now", 1), ("once", store.MAX_WRITE_S + 1)):
        (tmp_path / f"{id}.7.new").write_bytes(b"PK")
        os.utime(tmp_path / f"{id}.7.new", (time.time() - age,) * 2)
    Store(tmp_path).prune()
    assert Store(tmp_path).ids() == ["a"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.run", "now.7.new"}
