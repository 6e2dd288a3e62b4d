// Paints grey or colored images on canvases, one canvas pixel per image pixel.

import { contextOf, make } from "./dom.js";

/** @typedef {{context: CanvasRenderingContext2D, pixels: ImageData}} Surface */

const LIGHT_BACKGROUND = [255, 255, 255];
const DARK_BACKGROUND = [24, 24, 27];
const BRIGHTER = [231, 99, 0];
const DARKER = [40, 120, 205];

/**
 * Create a canvas for an image, which CSS enlarges.
 * @param {string} [label] what the image shows, for a screen reader
 * @returns {HTMLCanvasElement}
 */
export function pictureCanvas(label = "") {
  const canvas = make("canvas", "vae-picture");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

/** @type {WeakMap<HTMLCanvasElement, Surface>} */
const surfaces = new WeakMap(); // reused, so that a drag allocates nothing

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {Surface} of this size, opaque
 */
function surfaceOf(canvas, width, height) {
  let surface = surfaces.get(canvas);
  if (surface?.pixels.width !== width || surface.pixels.height !== height) {
    canvas.width = width;
    canvas.height = height;
    const context = contextOf(canvas);
    surface = { context, pixels: context.createImageData(width, height) };
    surface.pixels.data.fill(255);
    surfaces.set(canvas, surface);
  }
  return surface;
}

/**
 * Paint an image.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values in [0, 1], channels × height × width
 * @param {number[]} shape channels (1 or 3), height and width
 */
export function paint(canvas, values, [channels, height, width]) {
  const { context, pixels } = surfaceOf(canvas, width, height);
  const { data } = pixels;
  const plane = width * height;
  for (let i = 0; i < plane; i++) {
    // The array rounds and clamps.
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 * values[channels === 1 ? i : c * plane + i];
  }
  context.putImageData(pixels, 0, 0);
}

/**
 * Paint `after` − `before`: orange where it is brighter, blue where it is darker, the page's background where both are
 * equal.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} before values in [0, 1], channels × height × width
 * @param {ArrayLike<number>} after as `before`
 * @param {number[]} shape channels, height and width
 * @param {boolean} dark whether the page is dark
 */
export function paintDifference(canvas, before, after, [channels, height, width], dark) {
  const { context, pixels } = surfaceOf(canvas, width, height);
  const { data } = pixels;
  const plane = width * height;
  const background = dark ? DARK_BACKGROUND : LIGHT_BACKGROUND;
  for (let i = 0; i < plane; i++) {
    let brightness = 0;
    let distance = 0; // pixels of another hue may have the same brightness
    for (let c = 0; c < channels; c++) {
      const difference = (after[c * plane + i] - before[c * plane + i]) / channels;
      brightness += difference;
      distance += Math.abs(difference);
    }
    const color = brightness > 0 ? BRIGHTER : DARKER;
    const share = Math.min(1, distance);
    for (let c = 0; c < 3; c++) data[4 * i + c] = background[c] + share * (color[c] - background[c]);
  }
  context.putImageData(pixels, 0, 0);
}

/**
 * Convert bytes to values in [0, 1].
 * @param {Uint8Array} bytes
 * @returns {Float32Array}
 */
export function bytesToPixels(bytes) {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] / 255; // Float32Array.from takes twenty times as long
  return values;
}

/**
 * Decode base64.
 * @param {string} base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export const fromBase64 = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
