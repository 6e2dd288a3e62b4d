"""Training on a GPU: the same numbers as on the CPU, and no GPU tensor outside.

Where there is no GPU, one is simulated.
"""

from __future__ import annotations

import itertools
import json
import math
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from safetensors.torch import load

from tests.conftest import SHAPE
from tests.support.fake_gpu import GPU, DeviceMismatchError, OnGPU, simulated_gpu
from vae_core.__main__ import main
from vae_core.config import ModelConfig, RunConfig
from vae_core.datasets.registry import ImageSet
from vae_core.evaluation.metrics import log_marginal, reconstruction_errors
from vae_core.jobs.interrupts import InterruptibleConnection
from vae_core.jobs.messages import Event, Failure, TrainingSpec
from vae_core.jobs.worker import RunTrainer, run_worker
from vae_core.latent.codes import decode, encode, sample
from vae_core.models.autoencoder import Autoencoder, Batch
from vae_core.reproduce import burda2016, ghosh2020, jiang2017, xie2016
from vae_core.reproduce.result import Row
from vae_core.rules import SettingError
from vae_core.runs.checkpoint import read_state
from vae_core.runs.store import StoredRun
from vae_core.runtime.devices import CPU, VARIABLE, check, device
from vae_core.training import trainer
from vae_core.training.batches import Batches
from vae_core.training.monitor import Frame
from vae_core.training.variants import VARIANTS, build
from vae_core.ui.page import launch

ROOT = Path(__file__).parents[2]
SMALL = {
    "dataset": "digits",
    "train_size": 100,
    "hidden": "12,8",
    "latent_dim": 3,
    "epochs": 2,
    "pretrain_epochs": 1,
    "batch_size": 50,
    "components": 3,
}
CHOICES = [
    *({"kind": kind} for kind in VARIANTS),
    {"kind": "ae", "density": "mixture", "layerwise_epochs": 1, "dropout": 0.2},
    {"kind": "ae", "density": "gaussian", "likelihood": "gaussian"},
    {"kind": "sparse", "sparsity": "l1"},
    {"kind": "cvae", "network": "conv", "hidden": "4,8"},
    {"kind": "cae", "network": "conv", "hidden": "4"},
    {"kind": "vae", "decoder": "inverse-lipschitz", "likelihood": "gaussian-learned"},
    {"kind": "vae", "likelihood": "continuous-bernoulli"},
    {"kind": "vae", "mean_scale": 1, "contrast": 1, "free_bits": 0.1},
    {"kind": "cvae", "contrast": 1, "dropout": 0.3},
    {"kind": "vae", "beta_schedule": "automatic"},
    *({"kind": "denoising", "corruption": name} for name in ("gaussian", "salt-and-pepper", "warping")),
    {"kind": "vade", "corruption": "warping", "network": "conv", "hidden": "4"},
    {"kind": "contractive", "network": "conv", "hidden": "4"},
    {"kind": "hierarchical", "network": "conv", "hidden": "4", "top_dim": 4},
]


class Recorder:
    """The server's end of a worker's connection."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def send(self, message: tuple[int, Event]) -> None:
        self.frames.append(message[1])

    def recv(self) -> str:
        return ""

    def poll(self, timeout: float) -> bool:
        time.sleep(timeout)
        return False


@pytest.fixture(autouse=True)
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU computes in float32; where the processor has bfloat16 its numbers differ by more than rounding."""
    monkeypatch.setattr(trainer, "_has_bfloat16", lambda: False)


def worked(settings: dict[str, object], begun: StoredRun | None = None) -> tuple[list[Frame], StoredRun, RunTrainer]:
    """Return the messages and the stored run of a training, and its RunTrainer."""
    torch.manual_seed(0)  # dropout's noise is torch's own
    run_trainer = RunTrainer(
        0,
        TrainingSpec("a", RunConfig.from_flat(SMALL | settings), "me", begun),
        InterruptibleConnection(notebook := Recorder()),
    )
    run_trainer.monitor.interval_s = 60.0  # frames of the first and the last step alone
    while run_trainer.advance():
        pass
    return notebook.frames, run_trainer.stored_run(finished=True), run_trainer


