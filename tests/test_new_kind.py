"""A new kind of model is one objective, one entry of VARIANTS and its texts; all else follows, or says so in
a sentence.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import gradio as gr
import pytest
import torch

from tests.export.test_browser import agreement
from vae_core.__main__ import main
from vae_core.analysis.latent_map import latent_map
from vae_core.config import LossConfig, RunConfig, relevant
from vae_core.datasets.registry import held_out_images
from vae_core.evaluation.metrics import evaluate
from vae_core.export.files import FILES
from vae_core.export.script.interventions import ScriptError
from vae_core.export.script.render import script
from vae_core.i18n.texts import DEFAULT, texts
from vae_core.kinds import KINDS
from vae_core.latent.codes import encode
from vae_core.models.autoencoder import VAE, Autoencoder, Batch
from vae_core.models.objectives import Terms, negative_elbo
from vae_core.rules import SettingError
from vae_core.runs.checkpoint import load
from vae_core.runs.links import query, restore
from vae_core.training.phases import Phase
from vae_core.training.variants import VARIANTS, Variant, single_phase
from vae_core.ui.tabs.train_form import build_form


def ridge(model: Autoencoder, batch: Batch, loss: LossConfig, generator: torch.Generator | None) -> Terms:
    """loss = −log p(x | z) + ‖z‖²: the objective of the README."""
    output = model(batch.x, batch.y, generator)
    error, penalty = -output.x_hat.log_prob(batch.x), output.z.square().sum(1)
    return Terms(error, output.kl, error + penalty, {"ridge": penalty})


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind `ridge`, added as the README says."""
    monkeypatch.setitem(VARIANTS, "ridge", Variant(Autoencoder, single_phase(ridge)))
    monkeypatch.setitem(texts(DEFAULT), "kind.ridge", "Ridge autoencoder")
    monkeypatch.setitem(texts(DEFAULT), "kind.ridge.about", "Keeps codes near the origin.")
    return "ridge"


def test_a_kind_that_nobody_added_is_refused() -> None:
    assert "ridge" not in KINDS
    with pytest.raises(SettingError, match="kind: ridge is not allowed; use one of pca, ae, "):
        RunConfig.from_flat({"kind": "ridge"})


def test_the_form_offers_it_with_the_settings_that_matter_for_it(kind: str) -> None:
    with gr.Blocks():
        dropdown = build_form().fields["kind"]
    assert isinstance(dropdown, gr.Dropdown)
    assert dropdown.choices[-1] == ("Ridge autoencoder", kind)
    settings = relevant(RunConfig.from_flat({"kind": kind}).flat())
    assert settings == relevant(RunConfig.from_flat({"kind": "ae"}).flat()) - {"layerwise_epochs"}
    assert {"hidden", "density", "epochs"} <= settings
    assert not {"beta", "penalty", "components"} & settings


def test_a_link_brings_its_settings_back(kind: str) -> None:
    config = RunConfig.from_flat({"kind": kind, "latent_dim": 3, "density": "gaussian"})
    assert query(config) == "kind=ridge&latent_dim=3&density=gaussian"
    restored = restore(dict(parse_qsl(query(config))))
    assert not restored.complaints
    assert RunConfig.from_flat(restored.values) == config


def test_the_command_line_trains_it_and_everything_is_made_of_it(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--dataset", "digits", "--hidden", "16", "--epochs", "2", "--latent-dim", "3"]
    assert main(["train", *small, "--kind", kind, "--folder", str(tmp_path), "--name", "mine"]) == 0
    assert "reconstruction: " in capsys.readouterr().out
    run, images = load(tmp_path / "mine"), held_out_images("digits")
    assert run.config.model.kind == kind
    assert evaluate(run.model, images)["reconstruction"] == pytest.approx(run.metrics["reconstruction"])
    assert "training_ridge" in run.history[-1]
    assert len(latent_map(run).to_bytes()) > 360 * 9
    assert encode(run.model, images.pixels).mean.shape == (360, 3)
    assert agreement(run.model, 50) < 2 / 255
    assert FILES["onnx"](run)
    assert FILES["csv"](run)
    with pytest.raises(ScriptError, match="no script has the objective ridge"):
        FILES["py"](run)


class Widened(VAE):
    """A class of models that no template describes."""


@pytest.mark.parametrize(
    ("variant", "missing"),
    [
        (Variant(Widened, single_phase(negative_elbo), weighs_kl=True), "no script has the model Widened"),
        (
            Variant(Autoencoder, lambda *_: [Phase("training", ridge, 1, rate=0.5)]),
            "no script has the phase training",
        ),
        (
            Variant(Autoencoder, lambda *_: [Phase("first", negative_elbo, 1), Phase("second", ridge, 1)]),
            "no script has the training in phases: negative_elbo, ridge",
        ),
    ],
)
def test_a_script_names_what_it_does_not_know(variant: Variant, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VARIANTS, "new", variant)
    with pytest.raises(ScriptError, match=missing):
        script(RunConfig.from_flat({"dataset": "digits", "kind": "new"}))
