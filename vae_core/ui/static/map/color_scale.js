// The color of a point: its class's, or a place on the scale of a continuous factor.

import { clamp } from "../math/clamp.js";
import { formatNumber } from "../page/dom.js";
import { colors, scales } from "../page/page_data.js";

/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {number[]} Color [r, g, b], each from 0 to 255 */

const LEVELS = 256; // colors of a scale: more than the eye tells apart

/** @type {(color: string) => Color} */
const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

/**
 * The color at `share` in [0, 1] of a list of stops.
 * @param {Color[]} stops
 * @param {number} share
 * @returns {Color}
 */
function interpolated(stops, share) {
  const at = share * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  return stops[i].map((low, c) => Math.round(low + (at - i) * (stops[i + 1][c] - low)));
}

/** @type {(stops: Color[]) => Color[]} */
const table = (stops) => Array.from({ length: LEVELS }, (_, i) => interpolated(stops, i / (LEVELS - 1)));
const ordered = table(scales.ordered.map(rgb));
const cyclic = table([...scales.cyclic, scales.cyclic[0]].map(rgb));

/**
 * The lowest and the highest value of a factor.
 * @param {MapData} data
 * @param {number} factor
 * @returns {[number, number]}
 */
function rangeOf({ factors, factorNames = [] }, factor) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = factor; factors && i < factors.length; i += factorNames.length) {
    low = Math.min(low, factors[i]);
    high = Math.max(high, factors[i]);
  }
  return [low, high];
}

/**
 * The scale of a factor, from a value to a color. An angle whose values span at most 180° (the direction of a bar) has
 * a period of 180°, any other one of 360°, even if its values fill only a part of the circle: the lowest and the
 * highest value must not look alike unless they are.
 * @param {MapData} data
 * @param {number} factor
 * @returns {(value: number) => Color}
 */
function scaleOf(data, factor) {
  const [low, high] = rangeOf(data, factor);
  if (!data.factorNames?.[factor].includes("°")) {
    const steps = (LEVELS - 1) / (high - low || 1);
    return (value) => ordered[Math.round((value - low) * steps)];
  }
  const period = high - low > 180 ? 360 : 180;
  return (value) => cyclic[Math.round(((((value / period) % 1) + 1) % 1) * (LEVELS - 1))];
}

/** The name of a factor, its lowest and highest value as texts, and CSS colors from one to the other.
 * @typedef {{name: string, low: string, high: string, stops: string[]}} ColorBar
 */

/**
 * The color bar of a factor.
 * @param {MapData} data
 * @param {number} factor
 * @param {number} count colors
 * @returns {ColorBar}
 */
export function colorBar(data, factor, count) {
  const [low, high] = rangeOf(data, factor);
  const scale = scaleOf(data, factor);
  const stops = Array.from(
    { length: count },
    (_, i) => `rgb(${scale(low + (i / (count - 1)) * (high - low)).join(",")})`,
  );
  const digits = clamp(2 - Math.floor(Math.log10(high - low || 1)), 0, 6);
  return {
    name: data.factorNames?.[factor] ?? "",
    low: formatNumber(low, digits),
    high: formatNumber(high, digits),
    stops,
  };
}

/**
 * The color of each point.
 * @param {MapData} data
 * @param {number} factor the factor that colors the points, −1 for the class
 * @returns {(index: number) => Color}
 */
export function pointColors(data, factor) {
  const { factors, factorNames = [] } = data;
  if (factor >= 0 && factors) {
    const scale = scaleOf(data, factor);
    const { length } = factorNames;
    return (i) => scale(factors[i * length + factor]);
  }
  const palette = colors.map(rgb);
  return (i) => palette[data.labels[i] % palette.length];
}
