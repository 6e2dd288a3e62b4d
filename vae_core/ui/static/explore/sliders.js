// The dimensions that a map does not show: a slider each.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { nameOf } from "./views.js";
import { clamp } from "../math/clamp.js";

const STEPS = 200; // of a slider, and of an arrow key

/** What a dimension says, to two digits: its KL in nats, or its variance. */
export function saysOf({ nats, says }, d) {
  const digits = clamp(1 - Math.floor(Math.log10(says[d] || 1)), 0, 6);
  return text(nats ? "information_nats" : "information_variance", {
    value: formatNumber(says[d], nats ? Math.min(2, digits) : digits),
  });
}

/** The dimensions in the order of what they say, most first. */
export const ranked = ({ says }) => says.map((_, d) => d).sort((a, b) => says[b] - says[a]);

export class Sliders {
  /** @param onMove (dimension, value) → void, called while a slider moves */
  constructor(onMove) {
    this.onMove = onMove;
    this.rows = make("div", "vae-dimension-sliders");
    this.root = make(
      "section",
      "vae-panel vae-other-dimensions",
      make("p", "vae-caption", text("other_dimensions")),
      this.rows,
    );
    this.root.title = text("other_dimensions_help");
    this.root.hidden = true;
  }

  /** Offer all dimensions but those on the map, at a code's values. */
  show(known, shown, code) {
    this.fields = new Map();
    this.rows.replaceChildren(
      ...ranked(known)
        .filter((d) => !shown.includes(d))
        .map((d) => this.row(known, d)),
    );
    this.root.hidden = !this.fields.size;
    this.set(code);
  }

  row(known, d) {
    const [min, max] = [known.low[d], known.high[d]],
      slider = make("input", "vae-slider"),
      value = make("span", "vae-dimension-value");
    Object.assign(slider, { type: "range", min, max, step: (max - min) / STEPS });
    slider.ariaLabel = nameOf(d);
    slider.addEventListener("input", () => {
      value.textContent = formatNumber(Number(slider.value));
      this.onMove(d, Number(slider.value));
    });
    this.fields.set(d, { slider, value });
    return make("label", "vae-dimension-slider", make("span", "", `${nameOf(d)} · ${saysOf(known, d)}`), slider, value);
  }

  /** Put the sliders to a code. One that goes farther than its dimension usually does makes its slider longer. */
  set(code) {
    for (const [d, { slider, value }] of this.fields ?? []) {
      slider.min = Math.min(slider.min, code[d]);
      slider.max = Math.max(slider.max, code[d]);
      slider.value = code[d];
      value.textContent = formatNumber(code[d]);
    }
  }

  hide() {
    this.root.hidden = true;
  }

  /** Forget another model's dimensions. */
  clear() {
    this.fields = null;
    this.rows.replaceChildren();
  }
}
