"""The event handlers of the first tab."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from vae_core.analysis.latent_map import latent_map
from vae_core.rules import SettingError
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.checkpoint import SHIPPED, load
from vae_core.ui.services import Services
from vae_core.ui.tabs import explore
from vae_core.ui.tabs.explore import ExploreEvents

ID = "mnist-vae-2d"


@pytest.fixture(scope="module")
def events() -> ExploreEvents:
    return ExploreEvents(Services(RunCatalog()))


def test_the_images_of_a_class_come_one_after_the_other_and_start_again(events: ExploreEvents) -> None:
    labels = latent_map(load(SHIPPED / ID)).labels
    sevens = torch.nonzero(labels == 7)[:, 0].tolist()
    for before, after in pairwise(sevens[:6]):
        assert events.next_of_class(ID, 7, before)[:2] == (None, after)
    assert events.next_of_class(ID, 7, sevens[-1])[1] == sevens[0]
    assert labels[events.random_image(ID, 7)[1]] == 7


def test_a_class_without_test_images_gets_a_sentence(events: ExploreEvents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "latent_map", lambda run: SimpleNamespace(labels=torch.tensor([0, 1, 1])))
    with pytest.raises(SettingError, match="class: 7 is not allowed; use a class that has test images"):
        events.random_image(ID, 7)
    assert events.next_of_class(ID, 7, 1)[1] == 1


def test_a_choice_that_is_repeated_has_a_token_of_its_own(events: ExploreEvents) -> None:
    first, again = (events.next_of_class(ID, 7, 0)[2] for _ in range(2))
    assert first != again
    shown, message = events.show(None, first, ID, 0)
    assert shown["chosen"]["asked"] == first
    assert shown["chosen"]["index"] == 0
    assert message == ""
