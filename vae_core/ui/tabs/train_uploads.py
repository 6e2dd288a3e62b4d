"""A part of the second tab: a visitor's own pictures become a data set, shown as the network will see it before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr

from ...config import PictureConfig, settings
from ...datasets.upload_store import About, UploadError
from ...datasets.uploads import SKIPPED, Brought, TooFewImagesError, bring
from ...rules import SettingError
from ..components.figures import image_row, image_rows
from ..events import QUEUED, QUIET, UNQUEUED, new_token, note
from ..services import Listener, Services
from ..translation import translate, translated_label

SHOWN, COLUMNS, NAMED = 16, 8, 3
HEARTBEAT = 60  # seconds between two signs that a page with own images is open


def build(services: Services, owner: gr.BrowserState, dataset: gr.Dropdown, submitted: gr.State) -> Listener:
    """Lay out the panel; returns what shows a visitor's sets again after the event it is given.

    `submitted` becomes another owner when a set has been removed: the training that is shown may have been on it.
    """

    def choices(key: str, *names: str) -> list[tuple[str, str]]:
        return [(translate(f"uploads.{key}_{name}"), name) for name in names]

    with gr.Accordion(translated_label("uploads.panel"), open=False, elem_id="uploads-panel"):
        gr.HTML(note(translated_label("uploads.about")))
        files = gr.File(
            file_count="multiple", label=translated_label("uploads.files"), height=150, elem_id="uploads-files"
        )
        size = gr.Radio(
            ["28", "32", "64"],
            value="28",
            label=translated_label("uploads.size"),
            info=translated_label("uploads.size_help"),
            elem_id="uploads-size",
        )
        colors = gr.Radio(
            choices("colors", "grey", "color"),
            value="grey",
            label=translated_label("uploads.colors"),
            info=translated_label("uploads.colors_help"),
            elem_id="uploads-colors",
        )
        fit = gr.Radio(
            choices("fit", "crop", "pad"),
            value="crop",
            label=translated_label("uploads.fit"),
            info=translated_label("uploads.fit_help"),
            elem_id="uploads-fit",
        )
        message = gr.HTML(elem_id="uploads-message")
        preview = image_rows(elem_id="uploads-preview")
        with gr.Column(visible=False) as naming:
            title = gr.Textbox(
                label=translated_label("uploads.name"),
                info=translated_label("uploads.name_help"),
                max_lines=1,
                elem_id="uploads-name",
            )
            add = gr.Button(
                translated_label("uploads.add"), elem_id="uploads-add", elem_classes="vae-button", min_width=120
            )
        with gr.Column(visible=False) as removing:
            mine = gr.Dropdown(
                [],
                label=translated_label("uploads.sets"),
                info=translated_label("uploads.sets_help"),
                elem_id="uploads-sets",
            )
            remove = gr.Button(
                translated_label("uploads.remove"), elem_id="uploads-remove", elem_classes="vae-button", min_width=120
            )
        with gr.Column(visible=False) as asking:
            gr.HTML(note(translated_label("uploads.confirm")))
            with gr.Row():
                yes = gr.Button(
                    translated_label("uploads.confirm_yes"),
                    elem_id="uploads-confirm",
                    elem_classes="vae-button",
                    min_width=120,
                )
                no = gr.Button(
                    translated_label("uploads.confirm_no"),
                    elem_id="uploads-cancel",
                    elem_classes="vae-button",
                    min_width=120,
                )
    heartbeat = gr.Timer(HEARTBEAT, active=False)

    answer = UploadEvents(services)
    lists = [dataset, mine, removing, heartbeat]
    gr.on(
        [files.upload, files.delete, files.clear, size.input, colors.input, fit.input],
        answer.look,
        [owner, files, size, colors, fit],
        [message, preview, naming],
        trigger_mode="always_last",
        concurrency_limit=2,
        **QUIET,
    )
    gr.on(
        [add.click, title.submit],
        answer.add,
        [owner, title, dataset],
        [message, preview, naming, files, title, asking, *lists],
        **UNQUEUED,
    )
    remove.click(lambda: gr.update(visible=True), None, asking, **UNQUEUED)
    no.click(lambda: gr.update(visible=False), None, asking, **UNQUEUED)
    yes.click(answer.remove, [owner, mine, dataset], [message, asking, submitted, *lists], **QUEUED)
    heartbeat.tick(services.uploads.seen, owner, None, **UNQUEUED)
    return lambda greeted: greeted.then(answer.found_again, [owner, dataset], lists, **UNQUEUED)


@dataclass(frozen=True)
class UploadEvents:
    """What the panel's events bring about. `uses` knows who has uploaded a file: equal files are one on the disk."""

    services: Services
    uses: dict[str, set[str]] = field(default_factory=dict)

    def look(self, owner: str, files: list[str] | None, size: str, colors: str, fit: str) -> Iterator[tuple]:
        """Read what was uploaded, and show it."""
        self._use(owner, files or [])
        if not files:
            self.services.uploads.withdraw(owner)
            yield "", gr.update(rows=[]), gr.update(visible=False)
            return
        yield note(translate("uploads.reading")), gr.skip(), gr.skip()
        try:
            found = bring([Path(file) for file in files], PictureConfig(size, colors, fit))
            about, *parts = found.proposal()
            self.services.uploads.propose(owner, about, *parts)
        except (SettingError, UploadError) as error:
            self.services.uploads.withdraw(owner)
            left_out = left_out_of(error.skipped) if isinstance(error, TooFewImagesError) else ""
            yield note(error.message, is_error=True) + left_out, gr.update(rows=[]), gr.update(visible=False)
        except FileNotFoundError:
            yield note(translate("uploads.expired"), is_error=True), gr.update(rows=[]), gr.update(visible=False)
        else:
            yield (
                summary(found, about),
                gr.update(rows=[image_row(translate("uploads.preview"), sample(found), COLUMNS)]),
                gr.update(visible=True),
            )

    def add(self, owner: str, title: str, chosen: str) -> tuple:
        """Make a data set of what is shown, choose it, and empty the form."""
        try:
            made = self.services.uploads.keep(owner, title)
        except (SettingError, UploadError) as error:
            return note(error.message, is_error=True), *[gr.skip()] * 9
        self._use(owner, [])
        told = note(
            translate("uploads.added", title=made.title, training=f"{made.training:,}", held_out=f"{made.held_out:,}")
        )
        return (
            told,
            gr.update(rows=[]),
            gr.update(visible=False),
            None,
            "",
            gr.update(visible=False),
            *self.lists(owner, made.name, True),
        )

    def remove(self, owner: str, name: str | None, chosen: str) -> tuple:
        """Delete a set, its models and its training."""
        known = {known.name: known.title for known in self.services.uploads.listing(owner)}
        if name not in known:
            return (
                note(translate("uploads.nothing_to_remove"), is_error=True),
                gr.update(visible=False),
                gr.skip(),
                *self.lists(owner, chosen),
            )
        self.services.uploads.forget(name)
        return (
            note(translate("uploads.removed", title=known[name])),
            gr.update(visible=False),
            new_token(),
            *self.lists(owner, chosen),
        )

    def found_again(self, owner: str, chosen: str) -> tuple:
        """Somebody has opened the page."""
        self.services.uploads.seen(owner)
        return self.lists(owner, chosen)

    def lists(self, owner: str, chosen: str, choose: bool = False) -> tuple:
        """Updates of the data sets' list, whose value is left alone if it can be, the list of own ones, the row it is in, and the heartbeat."""
        own = [(known.title, known.name) for known in self.services.uploads.listing(owner)]
        options = [
            *((translate("uploads.yours", title=title), name) for title, name in own),
            *((name, name) for name in settings()["dataset"].metadata["rule"].options),
        ]
        here = chosen in [name for _, name in options]
        value = {} if here and not choose else {"value": chosen if here else settings()["dataset"].default}
        return (
            gr.update(choices=options, **value),
            gr.update(choices=own, value=own[0][1] if own else None),
            gr.update(visible=bool(own)),
            gr.Timer(HEARTBEAT, active=bool(own)),
        )

    def _use(self, owner: str, files: list[str]) -> None:
        """Note what a visitor has uploaded now, and delete what nobody uses any more."""
        for file in files:
            self.uses.setdefault(str(file), set()).add(owner)
        for file in [file for file, users in self.uses.items() if owner in users and file not in map(str, files)]:
            self.uses[file].discard(owner)
            if not self.uses[file]:
                del self.uses[file]
                Path(file).unlink(missing_ok=True)


