// Texts of a drawing, on a canvas or in an SVG file: their width, lines, outlines, and how they keep clear of each
// other.

import { contextOf, make } from "./dom.js";

/** @import { Theme } from "./dom.js" */
/** @import { DrawingContext } from "./svg_context.js" */
/** A function from a text to its width in pixels. @typedef {(text: string) => number} Measure */
/** A box around (x, y). @typedef {{x: number, y: number, wide: number, high: number}} Box */

const MAX_ROUNDS = 40; // of pushing boxes apart; ten names in one place take about twenty
const MIN_OVERLAP_PX = 0.5;
const OUTLINE_PX = 3;

const measuringContext = contextOf(make("canvas")); // an SVG file cannot measure

/**
 * Return a function that measures texts in a font.
 * @param {string} font a CSS font
 * @returns {Measure}
 */
export const textMeasure = (font) => (text) => {
  measuringContext.font = font;
  return Math.ceil(measuringContext.measureText(text).width);
};

/**
 * Break a text into lines at its spaces.
 * @param {string} text
 * @param {number} width the width of a line in pixels, which only a longer word exceeds
 * @param {Measure} measure
 * @returns {string[]}
 */
export function wrapText(text, width, measure) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * Draw a text with an outline in the background's color, so that it can be read over images.
 * @param {DrawingContext} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 */
export function drawOutlinedText(context, text, x, y, theme) {
  context.strokeStyle = theme.background;
  context.lineWidth = OUTLINE_PX;
  context.strokeText(text, x, y);
  context.fillStyle = theme.text;
  context.fillText(text, x, y);
}

/**
 * Move boxes apart until none overlaps another, each pair along the axis that takes the shorter way.
 * @template {Box} T
 * @param {T[]} boxes
 * @returns {T[]} copies of the boxes at their new places
 */
export function separateBoxes(boxes) {
  const moved = boxes.map((box) => ({ ...box }));
  let overlapping = true;
  for (let round = 0; overlapping && round < MAX_ROUNDS; round++) {
    overlapping = false;
    moved.forEach((a, i) => {
      for (const b of moved.slice(i + 1)) overlapping = separatePair(a, b) || overlapping;
    });
  }
  return moved;
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {boolean} whether they overlapped
 */
function separatePair(a, b) {
  const overlapX = (a.wide + b.wide) / 2 - Math.abs(a.x - b.x);
  const overlapY = (a.high + b.high) / 2 - Math.abs(a.y - b.y);
  if (overlapX <= MIN_OVERLAP_PX || overlapY <= MIN_OVERLAP_PX) return false;
  const axis = overlapX < overlapY ? "x" : "y";
  const shift = ((a[axis] > b[axis] ? 1 : -1) * Math.min(overlapX, overlapY)) / 2;
  a[axis] += shift;
  b[axis] -= shift;
  return true;
}
