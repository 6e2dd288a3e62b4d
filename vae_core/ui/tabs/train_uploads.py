"""A panel of the second tab: a visitor's own pictures become a data set, previewed as the network will see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr
import numpy as np

from ...config import PictureConfig, settings
from ...datasets.upload_store import UploadedSet, UploadError
from ...datasets.uploads import SKIPPED, TooFewImagesError, Upload, read_upload
from ...i18n.message import Message
from ...rules import SettingError
from ..components.figures import image_row, image_rows
from ..events import QUEUED, QUIET, UNQUEUED, Update, new_token, note
from ..services import Services
from ..translation import translate, translated_label

PREVIEW_IMAGES, PREVIEW_COLUMNS = 16, 8
MAX_FILE_NAMES = 3  # shown for each reason to skip files
HEARTBEAT_S = 60  # between two signs that a page with uploaded data sets is open


class UploadPanel:
    """The panel. `dataset` is the form's field of that name.

    `submitted` gets a new token when a data set is removed, because the training on show may have used it.
    """

    def __init__(
        self, services: Services, owner: gr.BrowserState, dataset: gr.components.Component, submitted: gr.State
    ) -> None:
        self.owner, self.dataset, self.submitted = owner, dataset, submitted
        self.events = UploadEvents(services)
        with gr.Accordion(translated_label("uploads.panel"), open=False, elem_id="uploads-panel"):
            gr.HTML(note(translated_label("uploads.about")))
            self.files = gr.File(
                file_count="multiple", label=translated_label("uploads.files"), height=150, elem_id="uploads-files"
            )
            self._build_options()
            self.message = gr.HTML(elem_id="uploads-message")
            self.preview = image_rows(elem_id="uploads-preview")
            self._build_naming()
            self._build_removal()
        self.heartbeat = gr.Timer(HEARTBEAT_S, active=False)
        self.lists = [dataset, self.sets, self.removal, self.heartbeat]
        self._connect(services)

    def restore_after(self, opened: gr.events.Dependency) -> gr.events.Dependency:
        """List the visitor's data sets after the event `opened`; return the event that ends it."""
        return opened.then(self.events.open_page, [self.owner, self.dataset], self.lists, **UNQUEUED)

    def _build_options(self) -> None:
        """Lay out the choices of how pictures become images."""
        self.size = gr.Radio(
            ["28", "32", "64"],
            value="28",
            label=translated_label("uploads.size"),
            info=translated_label("uploads.size_help"),
            elem_id="uploads-size",
        )
        self.colors = _radio("colors", ("grey", "color"))
        self.fit = _radio("fit", ("crop", "pad"))

    def _build_naming(self) -> None:
        """Lay out the row that names the previewed images and adds them, hidden until there are some."""
        with gr.Column(visible=False) as self.naming:
            self.title = gr.Textbox(
                label=translated_label("uploads.name"),
                info=translated_label("uploads.name_help"),
                max_lines=1,
                elem_id="uploads-name",
            )
            self.add = _button("uploads.add", "uploads-add")

    def _build_removal(self) -> None:
        """Lay out the list of the visitor's data sets, and the question before one is removed."""
        with gr.Column(visible=False) as self.removal:
            self.sets = gr.Dropdown(
                [],
                label=translated_label("uploads.sets"),
                info=translated_label("uploads.sets_help"),
                elem_id="uploads-sets",
            )
            self.remove = _button("uploads.remove", "uploads-remove")
        with gr.Column(visible=False) as self.question:
            gr.HTML(note(translated_label("uploads.confirm")))
            with gr.Row():
                self.confirm = _button("uploads.confirm_yes", "uploads-confirm")
                self.cancel = _button("uploads.confirm_no", "uploads-cancel")

    def _connect(self, services: Services) -> None:
        events, owner = self.events, self.owner
        gr.on(
            [
                self.files.upload,
                self.files.delete,
                self.files.clear,
                self.size.input,
                self.colors.input,
                self.fit.input,
            ],
            events.read,
            [owner, self.files, self.size, self.colors, self.fit],
            [self.message, self.preview, self.naming],
            trigger_mode="always_last",
            concurrency_limit=2,
            **QUIET,
        )
        gr.on(
            [self.add.click, self.title.submit],
            events.add,
            [owner, self.title, self.dataset],
            [self.message, self.preview, self.naming, self.files, self.title, self.question, *self.lists],
            **UNQUEUED,
        )
        self.remove.click(lambda: gr.update(visible=True), None, self.question, **UNQUEUED)
        self.cancel.click(lambda: gr.update(visible=False), None, self.question, **UNQUEUED)
        self.confirm.click(
            events.remove,
            [owner, self.sets, self.dataset],
            [self.message, self.question, self.submitted, *self.lists],
            **QUEUED,
        )
        self.heartbeat.tick(services.uploads.touch, owner, None, **UNQUEUED)