def agree(
    there: tuple[list[Frame], StoredRun, RunTrainer], here: tuple[list[Frame], StoredRun, RunTrainer], tolerance: float
) -> None:
    """The first and the last frame, weights, figures, curves and state are the same but for rounding."""
    for one, other in zip((there[0][0], there[0][-1]), (here[0][0], here[0][-1]), strict=True):
        assert one.step.step == other.step.step
        assert one.step.terms == pytest.approx(other.step.terms, rel=tolerance, abs=tolerance)
        assert one.held_out == pytest.approx(other.held_out, rel=tolerance, abs=tolerance)
        assert one.kl == pytest.approx(other.kl, rel=tolerance, abs=tolerance)
        for mine, theirs in ((one.reconstructions, other.reconstructions), (one.samples, other.samples)):
            assert mine.dtype == np.uint8
            assert np.abs(mine.astype(int) - theirs).max() <= 1
        assert np.allclose(one.points, other.points, atol=1e-2 + tolerance)
    one, other = there[1], here[1]
    for mine, theirs in (
        (load(one.weights), load(other.weights)),
        (read_state(one.state).moments, read_state(other.state).moments),
    ):
        assert mine.keys() == theirs.keys()
        assert all(
            torch.allclose(mine[name].float(), theirs[name].float(), rtol=tolerance, atol=tolerance) for name in mine
        )
    assert torch.equal(read_state(one.state).noise, read_state(other.state).noise)
    assert torch.equal(read_state(one.state).order, read_state(other.state).order)
    figures, others = (json.loads(snapshot.description)["metrics"] | {"seconds": 0} for snapshot in (one, other))
    assert figures == pytest.approx(others, rel=tolerance, abs=tolerance)


