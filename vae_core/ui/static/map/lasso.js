// The lasso of a map: points inside a drawn line are counted and shown, and the others fade.

import { loadImage } from "../page/api.js";
import { button, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { drawPath, drawRing } from "./overlay.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {import("../page/dom.js").Theme} Theme */

const MAX_IMAGES = 12; // of a selection
const DASH_PX = [7, 5];

/**
 * Whether a point lies inside a polygon, by the number of edges that a ray from it crosses.
 * @param {ArrayLike<number>[]} polygon [x, y] of each corner
 * @param {number} x
 * @param {number} y
 * @returns {boolean}
 */
export function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = [polygon[i][0], polygon[i][1]];
    const [bx, by] = [polygon[j][0], polygon[j][1]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** The line that encircles points, the points that are selected, and the summary of them below the map. */
export class Lasso {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.active = false; // whether the pointer draws the line instead of moving the map
    /** @type {number[][]} */
    this.line = []; // [x, y] of each corner
    /** @type {Set<number> | null} */
    this.selection = null; // the indices of the selected points
    this.text = make("p", "vae-lasso-text");
    this.images = make("div", "vae-lasso-images");
    this.clearButton = button(text("lasso_clear"), () => this.clear());
    this.root = make("div", "vae-lasso", this.text, this.images, this.clearButton);
    this.root.setAttribute("role", "status");
    this.root.hidden = true;
  }

  /**
   * Switch between drawing the line and moving the map.
   * @param {boolean} active
   */
  setActive(active) {
    this.active = active;
    this.map.drawOverlay();
  }

  /**
   * Whether point i fades because others are selected.
   * @param {number} i
   * @returns {boolean}
   */
  fades(i) {
    return this.selection !== null && !this.selection.has(i);
  }

  /**
   * Start a line at a place on the screen.
   * @param {number} px CSS pixels
   * @param {number} py
   */
  startLine(px, py) {
    this.line = [this.map.viewport.toData(px, py)];
  }

  /**
   * Extend the line to a place on the screen.
   * @param {number} px CSS pixels
   * @param {number} py
   */
  extendLine(px, py) {
    this.line.push(this.map.viewport.toData(px, py));
    this.map.drawOverlay();
  }

  /** Where a key puts the next corner: at the handle, or in the middle of a map that has none. */
  get cursor() {
    const { hasHandle, handle, viewport } = this.map;
    return hasHandle ? handle : [viewport.x, viewport.y];
  }

  /** Add a corner to a line that is drawn by keys. */
  addCorner() {
    this.line.push([...this.cursor]);
    this.map.drawOverlay();
  }

  /**
   * Paint the line, its last corner, and on a map without a handle the place of the next corner.
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   */
  paint(context, theme) {
    const { map, line, active } = this;
    if (line.length) {
      drawPath(context, map.viewport, { points: line, dash: DASH_PX }, theme);
      drawRing(context, map.viewport, line[line.length - 1], 3, theme);
    }
    if (active && !map.hasHandle && map.overlay.matches(":focus-visible"))
      drawRing(context, map.viewport, this.cursor, 4, theme, theme.accent);
  }

  /** Discard the line and keep the selection. */
  discardLine() {
    this.line = [];
    this.map.drawOverlay();
  }

  /** Close the line and select the visible points inside. */
  closeLine() {
    const { map, line } = this;
    if (!map.data) return this.clear();
    const { points, labels } = map.data;
    const indices = Array.from(labels.keys()).filter(
      (i) => !map.legend.hides(i) && inside(line, points[2 * i], points[2 * i + 1]),
    );
    this.line = [];
    if (!indices.length) return this.clear(text("lasso_empty"));
    this.selection = new Set(indices);
    this.describe(map.data, indices);
    map.draw();
  }

  /**
   * Clear the selection and the line.
   * @param {string} [message] a sentence to show in their place
   */
  clear(message = "") {
    this.selection = null;
    this.line = [];
    this.text.textContent = message;
    this.images.replaceChildren();
    // Hiding the button would lose the focus
    if (this.clearButton === document.activeElement) this.map.overlay.focus({ preventScroll: true });
    this.clearButton.hidden = true;
    this.root.hidden = !message;
    this.map.draw();
  }

  /**
   * @param {MapData} data
   * @param {number[]} indices
   */
  describe({ classes, labels, dataset, shape }, indices) {
    const counts = new Map();
    for (const i of indices) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
    const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([label, count]) => `${classes[label]}: ${count}`);
    const total = text("lasso_count", { count: indices.length });
    this.text.textContent = classes.length > 1 ? `${total} ${parts.join(" · ")}` : total;
    const canvases = indices.slice(0, MAX_IMAGES).map((index) => {
      const canvas = pictureCanvas(text("image_number", { n: index }));
      loadImage(dataset, index, shape).then(
        (values) => values && paint(canvas, values, shape),
        () => {}, // the canvas stays empty
      );
      return canvas;
    });
    this.images.replaceChildren(...canvases);
    this.root.hidden = this.clearButton.hidden = false;
  }
}
