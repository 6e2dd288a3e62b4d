// The class that a conditional model decodes.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./map_data.js").MapData} MapData */

/** A select of the class that a conditional model decodes, hidden for any other model. */
export class ClassSelect {
  /**
   * @param {LatentMap} map the map whose label this is
   * @param {() => void} [onChange] called when the visitor has chosen another class
   */
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

  /**
   * Offer the classes of a conditional model; hide for any other.
   * @param {MapData} data
   */
  offer({ classes, conditions = 0 }) {
    this.root.hidden = !conditions;
    const options = classes.slice(0, conditions).map((name, label) => new Option(name, String(label)));
    this.select.replaceChildren(...options);
    this.set(0);
  }

  /**
   * Choose a class, if the model is conditional.
   * @param {number} label
   */
  set(label) {
    if (!this.select.length) return;
    this.select.value = String(label);
    this.map.setLabel(label);
  }
}
