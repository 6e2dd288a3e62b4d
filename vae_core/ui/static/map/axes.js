// The axes of a map: grid lines at round numbers, those numbers, and the names.

import { formatNumber } from "../page/dom.js";
import { drawOutlinedText, textMeasure, wrapText } from "../page/text_layout.js";

/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("../page/dom.js").Theme} Theme */

const NAME_FONT = "600 12px system-ui, sans-serif";
const NUMBER_FONT = "11px system-ui, sans-serif";
const NAME_LINE_PX = 15;
const TOOLBAR_PX = 156; // width of the buttons beside the name of the vertical axis
const MIN_STEP_PX = 70; // between two grid lines, on a map that is wide enough

/**
 * Draw grid lines at round numbers.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {Theme} theme
 */
export function drawGrid(context, viewport, theme) {
  const { width, height } = viewport;
  const { step, across, up } = gridLines(viewport);
  /** @type {(value: number, x1: number, y1: number, x2: number, y2: number) => void} */
  const line = (value, x1, y1, x2, y2) => {
    context.lineWidth = 1;
    context.strokeStyle = Math.abs(value) < step / 2 ? theme.line : theme.faint;
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  };
  for (const [x, px] of across) line(x, px, 0, px, height);
  for (const [y, py] of up) line(y, 0, py, width, py);
}

/**
 * Draw the numbers of the grid lines and the names of the axes, to be read above the points.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} viewport
 * @param {string[]} names across, up
 * @param {Theme} theme
 */
export function drawScale(context, viewport, names, theme) {
  const { width, height } = viewport;
  const { step, across, up } = gridLines(viewport);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const lines = wrapText(names[1], width - TOOLBAR_PX, textMeasure(NAME_FONT));
  const top = 30 + NAME_LINE_PX * (lines.length - 1);
  context.font = NUMBER_FONT;
  context.textAlign = "center";
  for (const [x, px] of across)
    if (px > 30 && px < width - 20) drawOutlinedText(context, formatNumber(x, digits), px, height - 20, theme);
  context.textAlign = "left";
  for (const [y, py] of up)
    if (py > top && py < height - 40) drawOutlinedText(context, formatNumber(y, digits), 6, py - 4, theme);
  context.font = NAME_FONT;
  lines.forEach((line, i) => drawOutlinedText(context, line, 6, 16 + NAME_LINE_PX * i, theme));
  context.textAlign = "center";
  drawOutlinedText(context, names[0], width / 2, height - 5, theme);
}

/**
 * The step between two grid lines, and the [value, pixel] of each.
 * @param {Viewport} viewport
 * @returns {{step: number, across: [number, number][], up: [number, number][]}}
 */
function gridLines(viewport) {
  const step = roundStep(Math.min(MIN_STEP_PX, viewport.width / 5) / viewport.scale);
  const [left, bottom] = viewport.toData(0, viewport.height);
  const [right, top] = viewport.toData(viewport.width, 0);
  return {
    step,
    across: multiples(left, right, step).map((x) => [x, Math.round(viewport.toPixels(x, 0)[0]) + 0.5]),
    up: multiples(bottom, top, step).map((y) => [y, Math.round(viewport.toPixels(0, y)[1]) + 0.5]),
  };
}

/**
 * The multiples of `step` within [from, to].
 * @param {number} from
 * @param {number} to
 * @param {number} step
 */
function multiples(from, to, step) {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * The smallest of 1, 2 and 5 times a power of ten that is at least `least`.
 * @param {number} least
 */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
