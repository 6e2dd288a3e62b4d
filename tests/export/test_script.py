from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from vae_core.config import RunConfig
from vae_core.datasets.downloads import faces
from vae_core.datasets.preprocessing import FitOptions
from vae_core.datasets.registry import DATASETS, ImageSet, held_out_images, training_images
from vae_core.datasets.upload_store import UploadedSet, UploadedSets, packed
from vae_core.evaluation.metrics import measure_terms
from vae_core.export.script.interventions import Interventions, ScriptError, interventions_of
from vae_core.export.script.render import MAX_LINES, script, script_of_run
from vae_core.jobs import worker
from vae_core.jobs.interrupts import InterruptibleConnection
from vae_core.jobs.messages import Change, TrainingSpec
from vae_core.runs.checkpoint import SHIPPED, build_untrained, load, parse
from vae_core.runs.recipes import PRESETS, RECIPES
from vae_core.runs.run import Run
from vae_core.training import trainer
from vae_core.training.trainer import train

SMALL = {"dataset": "digits", "train_size": 300, "hidden": "24,16", "epochs": 2, "batch_size": 64, "latent_dim": 3}


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script computes in float32; where a processor has bfloat16 the page's own numbers differ a little."""
    monkeypatch.setattr(trainer, "_has_bfloat16", lambda: False)


def ours(config: RunConfig, images: ImageSet, held_out: ImageSet) -> list[list[float]]:
    """The held-out reconstruction, and with a prior KL and −ELBO, after each epoch of our own training."""
    model, rows, whole = build_untrained(config), [], len(images) // min(config.train.batch_size, len(images))
    for step in train(model, images, config.train, config.loss):
        if step.step % whole == 0:
            numbers = measure_terms(model, held_out)
            means = numbers.means()
            rows.append([means["reconstruction"]] + ([means["kl"], means["total"]] if numbers.kl.shape[1] else []))
    return rows


def printed(text: str) -> list[list[float]]:
    """Return the numbers of each epoch's line."""
    return [
        [float(number) for number in re.findall(r"-?\d+\.\d+", line.partition(":")[2])]
        for line in text.splitlines()
        if line.startswith("epoch")
    ]


def ran(
    config: RunConfig,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    interventions: Interventions = Interventions(),
) -> list[list[float]]:
    """The script's numbers, run in this process."""
    monkeypatch.setattr(sys, "argv", ["script.py"])
    monkeypatch.setattr(torch, "save", lambda *_: None)
    with torch.random.fork_rng():
        exec(compile(script(config, interventions), "script.py", "exec"), {"__doc__": "A script."})
    return printed(capsys.readouterr().out)


