"""What can be taken along of a model: a row of files, and the link of its settings."""

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


def row(id: str, run: Run) -> str:
    """Links to the files, a button for the link, and why there is no script if there is none; as HTML."""
    missing, reason = set() if run.history else {"csv"}, ""
    if not OWN_NAME.fullmatch(run.config.data.dataset):
        missing.add("npz")
    try:
        script_of_run(run)
    except ScriptError as error:
        missing, reason = missing | {"py"}, f" {html.escape(translate('download.no_script', reason=error))}"
    links = " ".join(
        f'<a href="vae/save/{id}.{kind}" download>{translate(f"download.{kind}")}</a>'
        for kind in FILES
        if kind not in missing
    )
    copy = (
        f'<button type="button" class="vae-small-button vae-copy-button" data-query="{html.escape(address(run.config))}" '
        f'title="{translate("download.link_help")}">{translate("download.link")}</button>'
    )
    return (
        f'<div class="vae-downloads"><p class="vae-note">{translate("download.title")}: {links}{reason}</p>{copy}</div>'
    )


def address(config: RunConfig) -> str:
    """The query string of a link to these settings; the form's own get one that says so, so that the link opens the form."""
    return query(config) or f"kind={config.model.kind}"
