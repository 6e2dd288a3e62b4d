// What is marked on a map: a code with its posterior, samples, paths with their stops, and the images that are pointed
// at or selected.

import { drawMark, drawPath, drawRing } from "./overlay.js";

/** @typedef {import("./overlay.js").Path} Path */
/** @typedef {import("./overlay.js").Place} Place */
/** @typedef {import("../page/dom.js").Theme} Theme */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/**
 * A code: its place, and the covariance [a, b, c] of its posterior.
 * @typedef {{place: Place, covariance: ArrayLike<number> | null}} Mark
 */

const IMAGE_RING_PX = 6;
const STOP_RING_PX = 6;
const SAMPLE_RING_PX = 3.5;

/** The marks of a map, each of which is drawn as soon as it is set. */
export class Annotations {
  /**
   * @param {boolean} ownsSelection whether the selected image is marked here
   * @param {() => void} onChange
   */
  constructor(ownsSelection, onChange) {
    this.ownsSelection = ownsSelection;
    this.onChange = onChange;
    /** @type {Mark | null} */
    this.mark = null;
    /** @type {Place[]} */
    this.samples = [];
    /** @type {Path[]} */
    this.paths = [];
    /** @type {Place[]} */
    this.stops = []; // places on the paths
    this.hovered = -1; // the image under the pointer, −1 for none
    this.highlighted = -1; // the image under the pointer in a linked map
    this.selected = -1;
  }

  /** Forget images, because the data set is another one. */
  clearImages() {
    this.selected = this.hovered = this.highlighted = -1;
  }

  /**
   * Mark a code.
   * @param {Mark | null} mark
   */
  setMark(mark) {
    this.mark = mark;
    this.onChange();
  }

  /**
   * Ring the places of samples.
   * @param {Place[]} places
   */
  setSamples(places) {
    this.samples = places;
    this.onChange();
  }

  /**
   * Draw paths, and stops on them.
   * @param {Path[]} paths
   * @param {Place[]} [stops]
   */
  setPaths(paths, stops = []) {
    this.paths = paths;
    this.stops = stops;
    this.onChange();
  }

  /**
   * Ring the image under the pointer.
   * @param {number} index −1 for none
   */
  hover(index) {
    this.hovered = index;
    this.onChange();
  }

  /**
   * Ring the image that is under the pointer in a linked map.
   * @param {number} index −1 for none
   */
  highlight(index) {
    this.highlighted = index;
    this.onChange();
  }

  /**
   * Mark the selected image, unless it is marked by the map's owner.
   * @param {number} index −1 for none
   */
  select(index) {
    if (!this.ownsSelection) return;
    this.selected = index;
    this.onChange();
  }

  /**
   * Paint paths, the marked code and the samples.
   * @param {CanvasRenderingContext2D} context
   * @param {Viewport} viewport
   * @param {Theme} theme
   */
  paintCodes(context, viewport, theme) {
    for (const path of this.paths) drawPath(context, viewport, path, theme);
    for (const stop of this.stops) drawRing(context, viewport, stop, STOP_RING_PX, theme, theme.accent);
    if (this.mark) drawMark(context, viewport, this.mark.place, this.mark.covariance, theme);
    for (const sample of this.samples) drawRing(context, viewport, sample, SAMPLE_RING_PX, theme, theme.accent);
  }

  /**
   * Paint the images that are pointed at or selected.
   * @param {CanvasRenderingContext2D} context
   * @param {Viewport} viewport
   * @param {Float32Array} points x, y, x, y, … of all images
   * @param {Theme} theme
   */
  paintImages(context, viewport, points, theme) {
    const { hovered, highlighted, selected } = this;
    if (hovered >= 0) drawRing(context, viewport, pointAt(points, hovered), IMAGE_RING_PX, theme);
    if (highlighted >= 0) drawRing(context, viewport, pointAt(points, highlighted), IMAGE_RING_PX, theme);
    if (selected >= 0) drawMark(context, viewport, pointAt(points, selected), null, theme);
  }
}

/** @type {(points: Float32Array, index: number) => Float32Array} */
const pointAt = (points, index) => points.subarray(2 * index, 2 * index + 2);