CASES = {
    "ae": {"kind": "ae"},
    "ae with a density": {"kind": "ae", "density": "mixture"},
    "layer by layer": {"kind": "ae", "layerwise_epochs": 2},
    "dropout": {"kind": "vae", "dropout": 0.2},
    "layer by layer with dropout": {"kind": "ae", "layerwise_epochs": 1, "dropout": 0.1},
    "sparse": {"kind": "sparse", "penalty": 2},
    "sparse by l1": {"kind": "sparse", "sparsity": "l1"},
    "denoising": {"kind": "denoising", "activation": "silu"},
    "denoising grains": {"kind": "denoising", "corruption": "salt-and-pepper"},
    "denoising noise": {"kind": "denoising", "corruption": "gaussian", "density": "gaussian"},
    "denoising warps": {"kind": "denoising", "corruption": "warping", "strength": 0.5},
    "contractive": {"kind": "contractive"},
    "conditional ae": {"kind": "cae", "activation": "tanh"},
    "classifier": {"kind": "classifier", "pretrain_epochs": 1},
    "noisy": {"kind": "noisy"},
    "vae": {"kind": "vae", "likelihood": "gaussian"},
    "learned sigma": {"kind": "vae", "likelihood": "gaussian-learned", "beta": 4},
    "continuous": {"kind": "vae", "likelihood": "continuous-bernoulli", "reconstruction_weight": 0.5},
    "warm-up": {"kind": "vae", "beta_schedule": "warm-up"},
    "cycles": {"kind": "vae", "beta_schedule": "cyclical", "cycles": 2},
    "automatic": {"kind": "vae", "beta_schedule": "automatic", "kl_target": 5},
    "free bits": {"kind": "vae", "free_bits": 0.5},
    "contrast": {"kind": "vae", "contrast": 2},
    "scaled means": {"kind": "vae", "mean_scale": 1},
    "inverse Lipschitz": {"kind": "vae", "decoder": "inverse-lipschitz"},
    "capacity": {"kind": "capacity"},
    "convolutions": {"kind": "vae", "network": "conv", "hidden": "4,8"},
    "conditional": {"kind": "cvae"},
    "conditional convolutions": {"kind": "cvae", "network": "conv", "hidden": "4,8", "contrast": 1},
    "hierarchical": {
        "kind": "hierarchical",
        "dropout": 0.1,
        "start": "random",
    },  # else the batch normalisation has little but rounding to learn from
    "embedded clusters": {"kind": "dec", "pretrain_epochs": 2},
    "embedded clusters of warps": {
        "kind": "dec",
        "pretrain_epochs": 1,
        "corruption": "warping",
        "dropout": 0.1,
        "components": 4,
    },
    "embedded clusters of convolutions": {
        "kind": "dec",
        "pretrain_epochs": 1,
        "network": "conv",
        "hidden": "4,8",
        "components": 4,
    },
    "vade": {"kind": "vade", "pretrain_epochs": 2, "components": 4},
    "vade of warps": {
        "kind": "vade",
        "pretrain_epochs": 1,
        "corruption": "warping",
        "components": 3,
        "beta_schedule": "warm-up",
        "hidden": "24",
    },
    "vade of convolutions": {"kind": "vade", "pretrain_epochs": 1, "network": "conv", "hidden": "4,8", "components": 4},
    "vade at once": {"kind": "vade", "pretrain_epochs": 0, "components": 2, "hidden": "linear"},
    "rate from its peak": {"kind": "ae", "warm_up": 0.125},
    "random start": {"kind": "vae", "start": "random"},
}


@pytest.mark.parametrize("name", CASES)
def test_a_script_comes_to_the_same_numbers(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig.from_flat(SMALL | CASES[name])
    torch.manual_seed(3)
    numbers = ran(config, capsys, monkeypatch)
    torch.manual_seed(3)  # from which dropout draws
    expected = ours(config, training_images(config.data), held_out_images("digits"))
    assert len(numbers) == len(expected) >= 2
    close = (
        1e-3 if name == "vade of convolutions" else 1e-4
    )  # a bias before a batch normalisation has nothing but rounding to learn from
    np.testing.assert_allclose(np.concatenate(numbers), np.concatenate(expected), rtol=close, atol=1e-4)


def test_pca_comes_to_the_same_number(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "kind": "pca", "latent_dim": 5})
    (model, *_), held_out = [build_untrained(config)], held_out_images("digits")
    list(train(model, training_images(config.data), config.train))
    monkeypatch.setattr(sys, "argv", ["script.py"])
    exec(compile(script(config), "script.py", "exec"), {"__doc__": "A script."})
    numbers = float(re.search(r"fitted: (-?[\d.]+)", capsys.readouterr().out).group(1))
    assert numbers == pytest.approx(measure_terms(model, held_out).means()["reconstruction"], rel=1e-4)


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def test_a_script_runs_alone_and_comes_to_the_numbers_of_our_training(tmp_path: Path) -> None:
    config = RunConfig.from_flat(
        {"train_size": 1000, "epochs": 2, "hidden": "64,32", "batch_size": 100, "beta_schedule": "warm-up"}
    )
    images, held_out = training_images(config.data), held_out_images("mnist").first(500)
    raw = tmp_path / "images" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix, part in (("train", images), ("t10k", held_out)):
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx(part.pixels[:, 0].numpy()))
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(part.labels.numpy()))
    text = script(config)
    assert "vae_core" not in text
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "script.py", "--data", "images"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(
        printed(done.stdout), ours(config, images, held_out), rtol=1e-4, atol=1e-4
    )  # printed with four decimals


