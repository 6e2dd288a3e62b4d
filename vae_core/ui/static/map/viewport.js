// Which part of the plane a map shows, and how large it is on the screen.

import { clamp } from "../math/clamp.js";

/** The middle of what a map shows, and CSS pixels per unit. @typedef {{x: number, y: number, scale: number}} View */

const AXES_HEIGHT_PX = 48; // what the names and numbers of the axes take from the height
const MARGIN_PX = 24;
const FIT_SHARE = 0.92; // of the room that the points fill
const SCALE_LIMITS = /** @type {const} */ ([0.01, 1e5]); // pixels per unit, of a view that the visitor chooses
// Share of the points, at each end of an axis, that may lie outside: a few stray codes would shrink the rest
const OUTLIERS = 0.003;

/** The part of the plane that is shown, and the change of coordinates between the plane and the screen. */
export class Viewport {
  /** @param {() => void} onChange called when another part of the plane is shown */
  constructor(onChange) {
    this.onChange = onChange;
    this.width = 0; // CSS pixels; 0 until the map is laid out
    this.height = 0;
    this.ratio = 1; // device pixels per CSS pixel
    this.x = 0;
    this.y = 0;
    this.scale = 50;
    this.adjusted = false; // whether the view is a choice of the visitor, which new data keep
  }

  /**
   * @returns {View}
   */
  get view() {
    return { x: this.x, y: this.y, scale: this.scale };
  }

  /**
   * Show another part of the plane.
   * @param {View} view
   * @param {boolean} [adjusted] whether it stands for a choice of the visitor
   */
  setView({ x, y, scale }, adjusted = true) {
    this.x = x;
    this.y = y;
    this.scale = adjusted ? clamp(scale, ...SCALE_LIMITS) : scale;
    this.adjusted = adjusted;
    this.onChange();
  }

  /**
   * Take another size; the part that is shown keeps its width.
   * @param {number} width CSS pixels
   * @param {number} height CSS pixels
   * @param {number} ratio device pixels per CSS pixel
   */
  resize(width, height, ratio) {
    if (this.width) this.scale *= width / this.width;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
  }

  /**
   * Zoom by a factor around a place on the screen, by default the middle.
   * @param {number} factor
   * @param {number} [px] CSS pixels
   * @param {number} [py]
   */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toData(px, py);
    const scale = clamp(this.scale * factor, ...SCALE_LIMITS);
    this.setView({ x: x - (px - this.width / 2) / scale, y: y + (py - this.height / 2) / scale, scale });
  }

  /**
   * Move what is shown by CSS pixels, to the right and down.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.adjusted = true;
    this.onChange();
  }

  /**
   * The view that shows nearly all points and the handle.
   * @param {Float32Array} points x, y, x, y, …
   * @param {number[]} handle [x, y]
   * @returns {View}
   */
  fittedView(points, handle) {
    const [across, up] = [0, 1].map((axis) => rangeOf(points, axis, handle[axis]));
    // A map may be almost collapsed
    const [width, height] = [this.width - MARGIN_PX, this.height - AXES_HEIGHT_PX].map((pixels) => Math.max(pixels, 1));
    const spans = [across, up].map(([low, high]) => Math.max(high - low, 1e-3));
    const scale = FIT_SHARE * Math.min(width / spans[0], height / spans[1]);
    return { x: (across[0] + across[1]) / 2, y: (up[0] + up[1]) / 2 - AXES_HEIGHT_PX / 4 / scale, scale };
  }

  /**
   * Whether a place is in view.
   * @param {number} x
   * @param {number} y
   * @returns {boolean}
   */
  contains(x, y) {
    const [px, py] = this.toPixels(x, y);
    return px >= 0 && py >= 0 && px <= this.width && py <= this.height;
  }

  /**
   * @param {number} x units of the map
   * @param {number} y
   * @returns {[number, number]} CSS pixels from the upper left corner
   */
  toPixels(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  /**
   * @param {number} px CSS pixels from the upper left corner
   * @param {number} py
   * @returns {[number, number]} units of the map
   */
  toData(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale];
  }
}

/**
 * The range of one coordinate of the points, without outliers but with the handle's.
 * @param {Float32Array} points
 * @param {number} axis
 * @param {number} handle
 */
function rangeOf(points, axis, handle) {
  const values = points.filter((value, i) => i % 2 === axis && Number.isFinite(value)).sort();
  /** @type {(share: number) => number} */
  const quantile = (share) => values[Math.round(share * (values.length - 1))] ?? handle;
  return [Math.min(quantile(OUTLIERS), handle), Math.max(quantile(1 - OUTLIERS), handle)];
}
