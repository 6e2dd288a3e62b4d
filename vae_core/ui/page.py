"""The whole page: header, tabs, and what happens when somebody opens it."""

from __future__ import annotations

import atexit
import signal
import sys
import threading
import uuid

import gradio as gr
from starlette.middleware import Middleware

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
from .events import UNQUEUED
from .figure_style import plotly_script, plotly_template
from .head import HeadMiddleware, inline_script, preload_links
from .routes.run_routes import routes
from .routes.training_routes import film_routes
from .services import Services
from .tabs import compare, explore, interpolate, train
from .theme import STYLE, theme
from .translation import translate, translated_label, translations

PLACES = 300  # for events that go on at once; who watches a training has one to its end
SESSIONS = 100  # that Gradio remembers, those that were used last: 0.6 MB each, and it forgets none of itself
OWNER_SECRET = (
    "the owner's word is no secret to the browser that keeps it"  # a fixed one, so that it survives a restart
)


def build(services: Services) -> gr.Blocks:
    """The page. Opening it trains nothing and fetches nothing."""
    with gr.Blocks(
        title=translate("app.title"), analytics_enabled=False, fill_width=True, delete_cache=(300, 3600)
    ) as page:
        gr.HTML(
            f'<header class="vae-header"><h1>{translate("app.title")}</h1><p>{translated_label("app.intro")}</p></header>'
        )
        owner = gr.BrowserState("", storage_key="vae-playground-owner", secret=OWNER_SECRET)
        linked_to = gr.HTML(visible=False, elem_id="link-message")
        with gr.Tabs() as tabs:
            with gr.Tab(translated_label("tab.explore"), id="explore"):
                explored = explore.build(services, page.load)
            with gr.Tab(translated_label("tab.train"), id="train"):
                trained = train.build(services, owner)
            with gr.Tab(translated_label("tab.interpolate"), id="interpolate") as tab:
                upper, lower = interpolate.build(services, tab.select)
            with gr.Tab(translated_label("tab.compare"), id="compare") as tab:
                left, right, several = compare.build(services, tab.select)
        lists = [explored, upper, lower, left, right, several]

        def relist(owner: str, *values: str | list[str]) -> list[dict[str, object]]:
            choices = services.choices(owner)
            return [gr.update(choices=choices, **still_there(value, [id for _, id in choices])) for value in values]

        greeted = page.load(lambda owner: owner or uuid.uuid4().hex, owner, owner, **UNQUEUED)
        listed = greeted.then(relist, [owner, *lists], lists, **UNQUEUED)
        trained.changed.change(relist, [owner, *lists], lists, **UNQUEUED)
        trained.find_again(greeted)

        page.load(None, None, tabs, js=deep_links.SELECT_TAB)

        def follow_link(owner: str, request: gr.Request):
            return deep_links.follow_link(services, tuple(trained.fields), owner, dict(request.query_params))

        listed.then(follow_link, owner, [tabs, linked_to, explored, *trained.fields.values()], **UNQUEUED)
    return page


def still_there(chosen: str | list[str] | None, known: list[str]) -> dict[str, object]:
    """What to set a choice to, or several, when the list has become `known`: nothing where what was chosen is in it."""
    if isinstance(chosen, list):
        return {} if set(chosen) <= set(known) else {"value": [id for id in chosen if id in known]}
    return {} if chosen in known else {"value": known[0]}


def launch() -> None:
    """Serve the page until the process ends. Host and port come from Gradio's own environment variables."""
    try:
        devices.check()
    except SettingError as error:
        sys.exit(str(error))
    upload_store.sweep()
    services = Services(RunCatalog(store=Store(runs_folder())))
    page = build(services).queue(max_size=200, api_open=False, default_concurrency_limit=4)
    page._queue.sleep_when_free = (
        0.01  # Gradio asks its queue a thousand times a second whether there is work: 8 % of a core
    )
    threading.Thread(target=_warm_up, args=(services,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # else nobody would be asked to save what is being trained
    atexit.register(services.jobs.close)
    atexit.register(services.umap_jobs.close)
    atexit.register(services.uploads.close)
    own_routes = [*routes(services.runs, services.umap_jobs), *film_routes(services.runs, services.jobs)]
    page.launch(
        theme=theme(),
        i18n=translations(),
        css_paths=STYLE,
        app_kwargs={"routes": own_routes, "middleware": [Middleware(HeadMiddleware, lines=inline_script())]},
        head=preload_links(explore.OPENED),
        footer_links=["settings"],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        max_file_size="64mb",
        max_threads=PLACES,
        state_session_capacity=SESSIONS,
    )


def _warm_up(services: Services) -> None:
    """The first map and the fork server, made ready while the first visitor's browser is still loading."""
    if services.runs.listing(""):
        latent_map(services.runs.get(explore.OPENED))
    preload_workers()
    operations(RunConfig())  # the first count of a network's operations takes seconds
    plotly_template(), plotly_script()  # plotly takes a second to import and to pack