def on_gpu(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch, begun: StoredRun | None = None
) -> tuple[list[Frame], StoredRun, RunTrainer]:
    """The same with a simulated GPU."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with simulated_gpu():
        return worked(settings, begun)


def on_processor(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch, begun: StoredRun | None = None
) -> tuple[list[Frame], StoredRun, RunTrainer]:
    monkeypatch.setenv(VARIABLE, "cpu")
    return worked(settings, begun)


def test_the_simulated_gpu_refuses_what_a_gpu_refuses() -> None:
    with simulated_gpu():
        there = torch.eye(3).to("cuda")
        assert there.device == GPU
        assert (there * torch.tensor(2.0)).cpu().sum() == 6
        assert not isinstance(there.cpu(), OnGPU)
        for wrong in (
            lambda: there @ torch.eye(3),
            lambda: torch.ones(3) + there.sum(),
            lambda: torch.cat([there, torch.eye(3)]),
            lambda: torch.eye(3)[there[0].long()],
            lambda: torch.randn(3, device="cuda"),
            lambda: there.normal_(generator=torch.Generator()),
            lambda: torch.dropout(there, 0.5, True),
        ):
            with pytest.raises(DeviceMismatchError):
                wrong()
        with pytest.raises((RuntimeError, TypeError)):
            there.numpy()


@pytest.mark.parametrize("settings", CHOICES, ids=lambda settings: "-".join(map(str, settings.values())))
def test_a_training_on_a_gpu_is_the_same_and_hands_over_what_is_on_the_processor(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = on_gpu(settings, monkeypatch)
    assert there[2].model.device == GPU
    assert all(isinstance(value, OnGPU) for value in there[2].model.state_dict().values())
    assert not any(isinstance(value, OnGPU) for value in there[2].training.state().moments.values())
    agree(there, on_processor(settings, monkeypatch), 1e-5)


@pytest.mark.parametrize("settings", [{"kind": "vae"}, {"kind": "dec"}], ids=lambda settings: settings["kind"])
@pytest.mark.parametrize(
    ("first", "second"), [(on_gpu, on_processor), (on_processor, on_gpu)], ids=["from a GPU", "to a GPU"]
)
def test_a_training_goes_on_elsewhere_as_if_it_had_not_been_left(
    settings: dict[str, str], first: Callable, second: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings | {"epochs": 4}
    whole = on_processor(settings, monkeypatch)
    with monkeypatch.context() as leaving:
        leaving.setattr(
            RunTrainer,
            "advance",
            lambda run_trainer: setattr(run_trainer, "last", next(itertools.islice(run_trainer.steps, 4, None))),
        )  # five of eight or ten steps
        begun = first(settings, monkeypatch)[1]
    _, snapshot, run_trainer = second(settings, monkeypatch, begun)
    assert run_trainer.last.step == run_trainer.last.steps == whole[2].last.steps
    agree(([whole[0][-1]], snapshot, run_trainer), ([whole[0][-1]], *whole[1:]), 1e-5)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("vae_core.training.trainer.forward_pass", 3),
        ("vae_core.jobs.worker.Monitor.maybe_frame", 4),
        ("vae_core.jobs.worker.measure", 1),
        ("vae_core.training.variants.encode", 1),
    ],
)
def test_where_a_gpus_memory_is_full_the_processor_goes_on_from_the_last_step(
    name: str, call: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"kind": "dec"}
    whole, calls, does = (
        on_processor(settings, monkeypatch),
        itertools.count(1),
        pkgutil.resolve_name(name.replace(".Monitor", ":Monitor")),
    )

    def fails(*arguments: object) -> object:
        if next(calls) == call:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return does(*arguments)

    monkeypatch.setattr(name, fails)
    there = on_gpu(settings, monkeypatch)
    assert there[2].model.device == CPU
    assert "moves from cuda:0 to the CPU. CUDA out of memory." in caplog.text
    assert there[2].last.step == whole[2].last.step
    assert not there[2].message
    agree(([whole[0][-1]], *there[1:]), ([whole[0][-1]], *whole[1:]), 1e-5)


def test_a_fault_that_is_not_the_gpus_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("a shape")

    monkeypatch.setattr(trainer, "forward_pass", fails)
    for somewhere in (on_gpu, on_processor):
        assert (
            somewhere({}, monkeypatch)[2].message.text()
            == "Training stopped after step 0: a shape. A smaller learning_rate usually helps."
        )


@pytest.mark.parametrize("kind", ["cvae", "vade", "hierarchical", "vae"])
def test_what_is_asked_of_a_model_on_a_gpu_is_answered_on_the_processor(kind: str, images: ImageSet) -> None:
    def encode_all(model: Autoencoder) -> list[torch.Tensor]:
        codes, drawn = encode(model, images.pixels), sample(model, 5, 0)
        marginal = [log_marginal(model, images.pixels[:3], samples=4)] if kind == "vae" else []
        return [
            *vars(model.prior()).values(),
            codes.mean,
            codes.log_var,
            reconstruction_errors(model, images.pixels),
            reconstruction_errors(model, images.pixels, images.labels),
            *drawn,
            decode(model, *drawn),
            decode(model, drawn[0]),
            *marginal,
        ]

    model = build(ModelConfig(kind=kind, hidden=(16,), latent_dim=3), SHAPE, 7, classes=10)
    here = encode_all(model)
    with simulated_gpu():
        there = encode_all(model.to("cuda"))
    assert all(
        type(value) is torch.Tensor and torch.allclose(value, other, rtol=1e-5, atol=1e-6)
        for value, other in zip(there, here, strict=True)
    )


@pytest.mark.parametrize(
    "table",
    [
        partial(burda2016.reproduce, 100, 5, 1, 4),
        partial(ghosh2020.reproduce, 100, 100, 1, 1),
        partial(jiang2017.reproduce, 100, 50, (8,), 1, 1),
        partial(xie2016.reproduce, 100, 50, (8,), 1, 1),
    ],
    ids=["burda", "ghosh", "jiang", "xie"],
)
def test_a_published_table_is_trained_on_a_gpu(table: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    devices = set()
    between = Batches.between

    def recording_devices(batches: Batches, first: int, end: int, device: torch.device) -> Iterator[Batch]:
        devices.add(device)
        return between(batches, first, end, device)

    monkeypatch.setattr(Batches, "between", recording_devices)
    with simulated_gpu():
        rows = [record for record in table() if isinstance(record, Row)]
    assert devices == {GPU}
    assert rows
    assert all(math.isfinite(row.ours) for row in rows)


def test_the_command_line_trains_on_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    command = [
        "train",
        "--dataset",
        "digits",
        "--train-size",
        "100",
        "--hidden",
        "8",
        "--epochs",
        "1",
        "--folder",
        str(tmp_path),
        "--name",
        "one",
    ]
    with simulated_gpu():
        assert main(command) == 0
    assert main(["evaluate", str(tmp_path / "one")]) == 0
    monkeypatch.setenv(VARIABLE, "gpu")
    assert main([*command[:-1], "two"]) == 2
    assert f"{VARIABLE}: gpu is not allowed; use cpu, cuda, or a GPU" in capsys.readouterr().err
    monkeypatch.setattr("vae_core.__main__.device", mock.Mock(side_effect=torch.OutOfMemoryError))
    assert main([*command[:-1], "two"]) == 2
    assert "The GPU’s memory is full." in capsys.readouterr().err


@pytest.mark.parametrize("word", ["gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "mps", " cpu", "cpu:0"])
def test_a_wrong_word_is_a_sentence_before_the_server_starts(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, word)
    with pytest.raises(
        SystemExit, match=f"{VARIABLE}: {word} is not allowed; use cpu, cuda, or a GPU by its number such as cuda:1."
    ) as ended:
        launch()
    assert not isinstance(ended.value.code, int)  # python prints it and ends with status 1


@pytest.mark.parametrize(
    ("word", "count", "sentence"),
    [
        ("cuda", 0, "use cpu, since torch finds no GPU"),
        ("cuda:1", 1, "cuda:1 is not allowed; use cuda: torch finds a single GPU"),
        ("cuda:2", 2, "use cuda:0 to cuda:1, as many GPUs as torch finds"),
        ("cuda:1", 2, ""),
        ("cuda", 1, ""),
        ("cpu", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_gpu_that_is_not_there_is_a_sentence(
    word: str, count: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, word)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(count))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch, "empty", lambda *_, **__: None)
    monkeypatch.setattr("vae_core.runtime.devices.COUNT", f"print({count})")
    for asking in (check, device):
        if sentence:
            with pytest.raises(SettingError, match=sentence):
                asking()
        else:
            assert asking() in (None, torch.device(word or "cpu"))


def test_a_worker_tells_of_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "cuda:99")
    monkeypatch.setattr("os.nice", lambda _: None)  # it would last
    run_worker((TrainingSpec("a", RunConfig.from_flat(SMALL), "me"),), notebook := Recorder(), None)
    assert isinstance(notebook.frames[-1], Failure)
    assert f"{VARIABLE}: cuda:99 is not allowed" in notebook.frames[-1].message.text()


def test_a_gpu_without_room_is_left_to_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    full = getattr(torch, "AcceleratorError", RuntimeError)("CUDA error: out of memory")
    monkeypatch.setattr(torch, "empty", mock.Mock(side_effect=full))
    assert device() == CPU
    assert "cuda cannot be used; the processor trains." in caplog.text


def test_on_a_gpu_convolutions_are_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    with simulated_gpu():
        assert device().type == "cuda"
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


SERVER = """
import os
import torch

