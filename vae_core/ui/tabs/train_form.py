"""Form fields made of the settings' own list: a field, its sentence of help, and what is allowed."""

from __future__ import annotations

from dataclasses import Field, dataclass

import gradio as gr

from ...config import RunConfig, relevant, settings
from ...rules import Choice, Range, Widths
from ..events import UNQUEUED, note
from ..translation import translate, translated_label

FIRST = ("dataset", "kind", "latent_dim", "epochs", "beta")  # what a class changes; the rest is folded away
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


FOLDED = (
    "reconstruction_weight",
    "layerwise_epochs",
)  # settings of some kinds that few change: among the other settings


def settings_of_some_kinds() -> list[str]:
    """The settings, beside those of FIRST, REMEDIES and FOLDED, that matter for some kinds of network alone."""
    specs = settings()

    def depends_on_kind(name: str) -> bool:
        condition = specs[name].metadata
        return bool({*condition["when"]} - {"is_network"}) or any(map(depends_on_kind, condition["where"]))

    return [name for name in specs if depends_on_kind(name) and name not in (*FIRST, *REMEDIES, *FOLDED)]


def control(spec: Field) -> gr.components.Component:
    """The form's field for one setting, empty of any check: a wrong value gets the setting's own sentence."""
    rule, defaults = spec.metadata["rule"], RunConfig().flat()
    shown = {
        "label": translated_label(f"setting.{spec.name}"),
        "info": translated_label(f"setting.{spec.name}.help"),
        "value": defaults[spec.name],
        "elem_id": f"setting-{spec.name}",
        "interactive": True,
        "visible": spec.name in relevant(defaults),
    }
    match rule:
        case Choice():
            names = {name: translate(f"kind.{name}") for name in rule.options} if spec.name == "kind" else {}
            return gr.Dropdown(choices=[(names.get(name, name), name) for name in rule.options], **shown)
        case Range(whole=whole):
            return gr.Number(precision=None, step=1 if whole else None, **shown)
        case Widths():
            return gr.Textbox(max_lines=1, **shown)


@dataclass(frozen=True)
class Form:
    """All settings' fields by name, and what is shown beside them: a sentence on the kind, the remedies' accordion, a place for own images."""

    fields: dict[str, gr.components.Component]
    about: gr.HTML
    remedies: gr.Accordion
    own: gr.Column


def form() -> Form:
    """The few settings that a class changes, a kind's own, those against collapse, and the others."""
    specs, fields = settings(), {}
    for name in (*FIRST, *settings_of_some_kinds()):
        fields[name] = control(specs[name])
        if name == "dataset":
            own = gr.Column()  # filled by own_images.py
        if name == "kind":
            about = gr.HTML(note(translated_label(f"kind.{RunConfig().model.kind}.about")), elem_id="train-about")
    with gr.Accordion(translated_label("train.remedies"), open=False) as remedies:
        fields |= {name: control(specs[name]) for name in REMEDIES}
    with gr.Accordion(translated_label("train.more"), open=False):
        fields |= {name: control(spec) for name, spec in specs.items() if name not in fields}
    return Form(fields, about, remedies, own)


def show_what_matters(made: Form) -> None:
    """Show a setting only while it has an effect, whatever is chosen and by whom."""
    conditions = {name: spec.metadata for name, spec in settings().items()}
    deciding = sorted({"kind", *(name for condition in conditions.values() for name in condition["where"])})
    dependent = [name for name, condition in conditions.items() if condition["when"] or condition["where"]]

    def shown(*values: object) -> list[object]:
        chosen = dict(zip(deciding, values, strict=True))
        known = relevant(RunConfig().flat() | chosen)
        return [
            note(translate(f"kind.{chosen['kind']}.about")),
            gr.update(visible=bool(known & set(REMEDIES))),
            *[gr.update(visible=name in known) for name in dependent],
        ]

    gr.on(
        [made.fields[name].change for name in deciding],
        shown,
        [made.fields[name] for name in deciding],
        [made.about, made.remedies, *[made.fields[name] for name in dependent]],
        **UNQUEUED,
    )