def sample(found: Brought):
    """At most SHOWN images (N, C, H, W) of bytes, as many of each class as there is room for."""
    labels, each = found.images.labels, max(1, SHOWN // len(found.classes))
    chosen = [
        index for label in range(len(found.classes)) for index in (labels == label).nonzero().flatten()[:each].tolist()
    ]
    return found.images.pixels[chosen].numpy()


def summary(found: Brought, about: About) -> str:
    """How many images, of which classes, and what was skipped and why, as HTML."""
    said = [
        translate(
            "uploads.count_grey" if about.shape[0] == 1 else "uploads.count_color",
            count=f"{len(found.images):,}",
            side=about.shape[1],
            training=f"{about.training:,}",
            held_out=f"{about.held_out:,}",
        )
    ]
    counted = ", ".join(f"{name} ({count:,})" for name, count in zip(found.classes, found.counts(), strict=True))
    said.append(
        translate("uploads.classes", count=len(found.classes), classes=counted)
        if len(found.classes) > 1
        else translate("uploads.one_class", name=found.classes[0])
    )
    if found.joined:
        said.append(translate("uploads.joined", count=found.joined))
    return "".join(map(note, said)) + left_out_of(found.skipped)


def left_out_of(skipped: dict[str, list[str]]) -> str:
    """How many files were left out for each reason, with the first of their names, as HTML; nothing where none was."""
    reasons = []
    for reason in (reason for reason in SKIPPED if reason in skipped):
        names = skipped[reason]
        shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
        reasons.append(translate(f"uploads.skipped_{reason}", count=f"{len(names):,}", names=shown))
    return note(translate("uploads.skipped", reasons="; ".join(reasons))) if reasons else ""
