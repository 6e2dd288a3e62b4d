// The dimensions that a map does not show: a slider for each.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { dimensionName, informationText, rankedDimensions } from "./dimensions.js";

/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../page/api.js").RunCodes} RunCodes */

const STEPS = 200; // of a slider, and so of an arrow key

/** The panel of sliders, one for each dimension that the map does not show. */
export class DimensionSliders {
  /** @param {(dimension: number, value: number) => void} onMove called while a slider moves */
  constructor(onMove) {
    this.onMove = onMove;
    /** @type {Map<number, {slider: HTMLInputElement, value: HTMLElement}>} */
    this.fields = new Map(); // by dimension
    this.rows = make("div", "vae-dimension-sliders");
    const caption = make("p", "vae-caption", text("other_dimensions"));
    this.root = make("section", "vae-panel vae-other-dimensions", caption, this.rows);
    this.root.title = text("other_dimensions_help");
    this.root.hidden = true;
  }

  /**
   * Show a slider for each dimension that the map does not show.
   * @param {RunCodes} runCodes
   * @param {number[]} shown the dimensions on the map
   * @param {Code} code the values of the sliders
   */
  show(runCodes, shown, code) {
    this.fields.clear();
    const others = rankedDimensions(runCodes).filter((d) => !shown.includes(d));
    this.rows.replaceChildren(...others.map((d) => this.row(runCodes, d)));
    this.root.hidden = !others.length;
    this.set(code);
  }

  /**
   * @param {RunCodes} runCodes
   * @param {number} d
   */
  row(runCodes, d) {
    const [min, max] = [runCodes.low[d], runCodes.high[d]];
    const slider = make("input", "vae-slider");
    const value = make("span", "vae-dimension-value");
    slider.type = "range";
    slider.min = String(min);
    slider.max = String(max);
    slider.step = String((max - min) / STEPS);
    slider.ariaLabel = dimensionName(d);
    slider.addEventListener("input", () => {
      value.textContent = formatNumber(slider.valueAsNumber);
      this.onMove(d, slider.valueAsNumber);
    });
    this.fields.set(d, { slider, value });
    const name = make("span", "", `${dimensionName(d)} · ${informationText(runCodes, d)}`);
    return make("label", "vae-dimension-slider", name, slider, value);
  }

  /**
   * Put the sliders to a code; a value beyond the range of a dimension extends its slider.
   * @param {Code} code
   */
  set(code) {
    for (const [d, { slider, value }] of this.fields) {
      slider.min = String(Math.min(Number(slider.min), code[d]));
      slider.max = String(Math.max(Number(slider.max), code[d]));
      slider.value = String(code[d]);
      value.textContent = formatNumber(code[d]);
    }
  }

  hide() {
    this.root.hidden = true;
  }

  /** Show the sliders that were hidden last. */
  unhide() {
    this.root.hidden = false;
  }

  /** Remove the sliders of another model. */
  clear() {
    this.fields.clear();
    this.rows.replaceChildren();
  }
}
