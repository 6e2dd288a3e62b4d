"""A visitor's own pictures: which files of a zip are read, who can use them, and their deletion."""

from __future__ import annotations

import contextlib
import io
import math
import os
import signal
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.waiting import wait_for
from vae_core.analysis.latent_map import latent_map
from vae_core.config import DatasetConfig, PictureConfig, RunConfig
from vae_core.datasets import upload_files, upload_store, uploads
from vae_core.datasets.registry import (
    DataUnavailableError,
    dataset,
    fetch,
    held_out_images,
    image_key,
    name_at,
    short_name,
    training_images,
)
from vae_core.datasets.upload_files import clean
from vae_core.datasets.upload_store import UploadedSets, UploadError
from vae_core.datasets.uploads import Upload, classes_of, read_upload
from vae_core.evaluation.metrics import evaluate
from vae_core.rules import SettingError
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.checkpoint import build_untrained, parse
from vae_core.runs.links import restore
from vae_core.runs.run import Run, measure, title
from vae_core.runs.store import Store
from vae_core.training.monitor import Monitor
from vae_core.training.recording import Recording
from vae_core.training.trainer import Training
from vae_core.training.validation import check_together
from vae_core.ui.services import Services

Files = dict[str, bytes]


def picture(grey: int = 200, size: tuple[int, int] = (40, 40), format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (grey, grey // 2, 0)).save(file, format)
    return file.getvalue()


def squares(*folders: str, each: int = 10) -> Files:
    """So many pictures in each folder, a grey of its own for each folder."""
    return {f"{folder}/{n}.png": picture(40 + 20 * k) for k, folder in enumerate(folders) for n in range(each)}


def zipped(path: Path, files: Files, name: str = "mine.zip", method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path / name, "w", method) as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    return path / name


def brought(path: Path, files: Files, **options: str) -> Upload:
    return read_upload([zipped(path, files)], PictureConfig(**options))


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UploadedSets:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path / "cache"))
    made = UploadedSets(lambda name: None)
    yield made
    made.close()


def add_set(sets: UploadedSets, path: Path, owner: str = "a", name: str = "My squares", **options: str) -> str:
    sets.stage(owner, *brought(path, squares("one", "two", "three"), **options).proposal())
    return sets.add(owner, name).name


def test_folders_are_classes_and_a_fifth_of_each_is_held_out(tmp_path: Path) -> None:
    upload = brought(tmp_path, squares("all/2", "all/10", "all/dogs", each=11), size="32", colors="color")
    assert upload.classes == ("2", "10", "dogs")
    assert upload.counts() == [11, 11, 11]
    assert upload.skipped == {}
    assert upload.joined == 0
    training, held_out = upload.parts()
    assert held_out.labels.bincount().tolist() == [2, 2, 2]
    assert training.labels.bincount().tolist() == [9, 9, 9]
    assert training.pixels.shape == (27, 3, 32, 32)
    assert training.pixels.dtype == torch.uint8
    for part in (training, held_out):
        assert torch.equal(part.pixels[:, 0, 5, 5].long(), 40 + 20 * part.labels), "each image keeps its label"
    assert torch.equal(upload.parts()[0].pixels, training.pixels), "the same every time"
    assert training.labels.tolist() != sorted(training.labels.tolist()), (
        "mixed, so that the first few are of every class"
    )


SMALLEST = {
    "one class": {"a": 20},
    "ten pairs": dict.fromkeys("abcdefghij", 2),
    "nine single ones": dict.fromkeys("abcdefghi", 1) | {"z": 18},
}


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "vae", "latent_dim": 3},
        {"kind": "cvae"},
        {"kind": "vade", "components": 3, "pretrain_epochs": 1},
        {"kind": "pca", "latent_dim": 4},
        {"kind": "ae", "density": "mixture"},
    ],
    ids=lambda settings: settings["kind"],
)
@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_sets_are_trained_on_watched_measured_and_mapped(
    name: str, settings: dict, sets: UploadedSets, tmp_path: Path
) -> None:
    pictures = [f"{folder}/{n}.png" for folder, count in SMALLEST[name].items() for n in range(count)]
    sets.stage("a", *brought(tmp_path, {path: picture(20 + 8 * k) for k, path in enumerate(pictures)}).proposal())
    config = RunConfig.from_flat({"dataset": sets.add("a", name).name, "hidden": "8", "epochs": 1} | settings)
    if settings["kind"] == "cvae" and name == "one class":
        return
    check_together(config)
    model, images, film = build_untrained(config), held_out_images(config.data.dataset), Recording()
    assert len(images) >= uploads.MIN_HELD_OUT
    monitor = Monitor(images, interval_s=0.0)
    for step in Training(model, training_images(config.data), config.train, config.loss):
        film = film.append(monitor.maybe_frame(model, step).snapshot())
    run = Run(name, config, model, measure(model, images, step))
    assert film.to_bytes()
    assert all(map(math.isfinite, run.metrics.values()))
    assert len(latent_map(run).codes.mean) == len(images)


