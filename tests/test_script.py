from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import training
from vae_core.checkpoint import SHIPPED, fresh, load
from vae_core.config import RunConfig
from vae_core.datasets import DATASETS, Images, held_out_images, training_images
from vae_core.metrics import terms_of
from vae_core.recipes import PRESETS, RECIPES
from vae_core.script.images import NotWritten
from vae_core.script.program import LONGEST, script, script_of
from vae_core.training import train

SMALL = {"dataset": "digits", "train_size": 300, "hidden": "24,16", "epochs": 2, "batch_size": 64, "latent_dim": 3}
@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script computes in float32; where a processor has bfloat16 the page's own numbers differ a little."""
    monkeypatch.setattr(training, "_has_bfloat16", lambda: False)


def ours(config: RunConfig, images: Images, held_out: Images) -> list[list[float]]:
    """Reconstruction, and with a prior KL and −ELBO too, of the held-out images after each epoch of our own training."""
    model, rows, whole = fresh(config), [], len(images) // min(config.train.batch_size, len(images))
    for step in train(model, images, config.train, config.loss):
        if step.step % whole == 0:
            found = terms_of(model, held_out)
            means = found.means()
            rows.append([means["reconstruction"]] + ([means["kl"], means["total"]] if found.kl.shape[1] else []))
    return rows


def printed(text: str) -> list[list[float]]:
    """The numbers of each epoch's line."""
    return [[float(number) for number in re.findall(r"-?\d+\.\d+", line)] for line in text.splitlines() if line.startswith("epoch")]


def ran(config: RunConfig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """The script's numbers, run in this process."""
    monkeypatch.setattr(sys, "argv", ["script.py"])
    monkeypatch.setattr(torch, "save", lambda *_: None)
    with torch.random.fork_rng():
        exec(compile(script(config), "script.py", "exec"), {"__doc__": "A script."})
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
    "hierarchical": {"kind": "hierarchical", "dropout": 0.1},
}


@pytest.mark.parametrize("name", CASES)
def test_a_script_comes_to_the_same_numbers(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig.from_flat(SMALL | CASES[name])
    torch.manual_seed(3)
    found = ran(config, capsys, monkeypatch)
    torch.manual_seed(3)  # from which dropout draws
    wanted = ours(config, training_images(config.data), held_out_images("digits"))
    assert len(found) == len(wanted) >= 2
    np.testing.assert_allclose(np.concatenate(found), np.concatenate(wanted), rtol=1e-4, atol=1e-4)


def test_pca_comes_to_the_same_number(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig.from_flat({"dataset": "digits", "kind": "pca", "latent_dim": 5})
    (model, *_), held_out = [fresh(config)], held_out_images("digits")
    list(train(model, training_images(config.data), config.train))
    monkeypatch.setattr(sys, "argv", ["script.py"])
    exec(compile(script(config), "script.py", "exec"), {"__doc__": "A script."})
    found = float(re.search(r"fitted: (-?[\d.]+)", capsys.readouterr().out).group(1))
    assert found == pytest.approx(terms_of(model, held_out).means()["reconstruction"], rel=1e-4)


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def test_a_script_runs_alone_and_comes_to_the_numbers_of_our_training(tmp_path: Path) -> None:
    config = RunConfig.from_flat({"train_size": 1000, "epochs": 2, "hidden": "64,32", "batch_size": 100, "beta_schedule": "warm-up"})
    images, held_out = training_images(config.data), held_out_images("mnist").first(500)
    raw = tmp_path / "images" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix, part in (("train", images), ("t10k", held_out)):
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx(part.pixels[:, 0].numpy()))
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(part.labels.numpy()))
    text = script(config)
    assert "vae_core" not in text
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "script.py", "--data", "images"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(printed(done.stdout), ours(config, images, held_out), rtol=1e-4, atol=1e-4)  # printed with four decimals


@pytest.mark.parametrize("name", [*PRESETS, *RECIPES])
def test_every_experiment_is_a_short_script_or_says_why_not(name: str) -> None:
    config = RECIPES[name] if name in RECIPES else RunConfig.from_flat(PRESETS[name])
    if config.model.kind in ("dec", "vade") or config.data.dataset in ("shapes", "pendulum"):
        with pytest.raises(NotWritten, match="^script: .*[.]$"):
            script(config)
    else:
        text = script(config)
        assert len(text.splitlines()) < LONGEST and compile(text, name, "exec")


@pytest.mark.parametrize("dataset", sorted(DATASETS))
def test_every_other_data_set_can_be_read_or_says_why_not(dataset: str) -> None:
    config = RunConfig.from_flat({"dataset": dataset, "train_size": 100, "kind": "pca"})
    try:
        assert compile(script(config), dataset, "exec")
    except NotWritten as error:
        assert str(error).startswith(f"script: the images of {dataset} ")


def test_too_many_settings_at_once_are_said() -> None:
    everything = {"kind": "cvae", "contrast": 1, "mean_scale": 1, "free_bits": 1, "beta_schedule": "automatic", "likelihood": "continuous-bernoulli"}
    with pytest.raises(NotWritten, match="lines"):
        script(RunConfig.from_flat(everything))


def test_a_run_that_was_changed_on_its_way_has_no_script() -> None:
    run = load(SHIPPED / "mnist-pca-2d")
    assert script_of(run) == script(run.config)
    with pytest.raises(NotWritten, match="was changed while this model trained"):
        script_of(replace(run, changes=[{"epoch": 1.0, "beta": 4.0}]))


def test_own_images_have_no_script_whether_they_are_still_here_or_not() -> None:
    with pytest.raises(NotWritten, match="own images are kept by this server"):
        script(RunConfig.from_flat({"dataset": f"own-{'0' * 32}"}))