server, derived = os.getpid(), []

def asked(name, answer):
    def ask(*_):
        assert os.getpid() != server, f"{name} in a process that is forked"
        return answer
    return ask

for name in ("is_available", "device_count", "init", "_lazy_init"):
    setattr(torch.cuda, name, asked(name, GPUS))
torch.accelerator.is_available = asked("is_available", GPUS > 0)
run_backward = torch.autograd.backward
torch.autograd.backward = lambda *of, **how: derived.append(run_backward(*of, **how))
torch.autograd.grad = asked("grad", None)
from vae_core.runtime import devices, resources
import vae_core.jobs.preload
devices.check(), resources.max_workers()
print(torch.cuda.is_initialized(), len(derived))
"""


@pytest.mark.parametrize(("gpus", "steps"), [(0, 1), (1, 0)])
def test_neither_the_server_nor_what_its_workers_are_forked_from_starts_cuda(
    gpus: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a GPU, torch starts a thread for it as soon as any derivative is computed."""
    monkeypatch.delenv(VARIABLE, raising=False)
    process = subprocess.run(
        [sys.executable, "-c", SERVER.replace("GPUS", str(gpus))], cwd=ROOT, capture_output=True, text=True
    )
    assert process.stdout == f"False {steps}\n", process.stderr


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"network": "conv", "hidden": "4,8"},
        {"kind": "denoising"},
        {"kind": "ae", "dropout": 0.2},
        {"kind": "contractive"},
    ],
    ids=str,
)
def test_a_real_gpu_has_the_processors_numbers(settings: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Adam's first steps are as long for a derivative that is 0 but for rounding as for another, so that a weight may
    differ by some of them.
    """
    here = on_processor(settings, monkeypatch)
    monkeypatch.delenv(VARIABLE)
    there = worked(settings)
    assert there[2].model.device.type == "cuda"
    agree(there, here, 2e-2)