def _radio(name: str, options: Sequence[str]) -> gr.Radio:
    """Return the choice `name` of some options, the first at the start."""
    return gr.Radio(
        [(translate(f"uploads.{name}_{option}"), option) for option in options],
        value=options[0],
        label=translated_label(f"uploads.{name}"),
        info=translated_label(f"uploads.{name}_help"),
        elem_id=f"uploads-{name}",
    )


def _button(key: str, elem_id: str) -> gr.Button:
    return gr.Button(translated_label(key), elem_id=elem_id, elem_classes="vae-button", min_width=120)


@dataclass(frozen=True)
class UploadEvents:
    """The panel's event handlers.

    `users`: the visitors who use an uploaded file. Gradio stores equal files of several visitors once.
    """

    services: Services
    users: dict[str, set[str]] = field(default_factory=dict)

    def read(self, owner: str, files: list[str] | None, size: str, colors: str, fit: str) -> Iterator[tuple]:
        """Read the uploaded files; yield updates of (message, preview, naming)."""
        self._use_only(owner, files or [])
        nothing = gr.update(rows=[]), gr.update(visible=False)
        if not files:
            self.services.uploads.discard_staged(owner)
            yield "", *nothing
            return
        yield note(translate("uploads.reading")), gr.skip(), gr.skip()
        try:
            upload = read_upload([Path(file) for file in files], PictureConfig(size, colors, fit))
            about, training, held_out = upload.proposal()
            self.services.uploads.stage(owner, about, training, held_out)
        except (SettingError, UploadError) as error:
            self.services.uploads.discard_staged(owner)
            skipped = skipped_note(error.skipped) if isinstance(error, TooFewImagesError) else ""
            yield note(error.message, is_error=True) + skipped, *nothing
        except FileNotFoundError:
            yield note(translate("uploads.expired"), is_error=True), *nothing
        else:
            preview = image_row(translate("uploads.preview"), preview_images(upload), PREVIEW_COLUMNS)
            yield upload_summary(upload, about), gr.update(rows=[preview]), gr.update(visible=True)

    def add(self, owner: str, title: str, selected: str) -> tuple:
        """Add the previewed images as a data set, select it, and clear the panel."""
        try:
            added = self.services.uploads.add(owner, title)
        except (SettingError, UploadError) as error:
            return note(error.message, is_error=True), *[gr.skip()] * 9
        self._use_only(owner, [])
        sizes = {"training": f"{added.training:,}", "held_out": f"{added.held_out:,}"}
        return (
            note(translate("uploads.added", title=added.title, **sizes)),
            gr.update(rows=[]),
            gr.update(visible=False),
            None,
            "",
            gr.update(visible=False),
            *self.list_datasets(owner, added.name, select=True),
        )

    def remove(self, owner: str, name: str | None, selected: str) -> tuple:
        """Delete a data set, the models trained on it and a training that uses it."""
        titles = {about.name: about.title for about in self.services.uploads.listing(owner)}
        if name is None or name not in titles:
            message, token = note(translate("uploads.nothing_to_remove"), is_error=True), gr.skip()
        else:
            self.services.uploads.delete(name)
            message, token = note(translate("uploads.removed", title=titles[name])), new_token()
        return message, gr.update(visible=False), token, *self.list_datasets(owner, selected)

    def open_page(self, owner: str, selected: str) -> tuple[Update, Update, Update, gr.Timer]:
        """Keep the visitor's data sets alive and list them."""
        self.services.uploads.touch(owner)
        return self.list_datasets(owner, selected)

    def list_datasets(self, owner: str, selected: str, select: bool = False) -> tuple[Update, Update, Update, gr.Timer]:
        """Return updates of (all data sets, the visitor's own, the row of these, heartbeat).

        `selected` is set if `select`. Otherwise the list keeps its value, or gets the default if `selected` is gone.
        """
        own = [(about.title, about.name) for about in self.services.uploads.listing(owner)]
        choices = [
            *((translate("uploads.yours", title=title), name) for title, name in own),
            *((name, name) for name in settings()["dataset"].metadata["rule"].options),
        ]
        exists = selected in [name for _, name in choices]
        datasets: Update = gr.update(choices=choices)
        if select or not exists:
            datasets["value"] = selected if exists else settings()["dataset"].default
        return (
            datasets,
            gr.update(choices=own, value=own[0][1] if own else None),
            gr.update(visible=bool(own)),
            gr.Timer(HEARTBEAT_S, active=bool(own)),
        )

    def _use_only(self, owner: str, files: Sequence[str]) -> None:
        """Record the files that a visitor uses, and delete those that no visitor uses."""
        used = {str(file) for file in files}
        for file in used:
            self.users.setdefault(file, set()).add(owner)
        for file in [file for file, users in self.users.items() if owner in users and file not in used]:
            self.users[file].discard(owner)
            if not self.users[file]:
                del self.users[file]
                Path(file).unlink(missing_ok=True)


