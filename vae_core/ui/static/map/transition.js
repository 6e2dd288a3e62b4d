// Points that keep their identity: an animation from their places in one view to those in another.

import { clamp } from "../math/clamp.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */
/** The points (x, y, x, y, …) and the handle of a map. @typedef {{points: Float32Array, handle: number[]}} Places */

const DURATION_MS = 700;

/** @type {(t: number) => number} cubic, in and out */
const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/** An animation of points and handle from one view of the codes to another. */
export class Transition {
  /**
   * @param {Places} from the places at the start, in the coordinates of the new view
   * @param {Places} to the places at the end, of as many points
   * @param {object} options
   * @param {HTMLElement} options.overlay a press on it ends the animation
   * @param {() => void} options.onFrame called after each step
   * @param {() => void} options.onEnd called once
   */
  constructor(from, to, { overlay, onFrame, onEnd }) {
    this.from = from;
    this.to = to;
    this.onFrame = onFrame;
    this.onEnd = onEnd;
    this.points = new Float32Array(from.points); // as they are now
    this.handle = from.handle;
    this.startTime = performance.now();
    this.frame = 0; // the id of the frame that is requested
    this.aborter = new AbortController();
    overlay.addEventListener("pointerdown", () => this.finish(), { capture: true, signal: this.aborter.signal });
  }

  /** Begin with the first frame. */
  start() {
    this.step(this.startTime);
  }

  /**
   * Move the points to their places at a time; at the end, finish.
   * @param {number} now milliseconds, as of `performance.now()`
   */
  step(now) {
    const t = ease(clamp((now - this.startTime) / DURATION_MS, 0, 1));
    if (t === 1) return this.finish();
    const { from, to, points } = this;
    for (let i = 0; i < points.length; i++) points[i] = from.points[i] + t * (to.points[i] - from.points[i]);
    this.handle = from.handle.map((value, axis) => value + t * (to.handle[axis] - value));
    this.onFrame();
    this.frame = requestAnimationFrame((time) => this.step(time));
  }

  /** End the animation at once. */
  finish() {
    cancelAnimationFrame(this.frame);
    this.aborter.abort();
    this.onEnd();
  }
}

/**
 * The places of points and handle on the screen, in CSS pixels.
 * @param {Places} places
 * @param {Viewport} viewport
 * @returns {Places}
 */
export const toPixels = (places, viewport) => mapPlaces(places, (x, y) => viewport.toPixels(x, y));

/**
 * The places of points and handle in the coordinates of a map, from those on the screen.
 * @param {Places} places
 * @param {Viewport} viewport
 * @returns {Places}
 */
export const toData = (places, viewport) => mapPlaces(places, (px, py) => viewport.toData(px, py));

/**
 * @param {Places} places
 * @param {(x: number, y: number) => [number, number]} change
 * @returns {Places}
 */
function mapPlaces({ points, handle }, change) {
  const changed = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) changed.set(change(points[i], points[i + 1]), i);
  return { points: changed, handle: change(handle[0], handle[1]) };
}
