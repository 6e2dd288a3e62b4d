from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from starlette.applications import Starlette
from starlette.testclient import TestClient

from vae_core.analysis.latent_map import latent_map
from vae_core.latent.codes import decode
from vae_core.latent.interpolation import spherical
from vae_core.runs.catalog import RunCatalog
from vae_core.ui.routes.path_routes import MAX_REQUEST_BYTES, STEPS, path_routes

RUN = "mnist-vae-2d"


@pytest.fixture(scope="module")
def runs() -> RunCatalog:
    return RunCatalog()


@pytest.fixture(scope="module")
def client(runs: RunCatalog) -> TestClient:
    return TestClient(Starlette(routes=path_routes(runs)))


def test_the_path_along_the_data_has_even_steps_and_its_endpoints_are_those_of_the_question(client: TestClient) -> None:
    a, b = [-1.5, 0.25], [0.5, 2.0]
    path = client.post(f"/vae/path/{RUN}", json={"a": a, "b": b}).json()
    codes = torch.tensor(path["codes"])
    assert codes.shape == (STEPS, 2)
    assert codes[0].tolist() == a
    assert codes[-1].tolist() == b
    assert path["images"] > 0
    assert path["bridges"] == 0
    assert codes[1:].sub(codes[:-1]).norm(dim=1).max() <= 2 * codes[1:].sub(codes[:-1]).norm(dim=1).median()


@pytest.mark.parametrize("way", ["straight", "spherical", "along"])
def test_a_gif_begins_with_a_and_comes_back_to_it(client: TestClient, runs: RunCatalog, way: str) -> None:
    model, codes = runs.get(RUN).model, latent_map(runs.get(RUN)).codes.mean[[0, 8]]
    answer = client.post(
        f"/vae/gif/{RUN}", json={"path": way, "a": codes[0].tolist(), "b": codes[1].tolist(), "label": 7}
    )
    assert answer.headers["content-type"] == "image/gif"
    frames = [
        np.asarray(frame.convert("L"))[::8, ::8]
        for frame in ImageSequence.Iterator(Image.open(io.BytesIO(answer.content)))
    ]
    assert len(frames) == 2 * STEPS - 2
    for frame, code in ((frames[0], codes[0]), (frames[STEPS - 1], codes[1])):
        assert np.abs(frame - 255 * decode(model, code[None])[0, 0].numpy()).max() <= 1
    if way == "spherical":
        middle = decode(model, spherical(*codes, torch.tensor([0.5])))[0, 0].numpy()
        assert np.abs(frames[STEPS // 2] - 255 * middle).max() <= 1


def test_a_conditional_models_gif_decodes_the_class_of_the_question(client: TestClient, runs: RunCatalog) -> None:
    question = {"path": "straight", "a": [0.0, 0.0], "b": [1.0, 0.0], "label": 3}
    first = Image.open(io.BytesIO(client.post("/vae/gif/mnist-cvae-2d", json=question).content)).convert("L")
    expected = decode(runs.get("mnist-cvae-2d").model, torch.zeros(1, 2), torch.tensor([3]))[0, 0].numpy()
    assert np.abs(np.asarray(first)[::8, ::8] - 255 * expected).max() <= 1


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        ({"a": [0, 0]}, "b: enter a list of 2 numbers."),
        ({"a": [0, 0, 0], "b": [0, 0]}, "a: [0, 0, 0] is not allowed; use a list of 2 numbers."),
        ({"a": [0, float("nan")], "b": [0, 0]}, "a: nan is not allowed; use a number from"),
        ({"a": [0, 1e9], "b": [0, 0]}, "a: 1000000000.0 is not allowed"),
        ({"a": ["x", 0], "b": [0, 0]}, "a: x is not allowed"),
        ([1, 2], "use a JSON object"),
        ({"a": "0" * MAX_REQUEST_BYTES}, "use at most 200,000 bytes"),
    ],
)
def test_a_wrong_question_gets_a_sentence(client: TestClient, question: object, complaint: str) -> None:
    for path in ("path", "gif"):
        complete = question | {"path": "straight"} if isinstance(question, dict) else question
        answer = client.post(f"/vae/{path}/{RUN}", content=json.dumps(complete))
        assert answer.status_code == 400
        assert complaint in answer.text


def test_an_unknown_path_class_or_model_gets_a_sentence(client: TestClient) -> None:
    ends = {"a": [0, 0], "b": [1, 1]}
    assert (
        client.post(f"/vae/gif/{RUN}", json=ends | {"path": "crooked"}).text
        == "path: crooked is not allowed; use one of straight, spherical, along."
    )
    assert (
        "label: 10 is not allowed"
        in client.post("/vae/gif/mnist-cvae-2d", json=ends | {"path": "straight", "label": 10}).text
    )
    missing = client.post("/vae/path/nobody", json=ends)
    assert missing.status_code == 404
    assert "nobody is not here" in missing.text
    assert client.post(f"/vae/path/{RUN}", content=b"{").status_code == 400
