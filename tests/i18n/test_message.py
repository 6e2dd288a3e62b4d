from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from vae_core.config import RunConfig
from vae_core.i18n import texts as module
from vae_core.i18n.message import Message, UserError, joined
from vae_core.i18n.texts import texts
from vae_core.rules import SettingError


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second language with two texts; the others stay English."""
    (tmp_path / "en.json").write_text(json.dumps(texts()), encoding="utf-8")
    words = {"error.setting": "{name}: {value} ist nicht erlaubt; {allowed}.", "rule.number": "von {low} bis {high}"}
    (tmp_path / "de.json").write_text(json.dumps(words), encoding="utf-8")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    texts.cache_clear()
    yield
    texts.cache_clear()


def error_of(values: dict[str, object]) -> SettingError:
    with pytest.raises(SettingError) as caught:
        RunConfig.from_flat(values)
    return caught.value


def test_an_error_is_worded_in_the_readers_language(german: None) -> None:
    error = error_of({"beta": 1000})
    assert str(error) == "beta: 1000 is not allowed; use a number from 0 to 100."
    assert error.message.text("de") == "beta: 1000 ist nicht erlaubt; von 0 bis 100."


def test_a_text_that_a_language_lacks_is_english(german: None) -> None:
    assert error_of({"beta": ""}).message.text("de") == "beta: enter von 0 bis 100."


def test_a_tuple_becomes_a_list_and_its_messages_are_worded() -> None:
    message = Message("rule.choice", {"options": ("mlp", 3, Message("value.this_text"))})
    assert message.text() == "one of mlp, 3, this text"


def test_braces_in_a_part_stay_as_they_are() -> None:
    assert str(error_of({"kind": "{name}"})).startswith("kind: {name} is not allowed; use one of pca, ")


@pytest.mark.parametrize("value", ["", 1000])
def test_messages_and_errors_survive_the_way_to_another_process(value: object) -> None:
    error = error_of({"beta": value})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is SettingError
    assert again.message == error.message
    assert str(again) == str(error)


def test_sentences_follow_each_other() -> None:
    first, second = Message("value.this_text"), Message("upload.images")
    assert joined([]) is None
    assert joined([None, first]) == first
    assert joined([first, None, second]).text() == "this text images"
    assert first.then(None) == first


def test_an_unknown_key_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        str(UserError(Message("error.no_such_text")))