def same(config: RunConfig, images: ImageSet, held_out: ImageSet, argument: str = "") -> bool:
    """Whether a script of PCA makes these images its own."""
    values: dict[str, object] = {"__doc__": "A script."}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["script.py", *(["--data", argument] if argument else [])])
        exec(compile(script(config).partition("\ntrain, test = ((")[0], "script.py", "exec"), values)
    numbers = (values[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    return all(map(torch.equal, numbers, (images.pixels, images.labels, held_out.pixels, held_out.labels)))


@pytest.mark.parametrize("name", ["shapes", "shapes64", "pendulum", "digits"])
def test_a_script_has_the_same_images_to_the_byte(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], held_out=360))
    config = RunConfig.from_flat({"dataset": name, "train_size": 300, "kind": "pca"})
    assert same(config, training_images(config.data), DATASETS[name].read(False, 360))


def test_a_script_cuts_faces_out_as_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class CelebA(list):
        attr_names, attr = ["Young", "Smiling"], torch.arange(200).view(100, 2) % 3

    numbers = CelebA(
        (Image.fromarray(picture), None)
        for picture in np.random.default_rng(0).integers(0, 256, (100, 218, 178, 3), np.uint8)
    )
    monkeypatch.setattr(torchvision.datasets, "CelebA", lambda *_, **__: numbers)
    monkeypatch.setitem(DATASETS, "celeba", replace(DATASETS["celeba"], held_out=40))
    assert same(
        RunConfig.from_flat({"dataset": "celeba", "kind": "pca", "train_size": 100}),
        faces(numbers, 100),
        faces(numbers, 40),
    )


def test_own_images_are_taken_along_with_their_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_PLAYGROUND_CACHE", str(tmp_path))
    images, held_out = held_out_images("digits").first(200), held_out_images("digits").first(40)
    sets = UploadedSets(lambda name: None)
    sets.stage("ann", UploadedSet("", (1, 8, 8), tuple("0123456789"), 200, 40, FitOptions(), "key"), images, held_out)
    config = RunConfig.from_flat({"dataset": sets.add("ann", "Leaves").name, "kind": "pca", "train_size": 150})
    (tmp_path / "saved.npz").write_bytes(packed(config.data.dataset))
    assert script(config).startswith('"""pca on Leaves, as VAE Playground trains it')
    assert same(config, images.first(150), held_out, str(tmp_path / "saved.npz"))
    sets.close()
    with pytest.raises(ScriptError, match="^script: the uploaded images .* no longer on the server"):
        script(config)


@pytest.mark.parametrize("name", [*PRESETS, *RECIPES])
def test_every_experiment_is_a_short_script(name: str) -> None:
    text = script(RECIPES[name] if name in RECIPES else RunConfig.from_flat(PRESETS[name]))
    assert len(text.splitlines()) < MAX_LINES
    assert compile(text, name, "exec")


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_data_set_can_be_read(dataset: str) -> None:
    assert compile(script(RunConfig.from_flat({"dataset": dataset, "train_size": 100})), dataset, "exec")


def test_too_many_settings_at_once_are_said() -> None:
    with pytest.raises(
        ScriptError,
        match="^script: these settings together take 1[2-9][0-9] lines, and a script has fewer than 120[.]$",
    ):
        script(RunConfig.from_flat({"kind": "vade", "dataset": "shapes", "likelihood": "continuous-bernoulli"}))


class NoReceiver:
    """A connection without a receiver."""

    def send(self, message: object) -> None: ...

    def poll(self, timeout: float) -> bool:
        time.sleep(timeout)
        return False


