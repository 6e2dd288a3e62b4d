// The class that a conditional model is told when it decodes.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

export class Condition {
  /** @param map the LatentMap whose label this is; @param onChange () → void, called when another one has been chosen */
  constructor(map, onChange = () => {}) {
    this.map = map;
    this.select = make("select", "vae-select");
    this.select.addEventListener("change", () => {
      this.set(Number(this.select.value));
      onChange();
    });
    this.root = make("label", "vae-field vae-field-wide", text("decoded_class"), this.select);
    this.root.hidden = true;
  }

  /** Offer a map's classes; a model that is told none has no such choice. */
  offer({ classes, conditions }) {
    this.root.hidden = !conditions;
    this.select.replaceChildren(...classes.slice(0, conditions).map((name, label) => new Option(name, label)));
    this.set(0);
  }

  set(label) {
    if (!this.select.length) return;
    this.select.value = label;
    this.map.label = label;
    this.map.draw();
  }
}