@pytest.mark.parametrize(
    ("files", "count"),
    [(squares(*map(str, range(20)), each=1), 2), (squares(*"abc", each=1) | squares("z", each=17), 3)],
)
def test_too_few_pictures_to_hold_out_get_a_sentence(files: Files, count: int, tmp_path: Path) -> None:
    with pytest.raises(
        UploadError,
        match=f"images: {count} pictures to hold out is not allowed; use at least 4: "
        "a fifth of each folder is held out",
    ):
        brought(tmp_path, files)


def test_the_middle_is_cut_out_or_a_margin_is_added_and_no_ground_is_inverted(tmp_path: Path) -> None:
    wide = Image.new("L", (90, 30), 255)
    wide.paste(0, (30, 0, 60, 30))
    file = io.BytesIO()
    wide.save(file, "PNG")
    files = {f"{n}.png": file.getvalue() for n in range(20)}
    cropped, padded = (brought(tmp_path, files, fit=fit) for fit in ("crop", "pad"))
    assert cropped.images.pixels[0].float().mean() < 20
    assert cropped.fit_options.crop
    assert not cropped.fit_options.light
    assert padded.images.pixels[0, 0, 0].min() == 255
    assert padded.images.pixels[0, 0, 14, 14] == 0
    assert padded.fit_options.light


def test_several_files_and_zips_are_read_together_and_formats_do_not_matter(tmp_path: Path) -> None:
    loose = []
    for n, format in enumerate(["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"] * 2):
        loose.append(tmp_path / f"{n}.bin")
        loose[-1].write_bytes(picture(format=format))
    zips = [zipped(tmp_path, {f"{n}.png": picture(90) for n in range(10)}, f"{name}.zip") for name in ("cats", "dogs")]
    assert brought_counts(read_upload([*loose, *zips], PictureConfig())) == {"cats": 10, "dogs": 10, "unsorted": 12}


def brought_counts(upload: Upload) -> dict[str, int]:
    return dict(zip(upload.classes, upload.counts(), strict=True))


def test_more_than_ten_classes_leave_the_largest_and_others(tmp_path: Path) -> None:
    classes, labels, joined = classes_of([f"c{k}" for k in range(12) for _ in range(12 - k)])
    assert classes == tuple(f"c{k}" for k in range(9)) + ("other",)
    assert joined == 3
    assert labels.bincount().tolist() == [12, 11, 10, 9, 8, 7, 6, 5, 4, 6]
    classes, labels, _ = classes_of(["other"] * 50 + [f"c{k}" for k in range(10)])
    assert classes[-1] == "other"
    assert len(set(classes)) == len(classes)
    assert len(labels) == 60
    assert labels.max() == len(classes) - 1


def test_names_are_unicode_and_harmless() -> None:
    assert clean("Ko\u0308ln") == "Köln"
    assert clean("a\u202eb\x00c") == "abc"
    assert len(clean("x" * 300)) == 40


def test_names_without_a_mark_for_utf8_are_read_as_utf8(tmp_path: Path) -> None:
    path = zipped(tmp_path, squares("猫", "犬"))
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\3\4", 7), (b"PK\1\2", 9)):  # take the flag off
        start = data.find(signature)
        while start >= 0:
            data[start + at] &= 0xF7
            start = data.find(signature, start + 1)
    path.write_bytes(data)
    assert brought_counts(read_upload([path], PictureConfig())) == {"犬": 10, "猫": 10}


def test_what_is_no_picture_is_skipped_and_said_and_what_systems_add_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    files = squares("a", "b") | {
        "a/notes.txt": b"hello",
        "a/cut.png": picture()[:60],
        "a/tiny.png": picture(size=(2, 2)),
        "../up.png": picture(),
        "/etc/root.png": picture(),
        "C:\\x\\d.png": picture(),
        "a/nested.zip": inner.getvalue(),
        "a/huge.png": bytes(21_000_000),
        "__MACOSX/a/._1.png": b"x",
        "a/.DS_Store": b"x",
        "a/Thumbs.db": b"x",
        ".git/config": b"x",
    }
    path = zipped(tmp_path, files)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    upload = read_upload([path], PictureConfig())
    assert len(upload.images) == 20
    assert set(upload.skipped) <= set(uploads.SKIPPED)
    assert upload.skipped == {
        "other": ["a/notes.txt"],
        "damaged": ["a/cut.png"],
        "sides": ["a/tiny.png"],
        "path": ["../up.png", "/etc/root.png", "C:/x/d.png"],
        "zip": ["a/nested.zip"],
        "size": ["a/huge.png"],
        "link": ["a/link.png"],
    }
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["mine.zip"], "nothing was unpacked"
    monkeypatch.setattr(uploads, "MAX_DECODED", 30 * 1600)
    assert len(read_upload([zipped(tmp_path, squares("a", each=40))], PictureConfig()).skipped["much"]) == 10


