"""A worker in this process: its connection is a list, and process settings are not applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from time import sleep
from types import SimpleNamespace

import pytest
import torch

from vae_core.config import RunConfig
from vae_core.datasets.registry import held_out_images
from vae_core.jobs import worker
from vae_core.jobs.interrupts import InterruptibleConnection
from vae_core.jobs.messages import Change, Command, Event, Failure, Measuring, Result, TrainingSpec
from vae_core.jobs.worker import RunTrainer, Worker, run_worker
from vae_core.latent.codes import encode
from vae_core.models.autoencoder import Autoencoder
from vae_core.models.dec import Clustering
from vae_core.models.vade import MixtureVAE
from vae_core.runs.checkpoint import build_untrained, parse
from vae_core.runs.run import title
from vae_core.training import trainer
from vae_core.training.monitor import Frame
from vae_core.training.recording import Recording

SMALL = {"dataset": "digits", "hidden": "8", "epochs": 2}


class Notebook:
    """A connection that records what is sent and returns the commands in `words`."""

    def __init__(self) -> None:
        self.said: list[tuple[int, Event]] = []
        self.words: list[Command] = []

    def send(self, message: tuple[int, Event]) -> None:
        self.said.append(message)

    def recv(self) -> Command:
        return self.words.pop(0)

    def poll(self, timeout: float) -> bool:
        if not self.words:
            sleep(timeout)
        return bool(self.words)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    monkeypatch.setattr(worker, "lower_priority", lambda: None)
    monkeypatch.setattr(worker.os, "nice", lambda less: None)
    return Notebook()


def spec(**settings: object) -> TrainingSpec:
    return TrainingSpec("id", RunConfig.from_flat(SMALL | settings), "ann")


def failing(words: str, kind: type[Exception] = ValueError) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise kind(words)

    return fail


def test_a_title_says_what_was_trained() -> None:
    assert title(RunConfig.from_flat({})) == "mnist-vae-2d"
    assert (
        title(RunConfig.from_flat({"dataset": "digits", "network": "conv", "beta": 4, "latent_dim": 8}))
        == "digits-vae-conv-8d-beta4"
    )


def test_the_film_of_a_training_that_is_stopped_ends_with_the_model_that_is_kept(
    line: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SLICE_S", 0.0)  # so that the stop arrives between two frames
    training_spec, calls = spec(epochs=50), count()
    monkeypatch.setattr(Worker, "obey_commands", lambda self: "stop" if next(calls) > 20 else "")
    run_worker((training_spec,), line, None)
    frames, result = [sentence for _, sentence in line.said if isinstance(sentence, Frame)], line.said[-1][1]
    film, run = Recording.from_bytes(result.run.recording), parse(result.run.weights, result.run.description)
    steps = [frame.step.step for frame in frames]
    assert steps[-1] == 21 == film.snapshots[-1].row["step"] == run.history[-1]["step"]
    assert len(set(steps)) == len(steps)
    codes = encode(run.model, held_out_images("digits").pixels).mean[: len(frames[-1].points)]
    assert torch.allclose(torch.from_numpy(frames[-1].points.astype("float32")), codes, atol=0.01)


def test_a_run_with_a_damaged_recording_can_be_continued(line: Notebook) -> None:
    first = RunTrainer(0, spec(), InterruptibleConnection(line))
    first.advance()
    damaged = replace(first.stored_run(finished=False), recording=b"damaged")
    again = RunTrainer(0, replace(first.spec, start_from=damaged), InterruptibleConnection(line))
    assert again.recording.snapshots == ()
    assert again.training.steps_taken == first.training.steps_taken > 0


def test_a_change_leaves_alone_what_has_ended(line: Notebook) -> None:
    ended, going = (RunTrainer(number, spec(), InterruptibleConnection(line)) for number in range(2))
    trained = Worker([ended, going], InterruptibleConnection(line), None)
    while ended.advance():
        pass
    trained.active.remove(ended)
    line.words = [Change(beta=7)]
    assert trained.obey_commands() == ""
    assert (ended.training.loss.beta, ended.changes) == (1, [])
    assert going.training.loss.beta == 7
    assert going.changes


def test_a_step_that_fails_keeps_what_is_trained_and_says_why(
    line: Notebook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps, forward = count(1), trainer.forward_pass
    fail = failing("linalg.cholesky: The input is not positive-definite.\nAnd more.", torch.linalg.LinAlgError)
    monkeypatch.setattr(trainer, "forward_pass", lambda *given: fail() if next(steps) > 3 else forward(*given))
    run_worker((spec(),), line, None)
    result = line.said[-1][1]
    assert isinstance(result, Result)
    assert "Traceback" in caplog.text
    assert result.message.text() == (
        "Training stopped after step 3: linalg.cholesky: The input is not positive-definite. "
        "The model is saved in its last state. "
        "A smaller learning_rate usually helps."
    )


def test_weights_that_are_no_numbers_any_more_are_the_last_good_ones_again(line: Notebook) -> None:
    trainer = RunTrainer(0, spec(epochs=50), InterruptibleConnection(line))
    trainer.advance()

    def maybe_frame(model: Autoencoder, step: object) -> None:
        with torch.no_grad():
            for weights in model.parameters():
                weights.fill_(torch.nan)
        raise ValueError("Input X contains NaN.\nPCA does not accept missing values")

    trainer.monitor = SimpleNamespace(maybe_frame=maybe_frame)
    assert trainer.advance() is False
    assert "became nan. The last good weights are kept" in trainer.message.text()
    assert all(weights.isfinite().all() for weights in trainer.model.parameters())
    assert trainer.stored_run(finished=True)


def test_a_stop_right_after_a_step_that_broke_the_weights_keeps_the_last_good_ones(line: Notebook) -> None:
    trainer = RunTrainer(0, spec(epochs=50), InterruptibleConnection(line))
    trainer.advance()
    with torch.no_grad():
        trainer.model.decoder[-2].weight.fill_(torch.nan)
    run = parse((snapshot := trainer.stored_run(finished=True)).weights, snapshot.description)
    assert all(weights.isfinite().all() for weights in run.model.parameters())
    assert "a weight became nan" in trainer.message.text()
    again = RunTrainer(0, replace(trainer.spec, start_from=snapshot), InterruptibleConnection(Notebook()))
    again.advance()
    assert again.training.steps_taken > trainer.training.steps_taken
    assert not again.message


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ((trainer, "forward_pass"), "Training stopped after step 0: there is no such thing. A smaller"),
        ((worker, "measure"), "The training has failed: there is no such thing. A smaller"),
    ],
)
def test_where_nothing_can_be_kept_it_is_a_sentence(
    line: Notebook, monkeypatch: pytest.MonkeyPatch, where: tuple, sentence: str
) -> None:
    monkeypatch.setattr(*where, failing("there is no such thing"))
    run_worker((spec(),), line, None)
    failure = line.said[-1][1]
    assert isinstance(failure, Failure)
    assert failure.message.text().startswith(sentence)


@pytest.mark.parametrize("kind", ["dec", "vade"])
def test_a_stop_in_the_midst_of_a_fit_leaves_the_model_as_it_was_and_it_can_be_trained_on(
    line: Notebook, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    training_spec, change = (
        spec(kind=kind, pretrain_epochs=1, components=4),
        Clustering.fit_centers if kind == "dec" else MixtureVAE.fit_prior,
    )
    before: dict[str, torch.Tensor] = {}

    def stopped(model: Autoencoder, *given: object) -> None:
        before.update({name: value.clone() for name, value in model.state_dict().items()})
        change(model, *given)
        line.words.append("stop")
        sleep(20.0)

    monkeypatch.setattr(type(build_untrained(training_spec.config)), change.__name__, stopped)
    run_worker((training_spec,), line, None)
    measuring, result = line.said[-2][1], line.said[-1][1]
    assert measuring == Measuring(stopped=True)
    assert isinstance(result, Result)
    assert not result.message
    weights = parse(result.run.weights, result.run.description).model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in before.items())
    monkeypatch.undo()
    trainer = RunTrainer(0, replace(training_spec, start_from=result.run), InterruptibleConnection(Notebook()))
    while trainer.advance():
        pass
    assert trainer.training.steps_taken == trainer.training.steps
    assert not trainer.message
