// Points that are encircled: the rest fades, and what is inside is counted and shown.

import { drawPath, drawRing } from "./overlay.js";
import { button, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { loadImage } from "../page/api.js";

const SHOWN = 12; // images of a selection

/** Whether a point lies inside a polygon, by the number of edges that a ray crosses. */
export function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i],
      [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

export class Lasso {
  constructor(map) {
    Object.assign(this, { map, active: false, line: [], chosen: null });
    this.text = make("p", "vae-lasso-text");
    this.images = make("div", "vae-lasso-images");
    this.clear = button(text("lasso_clear"), () => this.forget());
    this.root = make("div", "vae-lasso", this.text, this.images, this.clear);
    this.root.setAttribute("role", "status");
    this.root.hidden = true;
  }

  /** Whether point i fades because others are chosen. */
  fades(i) {
    return this.chosen !== null && !this.chosen.has(i);
  }

  begin(px, py) {
    this.line = [this.map.toData(px, py)];
  }

  add(px, py) {
    this.line.push(this.map.toData(px, py));
    this.map.drawOverlay();
  }

  /** Where a key puts the next corner: at the handle, or in the middle of a map that has none. */
  get place() {
    const { onMove, handle, view } = this.map;
    return onMove ? handle : [view.x, view.y];
  }

  /** A corner of a line that is drawn by keys. */
  corner() {
    this.line.push([...this.place]);
    this.map.drawOverlay();
  }

  /** The line, its last corner, and where the next one would be if there is no handle that shows it. */
  paint(context, theme) {
    const { map, line, active } = this;
    if (line.length)
      (drawPath(context, map, { points: line, dash: [7, 5] }, theme), drawRing(context, map, line.at(-1), 3, theme));
    if (active && !map.onMove && map.overlay.matches(":focus-visible"))
      drawRing(context, map, this.place, 4, theme, theme.accent);
  }

  /** The line is given up; what is chosen stays. */
  drop() {
    this.line = [];
    this.map.drawOverlay();
  }

  /** The line is closed: choose the points inside that are not switched off. */
  end() {
    if (!this.map.data) return this.forget();
    const { map, line } = this,
      { points, labels } = map.data;
    const found = Array.from(labels.keys()).filter(
      (i) => !map.legend.hides(i) && inside(line, points[2 * i], points[2 * i + 1]),
    );
    this.line = [];
    if (!found.length) return this.forget(text("lasso_empty"));
    this.chosen = new Set(found);
    this.describe(found);
    map.draw();
  }

  /** Nothing is chosen any more. */
  forget(sentence = "") {
    Object.assign(this, { chosen: null, line: [] });
    this.text.textContent = sentence;
    this.images.replaceChildren();
    if (this.clear === document.activeElement) this.map.overlay.focus({ preventScroll: true }); // else the focus is lost with the button
    this.clear.hidden = true;
    this.root.hidden = !sentence;
    this.map.draw();
  }

  describe(found) {
    const { classes, labels, dataset, shape } = this.map.data,
      counts = new Map();
    for (const i of found) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
    const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([label, count]) => `${classes[label]}: ${count}`);
    this.text.textContent =
      text("lasso_count", { count: found.length }) + (classes.length > 1 ? ` ${parts.join(" · ")}` : "");
    this.images.replaceChildren(
      ...found.slice(0, SHOWN).map((index) => {
        const canvas = pictureCanvas(text("image_number", { n: index }));
        loadImage(dataset, index, shape).then(
          (values) => paint(canvas, values, shape),
          () => {},
        );
        return canvas;
      }),
    );
    this.root.hidden = this.clear.hidden = false;
  }
}