def test_a_file_that_unpacks_to_more_than_it_says_is_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path, squares("a", "b") | {"a/lie.bmp": picture(size=(900, 900), format="BMP")})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\1\2")  # the last entry of the directory
    data[at + 24 : at + 28] = (500).to_bytes(4, "little")
    path.write_bytes(data)
    upload = read_upload([path], PictureConfig())
    assert upload.skipped == {"damaged": ["a/lie.bmp"]}
    assert len(upload.images) == 20


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "0 is not allowed; use at least 20"),
        ({"a.txt": b"hello", "b.txt": b"hello"}, r"0 .skipped files: 2. is not allowed; use at least 20"),
        (squares("a", each=19), "19 is not allowed; use at least 20"),
        (
            {f"{n}.bmp": bytes(1_500_000) for n in range(8)},
            "mine.zip, which holds 12 MB in 0.0 MB, is not allowed; "
            "use a zip of at most 50 MB unpacked and 100 times its size",
        ),
        ({f"{n}.png": b"" for n in range(301)}, "a zip of 301 files is not allowed; use at most 300"),
    ],
)
def test_what_is_too_little_or_too_much_gets_a_sentence(
    files: Files, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_files, "MAX_UNPACKED", 50_000_000)
    monkeypatch.setattr(upload_files, "MAX_FILES", 300)
    with pytest.raises(UploadError, match=f"images: {words}"):
        brought(tmp_path, files)


def test_a_zip_of_a_hundred_thousand_files_is_refused_before_its_list_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4" + (b"PK\1\2" + bytes(42)) * 100_000)
    monkeypatch.setattr(upload_files, "ZipFile", None)
    with pytest.raises(UploadError, match="a zip of about 100,000 files is not allowed; use at most 20,000"):
        read_upload([tmp_path / "a.zip"], PictureConfig())


@pytest.mark.filterwarnings("ignore")  # of Pillow
def test_a_damaged_locked_or_too_large_zip_gets_a_sentence(tmp_path: Path) -> None:
    whole = zipped(tmp_path, squares("a", "b")).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-300])
    with pytest.raises(UploadError, match="images: the damaged zip cut.zip is not allowed"):
        read_upload([tmp_path / "cut.zip"], PictureConfig())
    locked = bytearray(whole)
    locked[locked.find(b"PK\1\2") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(
        UploadError, match="images: the encrypted zip locked.zip is not allowed; use a zip without a password"
    ):
        read_upload([tmp_path / "locked.zip"], PictureConfig())
    os.truncate(tmp_path / "cut.zip", 51_000_000)
    with pytest.raises(UploadError, match="images: 51 MB of files is not allowed; use at most 50 MB"):
        read_upload([tmp_path / "cut.zip"], PictureConfig())
    chance = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        for at in chance.integers(0, len(damaged), 40):
            damaged[at] = chance.integers(256)
        (tmp_path / "cut.zip").write_bytes(damaged)
        with contextlib.suppress(UploadError):
            read_upload([tmp_path / "cut.zip"], PictureConfig())


def test_more_images_than_memory_is_meant_for_get_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 25 * 28 * 28)
    with pytest.raises(
        UploadError,
        match="more than 25 pictures of 28×28 pixels in grey is not allowed; "
        "use fewer pictures, a smaller size, or grey",
    ):
        brought(tmp_path, squares("a", each=26))
    assert len(brought(tmp_path, squares("a", each=25)).images) == 25
    with pytest.raises(SettingError, match="size: 4096 is not allowed; use one of 28, 32, 64"):
        PictureConfig(size="4096")


