// The markers of points: a disk, or a shape for each class, which is recognizable without its color.

import { contextOf } from "../page/dom.js";

const TURN = 2 * Math.PI;
const UP = -TURN / 4;

/**
 * The corners of a regular polygon of radius 1, or of a star whose inner corners lie at radius `inner`.
 * @param {number} corners
 * @param {number} start the angle of the first corner, in radians
 * @param {number} [inner]
 * @returns {[number, number][]}
 */
function regular(corners, start, inner = 1) {
  const count = inner === 1 ? corners : 2 * corners;
  return Array.from({ length: count }, (_, i) => {
    const angle = start + (i * TURN) / count;
    const radius = i % 2 && inner !== 1 ? inner : 1;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/** @type {[number, number][]} */
const PLUS = [
  [-0.35, -1],
  [0.35, -1],
  [0.35, -0.35],
  [1, -0.35],
  [1, 0.35],
  [0.35, 0.35],
  [0.35, 1],
  [-0.35, 1],
  [-0.35, 0.35],
  [-1, 0.35],
  [-1, -0.35],
  [-0.35, -0.35],
];
/** @type {[number, number][]} */
const CROSS = PLUS.map(([x, y]) => [(x - y) / Math.SQRT2, (x + y) / Math.SQRT2]);
/** @type {([number, number][] | null)[]} */
const OUTLINES = [
  null, // a disk
  regular(4, TURN / 8),
  regular(3, UP),
  regular(4, 0),
  regular(3, -UP),
  PLUS,
  regular(5, UP, 0.42),
  CROSS,
  regular(6, 0),
  regular(3, 0),
];

/** The number of shapes. */
export const SHAPES = OUTLINES.length;

/**
 * Trace a shape, for the caller to fill.
 * @param {CanvasRenderingContext2D} context
 * @param {number} shape from 0 to SHAPES − 1
 * @param {number} x the middle, in CSS pixels
 * @param {number} y
 * @param {number} radius CSS pixels
 */
export function trace(context, shape, x, y, radius) {
  const outline = OUTLINES[shape];
  context.beginPath();
  if (outline) for (const [dx, dy] of outline) context.lineTo(x + radius * dx, y + radius * dy);
  else context.arc(x, y, radius, 0, TURN);
  context.closePath();
}

/**
 * The CSS `clip-path` that cuts an element to a shape; empty for a disk.
 * @param {number} shape
 * @returns {string}
 */
export function clipPathOf(shape) {
  const corners = OUTLINES[shape]?.map(([x, y]) => `${50 + 50 * x}% ${50 + 50 * y}%`);
  return corners ? `polygon(${corners.join(", ")})` : "";
}

/**
 * The pixels that a shape covers in an RGBA image: the byte offset of each from the middle's, and the share in [0, 1]
 * covered.
 * @typedef {{offsets: Int32Array, shares: Float32Array}} Mask
 */

/** @type {Map<string, Mask>} */
const masks = new Map();

/**
 * The mask of a shape in an image of so many pixels per row.
 * @param {number} shape
 * @param {number} radius device pixels
 * @param {number} width of the image, in device pixels
 * @returns {Mask}
 */
export function maskOf(shape, radius, width) {
  const key = `${shape} ${radius} ${width}`;
  let mask = masks.get(key);
  if (!mask) masks.set(key, (mask = computeMask(shape, radius, width)));
  return mask;
}

/**
 * @param {number} shape
 * @param {number} radius
 * @param {number} width
 * @returns {Mask}
 */
function computeMask(shape, radius, width) {
  const reach = Math.ceil(radius + 0.5);
  const side = 2 * reach + 1;
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = contextOf(canvas);
  trace(context, shape, reach + 0.5, reach + 0.5, radius);
  context.fill();
  const { data } = context.getImageData(0, 0, side, side);
  const covered = [...Array(side * side).keys()].filter((i) => data[4 * i + 3]);
  return {
    offsets: Int32Array.from(covered, (i) => 4 * ((Math.floor(i / side) - reach) * width + (i % side) - reach)),
    shares: Float32Array.from(covered, (i) => data[4 * i + 3] / 255),
  };
}
