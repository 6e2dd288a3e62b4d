"""The command line: the settings of the form, sentences for mistakes, and a saved model after Ctrl-C."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from vae_core.__main__ import TABLES, main
from vae_core.config import settings
from vae_core.reproduce.result import Row
from vae_core.runs.checkpoint import load, names
from vae_core.training.trainer import Step

ROOT = Path(__file__).parents[1]
SMALL = ["train", "--dataset", "digits", "--hidden", "8", "--epochs", "1"]


def values(line: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"(\w+): ([-\d.]+)", line)}


def test_what_is_trained_is_measured_alike_when_it_is_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SMALL, "--folder", str(tmp_path), "--name", "mine"]) == 0
    trained = values(capsys.readouterr().out.splitlines()[-1])
    assert main(["evaluate", str(tmp_path / "mine")]) == 0
    printed = values(capsys.readouterr().out)
    assert set(printed) == {"reconstruction", "kl", "negative_elbo", "active_units", "mutual_information"}
    assert printed == {name: trained[name] for name in printed}


def test_a_name_is_not_taken_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*SMALL, "--folder", str(tmp_path), "--name", "mine"])
    assert main([*SMALL, "--folder", str(tmp_path), "--name", "mine"]) == 2
    assert "name: mine is not allowed" in capsys.readouterr().err


def test_own_images_are_a_folder_or_its_zip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path / "cache"))
    mine = tmp_path / "leaves" / "mine"
    for number in range(26):
        (folder := mine / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (9 * number, 90, 90)).save(folder / f"{number}.png")
    (mine / "notes.txt").write_text("no picture")
    own = ["--data", str(mine), "--size", "32", "--colors", "color"]
    assert (
        main(
            [
                "train",
                *own,
                "--hidden",
                "8",
                "--epochs",
                "1",
                "--batch-size",
                "8",
                "--folder",
                str(tmp_path),
                "--name",
                "mine",
            ]
        )
        == 0
    )
    trained, said = values((shown := capsys.readouterr()).out.splitlines()[-1]), shown.err
    assert "26 images of 2 classes: a, b\nskipped files: 1\n" in said
    own[1] = shutil.make_archive(str(tmp_path / "packed"), "zip", mine)
    assert main(["evaluate", str(tmp_path / "mine"), *own]) == 0
    assert values(capsys.readouterr().out)["negative_elbo"] == trained["negative_elbo"]
    assert main(["evaluate", str(tmp_path / "mine"), *own, "--fit", "pad"]) == 2
    assert "is not allowed; use the pictures that" in capsys.readouterr().err
    assert not list((tmp_path / "cache").rglob("*.npz"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "--hidden", "512,,x"], "hidden: 512,,x is not allowed; use 1 to 6 whole numbers"),
        (["train", "--learning-rate", "nan"], "learning_rate: nan is not allowed; use a number from 0.000001 to 0.1."),
        (["train", "--epochs", "100000"], "epochs: 100000 is not allowed; use a whole number from 1 to 500."),
        (
            ["train", "--data", "nowhere"],
            "data: nowhere does not exist; use a zip or a folder of pictures.",
        ),
        (["train", "--data", ".", "--size", "30"], "size: 30 is not allowed; use one of 28, 32, 64."),
        (["train", "--data", ".", "--folder", "checkpoints"], "folder: checkpoints is not allowed; use another folder"),
        (["evaluate", "nothing"], "nothing.safetensors does not exist"),
        (["checkpoints", "--rebuild", "nothing"], "names: nothing is not allowed; use one of mnist-vae-2d, "),
        (
            ["reproduce", "nothing"],
            "table: nothing is not allowed; use one of burda2016, xie2016, jiang2017, ghosh2020",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_status_two(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


def test_every_setting_is_an_option_with_its_sentence() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "vae_core", "train", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(f"--{name.replace('_', '-')}" in said for name in settings())


def test_the_list_names_every_shipped_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checkpoints"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == names()


def test_a_table_ends_in_a_line_a_row_and_one_for_scripts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def records() -> Iterator[Step | Row]:
        yield Step(1, 1, 1.0, 0.0, "training", 0, 1.0, {"total": 90.0})
        yield from (Row("test NLL", 86.76, 87.26, "nats"), Row("AE, N(0, I)", 4, 3, "in rank"))

    monkeypatch.setitem(TABLES, "burda2016", records)
    assert main(["reproduce", "burda2016"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == [
        "test NLL: paper 86.76 ours 87.26 difference +0.5 nats",
        "AE, N(0, I): paper 4 ours 3 difference -1 in rank",
    ]
    assert values(last)["test_nll"] == 87.26
    assert set(values(last)) == {"test_nll", "ae_n_0_i", "seconds"}


def test_ctrl_c_keeps_what_is_trained(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "vae_core",
        "train",
        "--dataset",
        "digits",
        "--hidden",
        "64",
        "--epochs",
        "500",
        "--batch-size",
        "8",
        "--folder",
        str(tmp_path),
        "--name",
        "cut",
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # a suite in the background has it ignored
    progress = ""
    while not re.search(r"[1-9]\d*/\d+ \[", progress):  # the bar's first step
        assert process.poll() is None
        progress += process.stderr.read(40)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stays in its last state" in said
    run = load(tmp_path / "cut")
    assert 0 < run.metrics["epochs"] < 500
    assert run.changes[-1]["stopped"] == 1