def test_a_kept_set_is_a_data_set_like_any_other(sets: UploadedSets, tmp_path: Path) -> None:
    name = add_set(sets, tmp_path, colors="color", size="32")
    uploaded, config = dataset(name), DatasetConfig(name)
    assert (uploaded.title, uploaded.shape, uploaded.classes, uploaded.available, uploaded.held_out) == (
        "My squares",
        (3, 32, 32),
        ("one", "three", "two"),
        24,
        6,
    )
    assert list(fetch(config)) == []
    assert len(training_images(config)) == 24
    assert held_out_images(name).labels.bincount().tolist() == [2, 2, 2]
    run = RunConfig.from_flat({"dataset": name, "kind": "cvae", "hidden": "8", "epochs": 1})
    check_together(run)
    assert title(run) == "My-squares-cvae-2d"
    assert short_name("mnist") == "mnist"
    assert evaluate(build_untrained(run).eval(), held_out_images(name))["reconstruction"] > 0
    with pytest.raises(SettingError, match="components: 100 is not allowed; use at most 24"):
        check_together(RunConfig.from_flat({"dataset": name, "kind": "dec", "components": 100}))


def test_one_class_is_enough_except_for_models_that_need_several(sets: UploadedSets, tmp_path: Path) -> None:
    sets.stage("a", *brought(tmp_path, squares("a", each=20)).proposal())
    name = sets.add("a", "Ones").name
    check_together(RunConfig.from_flat({"dataset": name}))
    with pytest.raises(
        SettingError, match=f"dataset: {name} is not allowed; use one with several classes for the model cvae: mnist"
    ):
        check_together(RunConfig.from_flat({"dataset": name, "kind": "cvae"}))


def test_a_sets_address_cannot_be_told_from_its_name_and_a_name_is_no_address(
    sets: UploadedSets, tmp_path: Path
) -> None:
    name = add_set(sets, tmp_path)
    assert name_at(image_key(name)) == name
    assert image_key("mnist") == name_at("mnist") == "mnist"
    assert image_key(name)[:8] not in name
    for guess in (name, "own-" + "0" * 32, "../" + name, "*", "own-*", ""):
        with pytest.raises(DataUnavailableError):
            name_at(guess)
    with pytest.raises(DataUnavailableError, match="these uploaded images are not on the server"):
        dataset("own-" + "0" * 32)
    with pytest.raises(SettingError, match="dataset: own-... is not allowed; use one of mnist"):
        DatasetConfig("own-***")


def test_others_neither_see_nor_use_a_set(sets: UploadedSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = Services(RunCatalog(tmp_path))
    services.uploads = sets
    name = add_set(sets, tmp_path)
    assert [uploaded.title for uploaded in sets.listing("a")] == ["My squares"]
    assert sets.listing("b") == []
    services.check_owner("a", name)
    services.check_owner("b", "mnist")
    with pytest.raises(DataUnavailableError, match="for their owner alone"):
        services.check_owner("b", name)
    linked = {"dataset": name, "epochs": "3"}
    assert restore(linked, [name]).values == {"dataset": name, "epochs": 3}
    assert not restore(linked, [name]).complaints
    assert restore(linked).values == {"epochs": 3}
    assert "for their owner alone" in restore(linked).complaints[0].text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "name: enter 1 to 40 characters"),
        ("x" * 41, "name: x+ is not allowed"),
        (" My squares ", "not the name of another of your data sets"),
    ],
)
def test_a_name_is_checked_and_what_was_brought_is_kept(
    name: str, words: str, sets: UploadedSets, tmp_path: Path
) -> None:
    add_set(sets, tmp_path)
    sets.stage("a", *brought(tmp_path, squares("one", each=20)).proposal())
    with pytest.raises(SettingError, match=words):
        sets.add("a", name)
    sets.add("a", "Other")
    assert [uploaded.title for uploaded in sets.listing("a")] == ["Other", "My squares"]
    with pytest.raises(UploadError, match="there are none to add"):
        sets.add("a", "Third")


