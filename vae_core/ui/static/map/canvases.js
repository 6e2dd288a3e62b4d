// The two canvases of a map: the points with what lies below them, and the overlay, which is drawn more often.

import { contextOf, themeColors, make } from "../page/dom.js";

/** @typedef {import("../page/dom.js").Theme} Theme */
/** @typedef {import("./viewport.js").Viewport} Viewport */

const MAX_RATIO = 2; // device pixels per CSS pixel

/** The canvases of a map at the size of its viewport, and the colors they are drawn in. */
export class Canvases {
  /** @param {Viewport} viewport */
  constructor(viewport) {
    this.viewport = viewport;
    this.points = make("canvas", "vae-map-points");
    this.overlay = make("canvas", "vae-map-overlay");
    this.overlay.tabIndex = 0;
    /** @type {Theme | null} */
    this.colors = null; // null until they are read, and again when the page turns dark or light
  }

  /**
   * Take the size of the frame around the canvases.
   * @param {HTMLElement} frame
   * @returns {boolean} whether it has changed
   */
  resize({ clientWidth, clientHeight }) {
    const { width, height, ratio } = this.viewport;
    const newRatio = Math.min(MAX_RATIO, window.devicePixelRatio || 1);
    if (!clientWidth || (clientWidth === width && clientHeight === height && newRatio === ratio)) return false;
    this.viewport.resize(clientWidth, clientHeight, newRatio);
    for (const canvas of [this.points, this.overlay]) {
      canvas.width = Math.round(clientWidth * newRatio);
      canvas.height = Math.round(clientHeight * newRatio);
    }
    return true;
  }

  /**
   * The page's colors.
   * @returns {Theme}
   */
  get theme() {
    return (this.colors ??= themeColors(this.overlay));
  }

  /** Read the page's colors again. */
  refreshTheme() {
    this.colors = null;
  }

  /**
   * Empty a canvas.
   * @param {HTMLCanvasElement} canvas
   * @returns {CanvasRenderingContext2D} its context, in CSS pixels
   */
  clear(canvas) {
    const { width, height, ratio } = this.viewport;
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }
}
