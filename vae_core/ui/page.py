"""The whole page: its header and tabs, what opening it does, and its server."""

from __future__ import annotations

import atexit
import signal
import sys
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from ..analysis.latent_map import latent_map
from ..config import RunConfig
from ..datasets import upload_store
from ..jobs.processes import preload_workers
from ..rules import SettingError
from ..runs.catalog import RunCatalog
from ..runs.store import Store
from ..runtime import devices
from ..runtime.folders import runs_folder
from ..training.flops import operations
from .components import deep_links
from .events import UNQUEUED, Update
from .figure_style import plotly_script, plotly_template
from .head import HeadMiddleware, inline_script, preload_links
from .routes.dataset_routes import dataset_routes
from .routes.page_routes import page_routes
from .routes.path_routes import path_routes
from .routes.run_routes import RunRoutes
from .routes.training_routes import TrainingRoutes
from .services import Services
from .tabs import compare, explore, interpolate, train
from .theme import STYLE, theme
from .translation import translate, translated_label, translations

MAX_THREADS = 300  # events handled at the same time; each visitor who watches a training occupies one until its end
MAX_SESSIONS = 100  # 0.6 MB each; Gradio forgets the least recently used beyond them, and none by itself
QUEUE_POLL_S = 0.01  # Gradio's own 0.001 s costs 8 % of a core while the queue is empty
# It encrypts the owner's id in the browser's storage. It is constant so that visitors keep their models when the server
# restarts; the browser that stores the id may read it.
OWNER_SECRET = "the owner's word is no secret to the browser that keeps it"


def build(services: Services) -> gr.Blocks:
    """Return the page. Opening it neither trains nor downloads anything."""
    with gr.Blocks(
        title=translate("app.title"), analytics_enabled=False, fill_width=True, delete_cache=(300, 3600)
    ) as page:
        title, intro = translate("app.title"), translated_label("app.intro")
        gr.HTML(f'<header class="vae-header"><h1>{title}</h1><p>{intro}</p></header>')
        owner = gr.BrowserState("", storage_key="vae-playground-owner", secret=OWNER_SECRET)
        link_message = gr.HTML(visible=False, elem_id="link-message")
        with gr.Tabs() as tabs:
            with gr.Tab(translated_label("tab.explore"), id="explore"):
                explored = explore.build(services, page.load)
            with gr.Tab(translated_label("tab.train"), id="train"):
                training = train.TrainTab(services, owner)
            with gr.Tab(translated_label("tab.interpolate"), id="interpolate") as tab:
                interpolated = interpolate.build(services, tab.select)
            with gr.Tab(translated_label("tab.compare"), id="compare") as tab:
                compared = compare.build(services, tab.select)
        opened = page.load(lambda owner: owner or uuid.uuid4().hex, owner, owner, **UNQUEUED)
        lists, events = [explored, *interpolated, *compared], PageEvents(services, tuple(training.fields))
        listed = opened.then(events.list_models, [owner, *lists], lists, **UNQUEUED)
        training.changed.change(events.list_models, [owner, *lists], lists, **UNQUEUED)
        training.restore_after(opened)
        page.load(None, None, tabs, js=deep_links.SELECT_TAB)
        linked = [tabs, link_message, explored, *training.fields.values()]
        listed.then(events.follow_link, owner, linked, **UNQUEUED)
    return page


@dataclass(frozen=True)
class PageEvents:
    """The event handlers of the page as a whole. `names` are the settings in the order of the form."""

    services: Services
    names: tuple[str, ...]

    def list_models(self, owner: str, *selected: str | list[str]) -> list[Update]:
        """Fill the model lists of all tabs; a selected model stays if it still exists."""
        choices = self.services.choices(owner)
        ids = [id for _, id in choices]
        return [gr.update(choices=choices, **existing_selection(value, ids)) for value in selected]

    def follow_link(self, owner: str, request: gr.Request) -> list[object]:
        """Open what the page's address links to."""
        return deep_links.follow_link(self.services, self.names, owner, dict(request.query_params))


def existing_selection(selected: str | list[str] | None, ids: Sequence[str]) -> Update:
    """Return the update of a selection, of one or several, for a list of the given ids; empty if all of it exists."""
    if isinstance(selected, list):
        return {} if set(selected) <= set(ids) else {"value": [id for id in selected if id in ids]}
    return {} if selected in ids else {"value": ids[0]}


def own_routes(services: Services) -> list[BaseRoute]:
    """Return the routes below vae/, which the page's scripts and links fetch beside Gradio's own."""
    return [
        *page_routes(),
        *dataset_routes(),
        *RunRoutes(services.runs, services.umap_jobs).routes(),
        *path_routes(services.runs),
        *TrainingRoutes(services.runs, services.jobs).routes(),
    ]


def launch() -> None:
    """Serve the page until the process ends. Gradio's environment variables set host and port."""
    try:
        devices.check()
    except SettingError as error:
        sys.exit(str(error))
    upload_store.delete_orphans()
    services = Services(RunCatalog(store=Store(runs_folder())))
    page = build(services).queue(max_size=200, api_open=False, default_concurrency_limit=4)
    page._queue.sleep_when_free = QUEUE_POLL_S
    threading.Thread(target=_warm_up, args=(services,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that atexit saves running trainings
    for close in (services.jobs.close, services.umap_jobs.close, services.uploads.close):
        atexit.register(close)
    page.launch(
        theme=theme(),
        i18n=translations(),
        css_paths=STYLE,
        app_kwargs={"routes": own_routes(services), "middleware": [Middleware(HeadMiddleware, lines=inline_script())]},
        head=preload_links(explore.OPENED),
        footer_links=["settings"],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        max_file_size="64mb",
        max_threads=MAX_THREADS,
        state_session_capacity=MAX_SESSIONS,
    )


def _warm_up(services: Services) -> None:
    """Prepare the first map, the fork server and plotly, which take seconds, while the first visitor's page loads."""
    if services.runs.listing(""):
        latent_map(services.runs.get(explore.OPENED))
    preload_workers()
    operations(RunConfig())
    plotly_template()
    plotly_script()