def test_a_visitor_keeps_at_most_three_sets_and_the_server_so_many_bytes(
    sets: UploadedSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "xyz":
        add_set(sets, tmp_path, name=name)
    with pytest.raises(UploadError, match="you have 3 data sets of your own.*remove one first"):
        add_set(sets, tmp_path, name="w")
    monkeypatch.setattr(upload_store, "MAX_BYTES", 1000)
    with pytest.raises(UploadError, match="no room for more uploaded images"):
        add_set(sets, tmp_path, owner="b")


def test_of_what_two_tabs_bring_at_once_one_stays(
    sets: UploadedSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (brought(tmp_path, squares("one", "two", each=count)).proposal() for count in (10, 11))
    write = np.savez

    def while_another_tab_reads(path: Path, **arrays: np.ndarray) -> None:
        monkeypatch.setattr(upload_store.np, "savez", write)
        sets.stage("a", *second)
        write(path, **arrays)

    monkeypatch.setattr(upload_store.np, "savez", while_another_tab_reads)
    sets.stage("a", *first)
    assert [file.stem for file in files_below(tmp_path) if file.suffix == ".npz"] == [first[0].name]
    assert sets.add("a", "Mine").name == first[0].name


def test_a_file_that_goes_while_all_are_weighed_is_no_fault(sets: UploadedSets, tmp_path: Path) -> None:
    add_set(sets, tmp_path)
    (sets.folder / "gone.npz").symlink_to(tmp_path / "nowhere")
    assert add_set(sets, tmp_path, name="second")


def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    sets: UploadedSets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_set(sets, tmp_path)
    before = files_below(tmp_path)
    monkeypatch.setattr(
        upload_store.np, "savez", lambda path, **arrays: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(UploadError, match="the server’s disk is full"):
        add_set(sets, tmp_path, name="second")
    assert files_below(tmp_path) == before


def files_below(path: Path) -> list[Path]:
    return sorted(file for file in (path / "cache").rglob("*") if file.is_file())


def test_what_is_removed_or_not_kept_or_expired_is_gone_with_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path / "cache"))
    store = Store(tmp_path / "runs")
    services = Services(RunCatalog(tmp_path, store))
    sets = services.uploads
    name = add_set(sets, tmp_path)
    config = RunConfig.from_flat({"dataset": name, "hidden": "8"})
    run = Run("mine", config, build_untrained(config), {})
    services.runs.add(run, "a")
    files = (run.weights(), run.description())
    assert [label for label, _ in services.choices("a")][0].startswith("My squares")
    assert parse(*files).config == config
    held_out_images(name)
    sets.delete(name)
    sets.delete(name)
    assert services.choices("a") == []
    assert services.runs.listing("a") == []
    for ask in (
        lambda: dataset(name),
        lambda: held_out_images(name),
        lambda: training_images(config.data),
        lambda: parse(*files),
        lambda: check_together(config),
    ):
        with pytest.raises(DataUnavailableError, match="never saves them with a model"):
            ask()
    services.runs.add(run, "a")
    assert services.choices("a") == [], "a run whose images are gone is in no list, whenever it comes"
    assert not RunCatalog(tmp_path, store).listing("a"), "nor when the server starts again"
    assert not store.ids(), "nor on disk"
    second = add_set(sets, tmp_path)
    sets.stage("b", *brought(tmp_path, squares("one", each=20)).proposal())
    sets.expire()
    assert dataset(second)
    assert len(files_below(tmp_path)) == 4
    sets.grace = 0
    sets.expire()
    assert [file.suffix for file in files_below(tmp_path)] == [".lock"]
    assert not sets.listing("a")
    sets.close()
    assert files_below(tmp_path) == []


def test_a_training_ends_with_its_images_and_leaves_nothing(tmp_path: Path) -> None:
    services = Services(RunCatalog(tmp_path, Store(tmp_path / "runs")))
    name = add_set(services.uploads, tmp_path)
    config = RunConfig.from_flat({"dataset": name, "hidden": "8", "epochs": 500, "batch_size": 8})
    with pytest.raises(DataUnavailableError, match="for their owner alone"):
        services.submit("b", [config])
    job = services.submit("a", [config])
    wait_for(lambda: job.frame)
    services.uploads.delete(name)
    wait_for(lambda: not job.active)
    assert job.state == "failed"
    assert job.message.text() == "The images have been removed, and everything that was trained on them."
    assert job.frame is None
    assert services.runs.listing("a") == []
    assert not list((tmp_path / "runs").glob("*.run"))
    services.jobs.close()


LEAVE = """
import os, signal, sys
from pathlib import Path
from vae_core.datasets.uploads import read_upload
from vae_core.config import PictureConfig
from vae_core.datasets.upload_store import UploadedSets
sets = UploadedSets(lambda name: None)
sets.stage("a", *read_upload([Path(sys.argv[1])], PictureConfig()).proposal())
print(sets.add("a", "Left").name, flush=True)
sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_server_left_is_swept_and_what_a_running_one_has_is_not(
    sets: UploadedSets, tmp_path: Path
) -> None:
    name = add_set(sets, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", LEAVE, str(tmp_path / "mine.zip")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        others = other.stdout.readline().strip()
        upload_store.delete_orphans()
        assert dataset(others).title == "Left"
        assert dataset(name).title == "My squares"
        other.stdin.close()
        assert other.wait(10) == -signal.SIGKILL
    assert dataset(others)
    upload_store.delete_orphans()
    assert dataset(name)
    assert len(list(upload_store.root().iterdir())) == 2
    with pytest.raises(DataUnavailableError):
        dataset(others)
