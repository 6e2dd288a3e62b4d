"""Settings as the query string of a link, and back: what the teacher saw, the student sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ..config import RunConfig, settings
from ..datasets.registry import DataUnavailableError
from ..datasets.upload_store import MISSING
from ..i18n.message import Message
from ..rules import OWN_NAME, SettingError, check
from ..training.validation import check_together

NOT_SETTINGS = (
    "model",
    "tab",
    "view",
    "deep_link",
    "session_hash",
    "logs",
)  # the page's own, and Gradio's beside those that begin with __


@dataclass(frozen=True)
class LinkSettings:
    """The settings of a link by name, and `complaints` about those that are left out or do not fit together."""

    values: dict[str, object]
    complaints: list[Message]


def query(config: RunConfig) -> str:
    """The settings that differ from the defaults, in the order of `settings()`, such as latent_dim=8&beta=4."""
    values, defaults = config.flat(), RunConfig().flat()
    return urlencode([(name, _short(values[name])) for name in settings() if values[name] != defaults[name]], safe=",")


def restore(parameters: Mapping[str, str], own: Collection[str] = ()) -> LinkSettings:
    """Read the settings from a link's parameters. An invalid one is left out and reported in `complaints`.

    So is a visitor's own data set that is not among the names `own`. A complaint is also made, and nothing left out,
    where the settings are not allowed together.
    """
    named = {
        name: text
        for name, text in parameters.items()
        if name and not name.startswith("__") and name not in NOT_SETTINGS
    }
    values, complaints = {}, []
    for name, text in named.items():
        try:
            values[name] = _checked(name, text, own)
        except (SettingError, DataUnavailableError) as error:
            complaints.append(error.message)
    try:
        check_together(RunConfig.from_flat(values))
    except SettingError as error:
        complaints.append(error.message)
    return LinkSettings(values, complaints)


def _checked(name: str, text: str, own: Collection[str]) -> object:
    fields = settings()
    if name not in fields:
        raise SettingError(name[:40], text, Message("allowed.setting_name"))
    if name == "dataset" and OWN_NAME.fullmatch(text) and text not in own:
        raise DataUnavailableError(MISSING)
    return check(name, fields[name].metadata["rule"], text)


def _short(value: object) -> object:
    """4.0 as 4."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