def preview_images(upload: Upload) -> np.ndarray:
    """Return at most PREVIEW_IMAGES images (N, C, H, W) of bytes, equally many of each class."""
    labels, per_class = upload.images.labels, max(1, PREVIEW_IMAGES // len(upload.classes))
    numbers = [
        number
        for label in range(len(upload.classes))
        for number in (labels == label).nonzero().flatten()[:per_class].tolist()
    ]
    return upload.images.pixels[numbers].numpy()


def upload_summary(upload: Upload, about: UploadedSet) -> str:
    """Return how many images and classes there are, and which files were skipped and why, as HTML."""
    channels, side, _ = about.shape
    sizes = {"count": len(upload.images), "training": about.training, "held_out": about.held_out}
    parts = {name: f"{size:,}" for name, size in sizes.items()} | {"side": side}
    sentences = [Message("uploads.count_grey" if channels == 1 else "uploads.count_color", parts)]
    if len(upload.classes) > 1:
        counts = [f"{name} ({count:,})" for name, count in zip(upload.classes, upload.counts(), strict=True)]
        sentences.append(Message("uploads.classes", {"count": len(upload.classes), "classes": ", ".join(counts)}))
    else:
        sentences.append(Message("uploads.one_class", {"name": upload.classes[0]}))
    if upload.joined:
        sentences.append(Message("uploads.joined", {"count": upload.joined}))
    return "".join(map(note, sentences)) + skipped_note(upload.skipped)


def skipped_note(skipped: Mapping[str, Sequence[str]]) -> str:
    """Return how many files were skipped for each reason, with the first of their names, as HTML; "" if none was."""
    reasons = []
    for reason in (reason for reason in SKIPPED if reason in skipped):
        names = skipped[reason]
        shown = ", ".join(names[:MAX_FILE_NAMES]) + (", …" if len(names) > MAX_FILE_NAMES else "")
        reasons.append(translate(f"uploads.skipped_{reason}", count=f"{len(names):,}", names=shown))
    return note(translate("uploads.skipped", reasons="; ".join(reasons))) if reasons else ""
