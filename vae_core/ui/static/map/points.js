// The points of a map as pixels, written one by one: ten thousand take a few milliseconds and need no WebGL.

import { contextOf, make } from "../page/dom.js";
import { maskOf } from "./markers.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {(index: number) => number[]} PointColor the [r, g, b] of a point */

/** The opacity of a point: in general, and where the lasso has selected others. */
export const POINT_OPACITY = { full: 0.82, faded: 0.12 };

const MAX_MARKER_PX = 9; // device pixels from the middle of a marker to its edge
const MARGIN_PX = 2 * MAX_MARKER_PX; // around the view, so that no marker has to be clipped

/** Draws the points of a map pixel by pixel. */
export class Points {
  constructor() {
    this.canvas = make("canvas"); // of its own: pixels written on the map itself would erase its axes
    this.context = contextOf(this.canvas);
    this.image = this.context.createImageData(1, 1);
  }

  /**
   * Draw the points of a map on its canvas.
   * @param {CanvasRenderingContext2D} context
   * @param {LatentMap} map
   * @param {PointColor} colorOf
   */
  draw(context, map, colorOf) {
    const { width, height, ratio } = map.viewport;
    this.clear(Math.round(width * ratio) + 2 * MARGIN_PX, Math.round(height * ratio) + 2 * MARGIN_PX);
    this.fill(map, colorOf);
    this.context.putImageData(this.image, 0, 0);
    const { canvas } = this;
    const margin = MARGIN_PX / ratio;
    context.drawImage(canvas, -margin, -margin, canvas.width / ratio, canvas.height / ratio);
  }

  /**
   * Empty the image. It is reused from frame to frame: a new one costs more than the points on it.
   * @param {number} width device pixels
   * @param {number} height device pixels
   */
  clear(width, height) {
    if (this.image.width === width && this.image.height === height) {
      this.image.data.fill(0);
      return;
    }
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = this.context.createImageData(width, height);
  }

  /**
   * @param {LatentMap} map
   * @param {PointColor} colorOf
   */
  fill({ data, legend, lasso, viewport }, colorOf) {
    if (!data) return;
    const { points, labels } = data;
    const { width, height, data: pixels } = this.image;
    // Read once: a getter is slow in a loop
    const masks = legend.shapes.map((shape) => maskOf(shape, legend.radius * viewport.ratio, width));
    const scale = viewport.scale * viewport.ratio;
    const x0 = width / 2 - viewport.x * scale;
    const y0 = height / 2 + viewport.y * scale;
    for (let i = 0; i < labels.length; i++) {
      if (legend.hides(i)) continue;
      const cx = Math.round(x0 + points[2 * i] * scale);
      const cy = Math.round(y0 - points[2 * i + 1] * scale);
      const visible =
        cx >= MAX_MARKER_PX && cy >= MAX_MARKER_PX && cx < width - MAX_MARKER_PX && cy < height - MAX_MARKER_PX;
      if (!visible) continue;
      const opacity = lasso.fades(i) ? POINT_OPACITY.faded : POINT_OPACITY.full;
      stamp(pixels, 4 * (cy * width + cx), masks[labels[i] % masks.length], colorOf(i), opacity);
    }
  }
}

/**
 * Blend one marker over the pixels. A plain loop over typed arrays: any other makes garbage in each frame.
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} middle the offset of the marker's middle in `pixels`
 * @param {import("./markers.js").Mask} mask
 * @param {number[]} color [r, g, b]
 * @param {number} opacity in [0, 1]
 */
function stamp(pixels, middle, { offsets, shares }, color, opacity) {
  for (let i = 0; i < offsets.length; i++) {
    const at = middle + offsets[i];
    const alpha = opacity * shares[i];
    const sum = alpha + (pixels[at + 3] / 255) * (1 - alpha);
    const share = alpha / sum;
    pixels[at] += share * (color[0] - pixels[at]);
    pixels[at + 1] += share * (color[1] - pixels[at + 1]);
    pixels[at + 2] += share * (color[2] - pixels[at + 2]);
    pixels[at + 3] = 255 * sum;
  }
}