@pytest.mark.parametrize("more", [{}, {"beta_schedule": "warm-up"}, {"kind": "capacity", "gamma": 2}])
def test_a_training_that_was_changed_trained_on_and_stopped_is_repeated(
    more: dict[str, object], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, snapshot = RunConfig.from_flat(SMALL | {"epochs": 4} | more), None
    for epochs, steps, end in ((4, 11, 11), (6, 12, 23), (6, 1, 0)):
        run_trainer = worker.RunTrainer(
            0,
            TrainingSpec("id", replace(config, train=replace(config.train, epochs=epochs)), "ann", snapshot),
            InterruptibleConnection(NoReceiver()),
        )
        for step, _ in zip(range(1, steps + 1), run_trainer.training, strict=False):
            if step in (3, 7):
                run_trainer.change(Change(beta=2.0 + epochs) if step == 3 else Change(learning_rate=1e-3 / step))
        snapshot = run_trainer.stored_run(finished=False)
        run = parse(snapshot.weights, snapshot.description)
        assert len(run.changes) >= 3
        assert interventions_of(run).end == end
        assert ("here it was stopped" in script_of_run(run)) == bool(end)
        expected = measure_terms(run.model, held_out_images("digits")).means()
        numbers = ran(run.config, capsys, monkeypatch, interventions_of(run))
        np.testing.assert_allclose(
            numbers[-1], [expected["reconstruction"], expected["kl"], expected["total"]], rtol=1e-4, atol=1e-4
        )
        config = run.config


@pytest.mark.parametrize(
    ("more", "steps"),
    [
        ({"kind": "dec"}, 6),
        ({"kind": "dec", "pretrain_epochs": 1}, 7),
        ({"kind": "vade", "components": 3}, 9),
        ({"kind": "classifier"}, 8),
        ({"kind": "ae", "layerwise_epochs": 1}, 10),
    ],
)
def test_a_training_of_several_phases_that_was_stopped_is_repeated(
    more: dict[str, object], steps: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = RunConfig.from_flat(SMALL | {"pretrain_epochs": 2, "components": 4} | more)
    run_trainer = worker.RunTrainer(0, TrainingSpec("id", config, "ann"), InterruptibleConnection(NoReceiver()))
    for _ in zip(range(steps), run_trainer.training, strict=False):
        pass
    snapshot = run_trainer.stored_run(finished=False)
    run = parse(snapshot.weights, snapshot.description)
    numbers = ran(config, capsys, monkeypatch, interventions_of(run))
    assert numbers[-1][0] == pytest.approx(
        measure_terms(run.model, held_out_images("digits")).means()["reconstruction"], rel=1e-4
    )


FIRST = {"step": 0, "epoch": 0.0, "beta": 1.0, "learning_rate": 5e-3, "epochs": 10}


@pytest.mark.parametrize(
    ("settings", "change", "sentence"),
    [
        ({}, {"diverged": 1}, "a number was no longer finite"),
        ({"dropout": 0.2}, {"beta": 2.0}, "with dropout no script"),
        ({"beta_schedule": "automatic"}, {"epochs": 12}, "with an automatic β no script"),
        ({"kind": "dec"}, {"epochs": 20}, "is trained in several phases"),
        ({"kind": "ae", "layerwise_epochs": 2}, {"stopped": 1}, "is trained in several phases"),
    ],
)
def test_what_no_script_repeats_is_said(settings: dict[str, object], change: dict[str, float], sentence: str) -> None:
    config = RunConfig.from_flat(settings)
    with pytest.raises(ScriptError, match=f"^script: .*{sentence}.*[.]$"):
        script_of_run(Run("", config, build_untrained(config), {}, changes=[FIRST, {"step": 9, "epoch": 1.0} | change]))


def test_a_change_whose_beginning_is_not_known_is_said() -> None:
    run = load(SHIPPED / "mnist-pca-2d")
    assert script_of_run(run) == script(run.config)
    with pytest.raises(ScriptError, match="does not say what it was before"):
        script_of_run(replace(run, changes=[{"epoch": 1.0, "beta": 4.0}]))
