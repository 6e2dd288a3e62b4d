// What lies over the points of a map: Gaussians, the mark of the selected image, paths and their stops, rings, the
// handle.

import { contoursOf } from "../math/contours.js";
import { separateBoxes, drawOutlinedText, textMeasure } from "../page/text_layout.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("../page/dom.js").Theme} Theme */
/** @typedef {import("./map_data.js").PlanarGaussian} PlanarGaussian */
/** @typedef {ArrayLike<number>} Place x and y, in units of the map */

const CLASS_FONT = "700 15px system-ui, sans-serif";
const CLASS_HEIGHT_PX = 17;
const CLASS_GAP_PX = 6; // between two class names
const DIAMOND = [
  [0, -7],
  [7, 0],
  [0, 7],
  [-7, 0],
];
/** @type {[number, keyof Theme][]} */
const HANDLE_DISKS = [
  [13, "background"],
  [11, "text"],
  [9, "accent"],
]; // radius in CSS pixels, color

/**
 * Trace the ellipse at so many σ of N(mean, ((a, b), (b, c))), to be stroked.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Place} mean
 * @param {ArrayLike<number>} covariance [a, b, c]
 * @param {number} sigmas
 */
function traceEllipse(context, viewport, mean, covariance, sigmas) {
  const [a, b, c] = [covariance[0], covariance[1], covariance[2]];
  const middle = (a + c) / 2;
  const root = Math.hypot((a - c) / 2, b);
  const scale = sigmas * viewport.scale;
  const major = scale * Math.sqrt(middle + root);
  const minor = scale * Math.sqrt(Math.max(0, middle - root));
  const [px, py] = viewport.toPixels(mean[0], mean[1]);
  context.beginPath();
  context.ellipse(px, py, major, minor, -0.5 * Math.atan2(2 * b, a - c), 0, 2 * Math.PI);
}

/**
 * Stroke the current path in the text's color, with a rim of the background's around it.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} width CSS pixels
 * @param {number} rim CSS pixels that the rim adds to the width
 */
function stroke(context, theme, width, rim) {
  context.lineWidth = width + rim;
  context.strokeStyle = theme.background;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = theme.text;
  context.stroke();
}

/**
 * Draw the 1σ and 2σ ellipses of a mixture's components; the heavier, the darker.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {PlanarGaussian[]} gaussians
 * @param {Theme} theme
 */
export function drawPrior(context, viewport, gaussians, theme) {
  const heaviest = Math.max(0, ...gaussians.map(({ weight }) => weight));
  for (const { weight, mean, covariance } of gaussians) {
    context.globalAlpha = weight / heaviest;
    for (const sigmas of [1, 2]) {
      traceEllipse(context, viewport, mean, covariance, sigmas);
      stroke(context, theme, 1.2, 1.6);
    }
  }
  context.globalAlpha = 1;
}

/**
 * Draw lines of equal density of a mixture.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {PlanarGaussian[]} gaussians
 * @param {Theme} theme
 */
export function drawContours(context, viewport, gaussians, theme) {
  if (!gaussians.length) return;
  context.beginPath();
  for (const [start, ...rest] of contoursOf(gaussians)) {
    context.moveTo(...viewport.toPixels(...start));
    for (const point of rest) context.lineTo(...viewport.toPixels(...point));
  }
  stroke(context, theme, 1.2, 1.6);
}

/**
 * Draw the code of an image as a diamond, with the 1σ and 2σ ellipses of its posterior.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Place} place
 * @param {ArrayLike<number> | null} covariance [a, b, c]; null draws no ellipse
 * @param {Theme} theme
 */
export function drawMark(context, viewport, place, covariance, theme) {
  for (const sigmas of covariance ? [1, 2] : []) {
    traceEllipse(context, viewport, place, /** @type {ArrayLike<number>} */ (covariance), sigmas);
    stroke(context, theme, 1.5, 2);
  }
  const [px, py] = viewport.toPixels(place[0], place[1]);
  context.beginPath();
  for (const [dx, dy] of DIAMOND) context.lineTo(px + dx, py + dy);
  context.closePath();
  context.fillStyle = theme.text;
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.fill();
  context.stroke();
}

/** A line through places of the map, with a dash pattern in CSS pixels.
 * @typedef {{points: Place[], dash?: number[]}} Path
 */

/**
 * Draw a path.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Path} path
 * @param {Theme} theme
 */
export function drawPath(context, viewport, { points, dash = [] }, theme) {
  context.setLineDash(dash);
  context.beginPath();
  for (const point of points) context.lineTo(...viewport.toPixels(point[0], point[1]));
  stroke(context, theme, 2.5, 2.5);
  context.setLineDash([]);
}

/** The name of a class and a place for it. @typedef {{name: string, x: number, y: number}} ClassName */

/**
 * Draw the name of each class at its place, or beside it where names would overlap.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {ClassName[]} classNames
 * @param {Theme} theme
 */
export function drawClassNames(context, viewport, classNames, theme) {
  const widthOf = textMeasure(CLASS_FONT);
  const boxes = classNames.map((one) => {
    const [x, y] = viewport.toPixels(one.x, one.y);
    return { name: one.name, x, y, wide: widthOf(one.name) + CLASS_GAP_PX, high: CLASS_HEIGHT_PX };
  });
  context.font = CLASS_FONT;
  context.textAlign = "center";
  for (const { name, x, y } of separateBoxes(boxes)) drawOutlinedText(context, name, x, y + 5, theme);
}

/**
 * Draw a ring around a place.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Place} place
 * @param {number} radius CSS pixels
 * @param {Theme} theme
 * @param {string} [fill] the color inside
 */
export function drawRing(context, viewport, place, radius, theme, fill) {
  const [px, py] = viewport.toPixels(place[0], place[1]);
  context.beginPath();
  context.arc(px, py, radius, 0, 2 * Math.PI);
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  stroke(context, theme, 2, 2);
}

/**
 * Draw the handle, a disk with a cross. It is not an element: moving one makes the browser lay out the whole page in
 * each frame.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Place} place
 * @param {Theme} theme
 */
export function drawHandle(context, viewport, place, theme) {
  const [px, py] = viewport.toPixels(place[0], place[1]);
  for (const [radius, color] of HANDLE_DISKS) {
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    context.fillStyle = theme[color];
    context.fill();
  }
  context.fillStyle = "#fff";
  context.fillRect(px - 4, py - 1, 8, 2);
  context.fillRect(px - 1, py - 4, 2, 8);
}
