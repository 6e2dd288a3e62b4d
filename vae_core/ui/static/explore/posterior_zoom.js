// Enlarging a map around a posterior that is too small to be seen, and restoring the view.

import { animate } from "./animation.js";

/** @typedef {import("../map/viewport.js").View} View */
/** @typedef {import("../map/viewport.js").Viewport} Viewport */

const DURATION_MS = 600;
const MIN_RADIUS_PX = 40; // of a 2σ ellipse; the map is enlarged around a smaller one
const RADII_PER_SIDE = 6; // of the ellipse, in the shorter side of the enlarged map
const ENLARGED_FACTOR = 2; // a view at more than this scale of the saved one is still enlarged

/** Enlarges a map around a posterior, and restores the view. */
export class PosteriorZoom {
  /** @param {Viewport} viewport */
  constructor(viewport) {
    this.viewport = viewport;
    /** @type {{view: View, adjusted: boolean} | null} */
    this.saved = null; // the view from before the map was enlarged
  }

  /** Whether the map is enlarged; false once the visitor has zoomed out. */
  get isEnlarged() {
    return this.saved !== null && this.viewport.scale > ENLARGED_FACTOR * this.saved.view.scale;
  }

  /** Forget the saved view, such as one of another map. */
  forget() {
    this.saved = null;
  }

  /**
   * Whether an ellipse is too small to be seen, or out of view.
   * @param {number[]} place its middle
   * @param {number} radius its greatest one, in units of the map
   */
  isNeeded(place, radius) {
    return radius * this.viewport.scale < MIN_RADIUS_PX || !this.viewport.contains(place[0], place[1]);
  }

  /**
   * Enlarge the map around an ellipse: zoom evenly, while its middle moves straight to the middle of the screen.
   * @param {number[]} place
   * @param {number} radius
   * @param {() => boolean} isCurrent whether to go on
   */
  async zoomTo([x, y], radius, isCurrent) {
    const { viewport } = this;
    const from = viewport.view;
    if (!this.isEnlarged) this.saved = { view: from, adjusted: viewport.adjusted };
    const target = Math.min(viewport.width, viewport.height) / RADII_PER_SIDE / radius;
    const [dx, dy] = [(x - from.x) * from.scale, (y - from.y) * from.scale];
    /** @type {(share: number) => void} */
    const step = (share) => {
      const scale = from.scale * (target / from.scale) ** share;
      viewport.setView({ x: x - ((1 - share) * dx) / scale, y: y - ((1 - share) * dy) / scale, scale });
    };
    await animate(DURATION_MS, step, isCurrent);
  }

  /**
   * Restore the saved view, unless a place is in the enlarged one.
   * @param {number[] | null} place
   */
  restoreView(place) {
    if (!this.isEnlarged) return this.forget();
    if (place && this.viewport.contains(place[0], place[1])) return;
    if (this.saved) this.viewport.setView(this.saved.view, this.saved.adjusted);
    this.forget();
  }
}
