"""The training form: one field for each setting, with its help and allowed values."""

from __future__ import annotations

from dataclasses import Field, dataclass
from typing import Any

import gradio as gr

from ...config import RunConfig, relevant, settings
from ...rules import Choice, Range
from ..events import UNQUEUED, note
from ..translation import translate, translated_label

# The settings that a lesson changes most come first, always in sight.
FIRST = ("dataset", "kind", "latent_dim", "epochs", "beta")
REMEDIES = (
    "beta_schedule",
    "beta_share",
    "cycles",
    "kl_target",
    "free_bits",
    "contrast",
    "mean_scale",
    "decoder",
    "slope",
)
# Settings of some kinds that are rarely changed: they stay under "More settings".
RARE = ("reconstruction_weight", "layerwise_epochs")

SettingField = gr.Dropdown | gr.Number | gr.Textbox


@dataclass(frozen=True)
class Form:
    """The form's components.

    `fields`: one for each setting, by name. `about`: a sentence on the kind. `remedies`: the accordion of REMEDIES.
    `uploads`: an empty column below the data set's field.
    """

    fields: dict[str, SettingField]
    about: gr.HTML
    remedies: gr.Accordion
    uploads: gr.Column

    @property
    def names(self) -> tuple[str, ...]:
        """The settings in the order of the form."""
        return tuple(self.fields)

    @property
    def inputs(self) -> list[SettingField]:
        """The fields in the order of `names`."""
        return list(self.fields.values())


def build_form() -> Form:
    """Lay out the form: first settings, those of some kinds, remedies against posterior collapse, and all others."""
    specs, fields = settings(), {}
    for name in (*FIRST, *settings_of_some_kinds()):
        fields[name] = setting_field(specs[name])
        if name == "dataset":
            uploads = gr.Column()
        if name == "kind":
            about = gr.HTML(note(translated_label(f"kind.{RunConfig().model.kind}.about")), elem_id="train-about")
    with gr.Accordion(translated_label("train.remedies"), open=False) as remedies:
        fields |= {name: setting_field(specs[name]) for name in REMEDIES}
    with gr.Accordion(translated_label("train.more"), open=False):
        fields |= {name: setting_field(spec) for name, spec in specs.items() if name not in fields}
    form = Form(fields, about, remedies, uploads)
    _show_relevant_fields(form)
    return form


def settings_of_some_kinds() -> list[str]:
    """Return the settings, beside those of FIRST, REMEDIES and RARE, that only some kinds of network have."""
    specs = settings()

    def depends_on_kind(name: str) -> bool:
        condition = specs[name].metadata
        return bool({*condition["when"]} - {"is_network"}) or any(map(depends_on_kind, condition["where"]))

    return [name for name in specs if depends_on_kind(name) and name not in (*FIRST, *REMEDIES, *RARE)]


def setting_field(spec: Field[Any]) -> SettingField:
    """Return the field of one setting. It does not check its value: a wrong one gets the setting's own sentence."""
    rule, defaults = spec.metadata["rule"], RunConfig().flat()
    options: dict[str, Any] = {
        "label": translated_label(f"setting.{spec.name}"),
        "info": translated_label(f"setting.{spec.name}.help"),
        "value": defaults[spec.name],
        "elem_id": f"setting-{spec.name}",
        "interactive": True,
        "visible": spec.name in relevant(defaults),
    }
    if isinstance(rule, Choice):
        labels = {name: translate(f"kind.{name}") for name in rule.options} if spec.name == "kind" else {}
        return gr.Dropdown(choices=[(labels.get(name, name), name) for name in rule.options], **options)
    if isinstance(rule, Range):
        options["step"] = 1 if rule.whole else None  # None: the browser accepts decimals
        return gr.Number(precision=None, **options)
    return gr.Textbox(max_lines=1, **options)


def _show_relevant_fields(form: Form) -> None:
    """Show each setting only while it has an effect, however the form was filled."""
    conditions = {name: spec.metadata for name, spec in settings().items()}
    deciding = sorted({"kind", *(name for condition in conditions.values() for name in condition["where"])})
    conditional = [name for name, condition in conditions.items() if condition["when"] or condition["where"]]

    def show_relevant(*values: object) -> list[object]:
        changed = dict(zip(deciding, values, strict=True))
        shown = relevant(RunConfig().flat() | changed)
        return [
            note(translate(f"kind.{changed['kind']}.about")),
            gr.update(visible=bool(shown & set(REMEDIES))),
            *[gr.update(visible=name in shown) for name in conditional],
        ]

    gr.on(
        [form.fields[name].change for name in deciding],
        show_relevant,
        [form.fields[name] for name in deciding],
        [form.about, form.remedies, *[form.fields[name] for name in conditional]],
        **UNQUEUED,
    )
