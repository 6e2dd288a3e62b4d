from __future__ import annotations

from pathlib import Path

import pytest

from vae_core.i18n import texts as i18n_texts
from vae_core.i18n.texts import FOLDER, texts
from vae_core.ui.translation import translate, translated_label, translations


def test_a_sentence_has_its_parts_filled_in() -> None:
    assert translate("train.seconds", s=3) == "3 s"


def test_another_language_is_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.json").write_text((FOLDER / "en.json").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "de.json").write_text(
        '{"tab.explore": "Erkunden", "setting.beta.help": "Das Gewicht.", "setting.range": "Erlaubt: {allowed}."}',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n_texts, "FOLDER", tmp_path)
    texts.cache_clear()
    german = translations().translations_dict["de"]
    texts.cache_clear()
    assert german["tab.explore"] == "Erkunden"
    assert german["tab.train"] == "Train"
    assert german["setting.beta.help"] == "Das Gewicht. Erlaubt: a number from 0 to 100."


def test_a_label_has_a_text() -> None:
    assert translated_label("tab.explore").key in translations().translations_dict["en"]
    with pytest.raises(KeyError):
        translated_label("tab.nowhere")
