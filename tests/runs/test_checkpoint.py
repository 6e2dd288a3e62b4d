from __future__ import annotations

import io
import itertools
import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors

from vae_core.config import RunConfig, settings
from vae_core.runs import checkpoint
from vae_core.runs.checkpoint import FIELDS, SHIPPED, CheckpointError, load, names, parse, round_to_half, save
from vae_core.runs.run import Run
from vae_core.training.variants import build

SHAPE = (1, 8, 8)


@pytest.fixture
def run() -> Run:
    config = RunConfig.from_flat({"dataset": "digits", "hidden": "16,8", "kind": "vae"})
    return Run("small", config, build(config.model, SHAPE, 3).eval(), {"kl": 1.5}, [{"epoch": 1.0}])


def output(restored: Run) -> torch.Tensor:
    return restored.model(
        torch.linspace(0, 1, 64).reshape(1, *SHAPE), generator=torch.Generator().manual_seed(0)
    ).x_hat.logits


@pytest.mark.parametrize("half", [False, True])
def test_what_is_saved_is_loaded_to_the_bit(run: Run, tmp_path: Path, half: bool) -> None:
    if half:
        round_to_half(run.model)
    save(run, tmp_path)
    again = load(tmp_path / "small")
    assert torch.equal(output(again), output(run))
    assert (again.config, again.metrics, again.history, again.name) == (run.config, run.metrics, run.history, run.name)
    assert names(tmp_path) == ["small"]
    assert again.versions == run.versions


def test_weights_that_fit_float16_take_half_the_room(run: Run) -> None:
    full = len(run.weights())
    round_to_half(run.model)
    assert len(run.weights()) < 0.65 * full


class Malicious:
    """A pickle that makes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_refused_and_never_opened(run: Run, tmp_path: Path) -> None:
    torch_file = io.BytesIO()
    torch.save(run.model.state_dict(), torch_file)
    for weights in (torch_file.getvalue(), pickle.dumps(Malicious(tmp_path / "opened"))):
        with pytest.raises(CheckpointError, match="pickle"):
            parse(weights, run.description())
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("length", [0, 5, 300, -1])
def test_truncated_weights_are_refused(run: Run, length: int) -> None:
    with pytest.raises(CheckpointError, match="cut off"):
        parse(run.weights()[:length], run.description())


def changed(run: Run, **tensors: torch.Tensor | None) -> bytes:
    weights = read_tensors(run.weights()) | tensors
    return write_tensors({name: value for name, value in weights.items() if value is not None})


def test_a_wrong_shape_is_named(run: Run) -> None:
    with pytest.raises(CheckpointError, match=r"decoder.0.weight has the shape \(2, 2\); .* needs \(8, 2\)"):
        parse(changed(run, **{"decoder.0.weight": torch.zeros(2, 2)}), run.description())


def test_a_missing_weight_and_one_that_is_not_finite_are_named(run: Run) -> None:
    with pytest.raises(CheckpointError, match="decoder.0.bias is in only one"):
        parse(changed(run, **{"decoder.0.bias": None}), run.description())
    with pytest.raises(CheckpointError, match="decoder.0.bias holds numbers that are not finite"):
        parse(changed(run, **{"decoder.0.bias": torch.full((8,), torch.nan)}), run.description())


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kind": "gan"}, "kind: gan is not allowed"),
        ({"layers": 3}, "layers: 3 is not allowed"),
        ({"latent_dim": 4096}, "latent_dim: 4096 is not allowed"),
    ],
)
def test_a_model_that_is_not_known_is_named(run: Run, config: dict[str, object], words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        parse(run.weights(), json.dumps({"config": run.config.flat() | config}).encode())


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"config": 3}', b"\xff\xfe", b"[" * 100_000])
def test_json_that_is_none_of_ours_is_refused(run: Run, text: bytes) -> None:
    with pytest.raises(CheckpointError, match="the JSON file"):
        parse(run.weights(), text)


KINDS = [None, True, 5, 2.5, float("nan"), "x", "", [], [5], {}, {"a": 5}]


@pytest.mark.parametrize("value", KINDS, ids=repr)
@pytest.mark.parametrize("part", FIELDS)
def test_a_part_of_the_json_of_a_wrong_kind_is_named(run: Run, part: str, value: object) -> None:
    text = json.dumps(json.loads(run.description()) | {part: value}).encode()
    if isinstance(value, FIELDS[part]) and (part, value) != ("config", {"a": 5}):
        return
    with pytest.raises(
        CheckpointError, match=f"{part} in the JSON file|the JSON file has no config|a: 5 is not allowed"
    ):
        parse(run.weights(), text)


def test_a_setting_of_a_wrong_kind_is_named(run: Run) -> None:
    for name, value in itertools.product(settings(), [None, [], [[]], {}, {"a": 5}, "x", -3, 10**400]):
        with pytest.raises(CheckpointError, match=f"{name}: |the weights do not belong"):
            parse(run.weights(), json.dumps({"config": run.config.flat() | {name: value}}).encode())


def test_what_stands_inside_the_parts_is_left_out_where_it_is_no_number(run: Run) -> None:
    odd = {"a": 10**400, "b": float("inf"), "c": "x", "d": True, "e": None, "f": [1], "kl": 2}
    restored = parse(
        run.weights(),
        json.dumps(
            {"config": run.config.flat(), "metrics": odd, "history": [odd, 5, None], "changes": [[odd]]}
        ).encode(),
    )
    assert restored.metrics == {"kl": 2}
    assert restored.history == [{"kl": 2}, {}, {}]
    assert restored.changes == [{}]


def test_weights_beyond_the_limit_and_missing_files_get_sentences(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CheckpointError, match="none.safetensors does not exist"):
        load(tmp_path / "none")
    monkeypatch.setattr(checkpoint, "MAX_WEIGHT_BYTES", 100)
    with pytest.raises(CheckpointError, match="use at most"):
        parse(run.weights(), run.description())


def test_what_ships_is_complete_and_small() -> None:
    from vae_core.runs.recipes import RECIPES

    assert set(names()) == set(RECIPES)
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 30 * 2**20
    for name, config in RECIPES.items():
        assert load(SHIPPED / name).config == config


def test_the_shipped_two_dimensional_vae_reaches_its_figure() -> None:
    assert load(SHIPPED / "mnist-vae-2d").metrics["negative_elbo"] <= 132
