"""What a visitor can download of a model: a row of files, and the link to its settings."""

from __future__ import annotations

import html

from ...config import RunConfig
from ...export.files import FILES
from ...export.script.interventions import ScriptError
from ...export.script.render import script_of_run
from ...rules import OWN_NAME
from ...runs.links import query
from ...runs.run import Run
from ..translation import translate


def downloads_html(id: str, run: Run) -> str:
    """Return links to a run's files, the reason for a missing script, and a button that copies the settings' link."""
    missing, reason = set() if run.history else {"csv"}, ""
    if not OWN_NAME.fullmatch(run.config.data.dataset):
        missing.add("npz")
    try:
        script_of_run(run)
    except ScriptError as error:
        missing, reason = missing | {"py"}, " " + html.escape(translate("download.no_script", reason=error))
    links = " ".join(
        f'<a href="vae/save/{id}.{kind}" download>{translate(f"download.{kind}")}</a>'
        for kind in FILES
        if kind not in missing
    )
    files = f'<p class="vae-note">{translate("download.title")}: {links}{reason}</p>'
    return f'<div class="vae-downloads">{files}{_copy_button(run.config)}</div>'


def _copy_button(config: RunConfig) -> str:
    link = html.escape(settings_query(config))
    return (
        f'<button type="button" class="vae-small-button vae-copy-button" data-query="{link}" '
        f'title="{translate("download.link_help")}">{translate("download.link")}</button>'
    )


def settings_query(config: RunConfig) -> str:
    """Return the query of a link to these settings. Defaults name at least their kind, so a link opens the form."""
    return query(config) or f"kind={config.model.kind}"
