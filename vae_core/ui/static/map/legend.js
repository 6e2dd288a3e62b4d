// The legend of a map: how points are drawn and colored, the classes as switches or the color bar of a factor, what
// lies below.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { colors } from "../page/page_data.js";
import { colorBar } from "./color_scale.js";
import { SHAPES, clipPathOf } from "./markers.js";

/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {import("./map_data.js").PlanarGaussian} PlanarGaussian */

const BAR_COLORS = 24;
const DOT_RADIUS_PX = 2.1;
const SHAPE_RADIUS_PX = 3.6; // larger than a dot, so that shapes can be told apart
const MARKS = ["dots", "names", "shapes", "none"];
const PICTURES = ["", "even", "quantiles"];
const DISK = [0];
const ALL_SHAPES = Array.from({ length: SHAPES }, (_, shape) => shape);

/** The controls below a map. It dispatches "change" when the map has to be drawn again. */
export class Legend extends EventTarget {
  constructor() {
    super();
    /** @type {MapData | null} */
    this.data = null;
    this.kinds = ""; // the classes and factors that are offered
    /** @type {Set<number>} */
    this.hidden = new Set(); // labels of the classes that are switched off
    this.factor = -1; // the factor that colors the points, −1 for the class
    /** @type {{points: Float32Array, list: {name: string, x: number, y: number}[]} | null} */
    this.medians = null; // of the classes, with the points that they were computed from
    this.chips = make("div", "vae-chips");
    this.colorSelect = make("select", "vae-select");
    this.colorSelect.addEventListener("change", () => this.colorBy(Number(this.colorSelect.value)));
    this.colorField = field("color_by", this.colorSelect);
    this.prior = this.checkbox(true);
    this.priorField = field("prior", this.prior);
    this.contours = this.checkbox(false);
    this.contourField = field("contours", this.contours);
    this.markSelect = this.select("marks", MARKS);
    this.markField = field("marks", this.markSelect);
    this.pictureSelect = this.select("pictures", PICTURES);
    this.pictureField = field("pictures", this.pictureSelect);
    for (const optional of [this.colorField, this.priorField, this.contourField, this.pictureField])
      optional.hidden = true; // until there is a choice
    const fields = [this.priorField, this.contourField, this.markField, this.pictureField];
    this.root = make("div", "vae-legend", this.colorField, this.chips, ...fields);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", text("legend"));
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** @param {boolean} checked */
  checkbox(checked) {
    const box = Object.assign(make("input"), { type: "checkbox", checked });
    box.addEventListener("change", () => this.changed());
    return box;
  }

  /**
   * @param {string} name the prefix of the options' texts
   * @param {string[]} values
   */
  select(name, values) {
    const list = make("select", "vae-select");
    list.append(...values.map((value) => new Option(text(`${name}_${value || "none"}`), value)));
    list.addEventListener("change", () => this.restyle());
    list.ariaLabel = text(name);
    return list;
  }

  /**
   * Whether the class of point i is switched off.
   * @param {number} i
   * @returns {boolean}
   */
  hides(i) {
    return this.hidden.size > 0 && this.data !== null && this.hidden.has(this.data.labels[i]);
  }

  /** Give the chips the shapes of the points, and have the map drawn. */
  restyle() {
    const { shapes } = this;
    for (const [label, dot] of this.chips.querySelectorAll(".vae-dot").entries())
      /** @type {HTMLElement} */ (dot).style.clipPath = clipPathOf(shapes[label % shapes.length]);
    this.changed();
  }

  /** How points are drawn: dots, names (dots with the names of the classes), shapes or none. */
  get marks() {
    return this.markSelect.value;
  }

  /** Which decoded images lie under the points: even, quantiles, or an empty text for none. */
  get pictures() {
    return this.pictureField.hidden ? "" : this.pictureSelect.value;
  }

  /** The radius of a point in CSS pixels. */
  get radius() {
    return this.marks === "shapes" ? SHAPE_RADIUS_PX : DOT_RADIUS_PX;
  }

  /** The shapes of the points (see markers.js), to be given to the classes in turn. */
  get shapes() {
    return this.marks === "shapes" ? ALL_SHAPES : DISK;
  }

  /**
   * The name of each visible class at the median of its points.
   * @returns {{name: string, x: number, y: number}[]}
   */
  classMedians() {
    if (!this.data) return [];
    if (this.medians?.points !== this.data.points)
      this.medians = { points: this.data.points, list: classMedians(this.data) };
    return this.medians.list.filter(({ x }, label) => x !== undefined && !this.hidden.has(label));
  }

  /** The components of the prior to draw. */
  get gaussians() {
    return this.prior.checked ? (this.data?.prior ?? []) : [];
  }

  /** The mixture whose lines of equal density are to be drawn; empty for none. */
  get mixture() {
    return this.contours.checked && !this.contourField.hidden ? (this.data?.prior ?? []) : [];
  }

  /**
   * Show the legend of a map.
   * @param {MapData} data
   * @returns {boolean} whether its classes or factors are other ones, so that everything is shown and colored afresh
   */
  setData(data) {
    const kinds = JSON.stringify([data.classes, data.factorNames ?? []]);
    const fresh = kinds !== this.kinds;
    this.data = data;
    this.kinds = kinds;
    this.priorField.hidden = !data.prior?.length;
    this.contourField.hidden = !data.prior || data.prior.length < 2; // of a single Gaussian they are its ellipses
    this.pictureField.hidden = !data.run; // a model in training has no decoder here
    const quantiles = this.pictureSelect.options[PICTURES.indexOf("quantiles")];
    quantiles.hidden = quantiles.disabled = !(data.standardPrior && data.latentDim === 2);
    if (quantiles.disabled && this.pictures === "quantiles") this.pictureSelect.value = "even";
    if (fresh) this.offer(data);
    else if (this.factor >= 0) this.chips.replaceChildren(colorBarElement(data, this.factor)); // its range may differ
    return fresh;
  }

  /** Show nothing. */
  clear() {
    this.data = null;
    this.kinds = "";
    this.chips.replaceChildren();
  }

  /** @param {MapData} data */
  offer({ classes, factorNames = [] }) {
    const options = factorNames.map((name, i) => new Option(name, String(i)));
    if (classes.length > 1 || !options.length) options.unshift(new Option(text("color_class"), "-1"));
    this.colorSelect.replaceChildren(...options);
    this.colorField.hidden = !factorNames.length;
    this.colorBy(Number(options[0].value));
  }

  /**
   * Color by a factor, or by class. Every class is shown again: beside a color bar no chip could switch it on.
   * @param {number} factor −1 for the class
   */
  colorBy(factor) {
    this.factor = factor;
    this.hidden.clear();
    if (!this.data) return;
    const content =
      factor < 0
        ? this.data.classes.map((name, label) => this.chip(name, label))
        : [colorBarElement(this.data, factor)];
    this.chips.replaceChildren(...content);
    this.restyle();
  }

  /**
   * Show the same classes, colors and marks as another legend of the same images.
   * @param {Legend} other
   */
  copySettings(other) {
    this.hidden = other.hidden;
    this.factor = other.factor;
    this.markSelect.value = other.marks;
  }

  /**
   * @param {string} name
   * @param {number} label
   */
  chip(name, label) {
    const chip = make("button", "vae-chip", make("span", "vae-dot"), name);
    chip.type = "button";
    chip.title = text("legend_switch");
    chip.style.setProperty("--dot", colors[label % colors.length]);
    chip.setAttribute("aria-pressed", "true");
    chip.addEventListener("click", () => {
      if (!this.hidden.delete(label)) this.hidden.add(label);
      chip.setAttribute("aria-pressed", String(!this.hidden.has(label)));
      this.changed();
    });
    return chip;
  }
}

/**
 * A labelled control with its help.
 * @param {string} name the key of its label; that of its help ends in _help
 * @param {HTMLInputElement | HTMLSelectElement} control
 */
function field(name, control) {
  const content = control.type === "checkbox" ? [control, text(name)] : [text(name), control];
  return Object.assign(make("label", "vae-option", ...content), { title: text(`${name}_help`) });
}

/**
 * @param {MapData} data
 * @param {number} factor
 */
function colorBarElement(data, factor) {
  const { low, high, stops } = colorBar(data, factor, BAR_COLORS);
  const gradient = make("span", "vae-color-bar-gradient");
  gradient.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return make("div", "vae-color-bar", low, gradient, high);
}

/**
 * The name of each class at the median of its points; the place of a class without points is undefined.
 * @param {MapData} data
 */
function classMedians({ points, labels, classes }) {
  /** @type {(label: number, axis: number) => number} */
  const median = (label, axis) => {
    const indices = Float32Array.from(labels.keys()).filter((i) => labels[i] === label);
    const values = indices.map((i) => points[2 * i + axis]).sort();
    return values[Math.floor(values.length / 2)];
  };
  return classes.map((name, label) => ({ name, x: median(label, 0), y: median(label, 1) }));
}
