// The legend of a map: how its points are drawn and colored, the classes as switches or a factor's scale, what lies below.

import { barOf } from "./color_scale.js";
import { make } from "../page/dom.js";
import { colors } from "../page/page_data.js";
import { text } from "../page/i18n.js";
import { SHAPES, clipPathOf } from "./markers.js";

const SAMPLES = 24; // colors in the color bar
const DOT = 2.1,
  SHAPE = 3.6; // CSS pixels: the radius of a dot, and of a shape, which must be told from others
const MARKS = ["dots", "names", "shapes", "none"],
  PICTURES = ["", "even", "quantiles"];

export class Legend {
  /** @param onChange () → void, called when the map has to be drawn anew */
  constructor(onChange) {
    this.onChange = onChange;
    this.hidden = new Set(); // labels of the classes that are switched off
    this.factor = -1; // the factor that colors the points, −1 for the class
    this.by = make("select", "vae-select");
    this.by.addEventListener("change", () => this.choose(Number(this.by.value)));
    this.byField = make("label", "vae-option", text("color_by"), this.by);
    this.byField.title = text("color_by_help");
    this.key = make("div", "vae-chips");
    this.prior = Object.assign(make("input"), { type: "checkbox", checked: true });
    this.prior.addEventListener("change", onChange);
    this.priorField = make("label", "vae-option", this.prior, text("prior"));
    this.priorField.title = text("prior_help");
    this.contours = Object.assign(make("input"), { type: "checkbox" });
    this.contours.addEventListener("change", onChange);
    this.contourField = make("label", "vae-option", this.contours, text("contours"));
    this.contourField.title = text("contours_help");
    [this.markChoice, this.markField] = this.choice("marks", MARKS);
    [this.pictureChoice, this.pictureField] = this.choice("pictures", PICTURES);
    this.byField.hidden = this.priorField.hidden = this.contourField.hidden = this.pictureField.hidden = true; // until there is something to choose
    this.root = make(
      "div",
      "vae-legend",
      this.byField,
      this.key,
      this.priorField,
      this.contourField,
      this.markField,
      this.pictureField,
    );
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", text("legend"));
  }

  /** Whether point i is switched off. */
  hides(i) {
    return this.hidden.size > 0 && this.hidden.has(this.data.labels[i]);
  }

  /** A list of ways to draw: its element, and the field around it. */
  choice(name, ways) {
    const list = make("select", "vae-select"),
      field = make("label", "vae-option", text(name), list);
    list.append(...ways.map((way) => new Option(text(`${name}_${way || "none"}`), way)));
    list.addEventListener("change", () => this.redraw());
    field.title = text(`${name}_help`);
    list.ariaLabel = text(name);
    return [list, field];
  }

  redraw() {
    const { shapes } = this;
    for (const [label, chip] of [...this.key.querySelectorAll(".vae-chip")].entries()) {
      chip.firstChild.style.clipPath = clipPathOf(shapes[label % shapes.length]);
    }
    this.onChange();
  }

  /** How points are drawn: dots, names (dots with their classes' names), shapes or none. */
  get marks() {
    return this.markChoice.value;
  }

  /** Which decoded images lie under the points: even, quantiles, or an empty text for none. */
  get pictures() {
    return this.pictureField.hidden ? "" : this.pictureChoice.value;
  }

  get radius() {
    return this.marks === "shapes" ? SHAPE : DOT;
  }

  /** The shapes that points have, see shapes.js: class after class has the next one, from the first again after the last. */
  get shapes() {
    return this.marks === "shapes" ? Array.from({ length: SHAPES }, (_, shape) => shape) : [0];
  }

  /** Each class that is shown with the median of its points: [name, x, y]. */
  middles() {
    const { points, labels, classes } = this.data;
    if (this.medians?.of !== points) {
      const median = (label, axis) =>
        Float32Array.from(labels.keys())
          .filter((i) => labels[i] === label)
          .map((i) => points[2 * i + axis])
          .sort();
      const middle = (values) => values[Math.floor(values.length / 2)];
      this.medians = {
        of: points,
        list: classes.map((name, label) => [name, middle(median(label, 0)), middle(median(label, 1))]),
      };
    }
    return this.medians.list.filter(([, x], label) => x !== undefined && !this.hidden.has(label));
  }

  /** The prior's Gaussians to draw. */
  get gaussians() {
    return this.prior.checked ? (this.data?.prior ?? []) : [];
  }

  /** The mixture whose lines of equal density are to be drawn. */
  get mixture() {
    return this.contours.checked && !this.contourField.hidden ? this.data.prior : [];
  }

  /** Serve another map's data; true if it has other classes or factors, which shows and colors everything afresh. */
  setData(data) {
    const kinds = JSON.stringify([data.classes, data.factorNames ?? []]),
      fresh = kinds !== this.kinds;
    Object.assign(this, { data, kinds });
    this.priorField.hidden = !data.prior?.length;
    this.contourField.hidden = !(data.prior?.length > 1); // of one Gaussian they are its ellipses
    this.pictureField.hidden = !data.run; // a model in training has no decoder here
    const normal = data.standardPrior && data.latentDim === 2;
    this.pictureChoice.options[2].hidden = this.pictureChoice.options[2].disabled = !normal;
    if (!normal && this.pictures === "quantiles") this.pictureChoice.value = "even";
    if (fresh) this.offer();
    else if (this.factor >= 0) this.key.replaceChildren(this.bar()); // another range
    return fresh;
  }

  offer() {
    const { classes, factorNames = [] } = this.data,
      options = factorNames.map((name, i) => new Option(name, i));
    if (classes.length > 1 || !options.length) options.unshift(new Option(text("color_class"), -1));
    this.by.replaceChildren(...options);
    this.byField.hidden = !factorNames.length;
    this.choose(Number(options[0].value));
  }

  /** Color by a factor, or by class for −1. Every class is shown again: with a factor there is no chip to bring it back. */
  choose(factor) {
    this.factor = factor;
    this.hidden.clear();
    this.key.replaceChildren(
      ...(factor < 0 ? this.data.classes.map((name, label) => this.chip(name, label)) : [this.bar()]),
    );
    this.redraw();
  }

  chip(name, label) {
    const chip = make("button", "vae-chip", make("span", "vae-dot"), name);
    chip.type = "button";
    chip.title = text("legend_switch");
    chip.style.setProperty("--dot", colors[label % colors.length]);
    chip.setAttribute("aria-pressed", "true");
    chip.addEventListener("click", () => {
      if (!this.hidden.delete(label)) this.hidden.add(label);
      chip.setAttribute("aria-pressed", String(!this.hidden.has(label)));
      this.onChange();
    });
    return chip;
  }

  bar() {
    const { low, high, stops } = barOf(this.data, this.factor, SAMPLES),
      strip = make("span", "vae-color-bar-gradient");
    strip.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    return make("div", "vae-color-bar", low, strip, high);
  }
}
