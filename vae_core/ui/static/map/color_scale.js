// Which color a point has: its class's, or a continuous factor's on a scale.

import { formatNumber } from "../page/dom.js";
import { colors, scales } from "../page/page_data.js";
import { clamp } from "../math/clamp.js";

const LEVELS = 256; // colors of a scale: more than an eye tells apart
const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

/** The color [r, g, b] at a place in [0, 1] of a list of stops. */
function between(stops, place) {
  const at = place * (stops.length - 1),
    i = Math.min(Math.floor(at), stops.length - 2);
  return stops[i].map((low, c) => Math.round(low + (at - i) * (stops[i + 1][c] - low)));
}

const table = (stops) => Array.from({ length: LEVELS }, (_, i) => between(stops, i / (LEVELS - 1)));
const ordered = table(scales.ordered.map(rgb)),
  cyclic = table([...scales.cyclic, scales.cyclic[0]].map(rgb));

/** The lowest and highest value of a factor. */
export function rangeOf({ factors, factorNames }, factor) {
  let low = Infinity,
    high = -Infinity;
  for (let i = factor; i < factors.length; i += factorNames.length) {
    low = Math.min(low, factors[i]);
    high = Math.max(high, factors[i]);
  }
  return [low, high];
}

/**
 * A factor's value → [r, g, b]. An angle comes round after 180° if its values span no more (a bar's direction), else after
 * 360°, however little of the circle they fill: its lowest and highest value must not look alike where they are far apart.
 */
export function scaleOf(data, factor) {
  const [low, high] = rangeOf(data, factor);
  if (!data.factorNames[factor].includes("°")) {
    const steps = (LEVELS - 1) / (high - low || 1);
    return (value) => ordered[Math.round((value - low) * steps)];
  }
  const period = high - low > 180 ? 360 : 180;
  return (value) => cyclic[Math.round(((((value / period) % 1) + 1) % 1) * (LEVELS - 1))];
}

/** A factor's color bar: its name, its lowest and highest value as texts, and so many colors from one to the other. */
export function barOf(data, factor, count) {
  const [low, high] = rangeOf(data, factor),
    scale = scaleOf(data, factor);
  const stops = Array.from(
    { length: count },
    (_, i) => `rgb(${scale(low + (i / (count - 1)) * (high - low)).join(",")})`,
  );
  const digits = clamp(2 - Math.floor(Math.log10(high - low || 1)), 0, 6);
  return { name: data.factorNames[factor], low: formatNumber(low, digits), high: formatNumber(high, digits), stops };
}

/** The color of point i as [r, g, b]; a `factor` of −1 stands for the class. */
export function pointColors(data, factor) {
  if (factor >= 0) {
    const scale = scaleOf(data, factor),
      {
        factors,
        factorNames: { length },
      } = data;
    return (i) => scale(factors[i * length + factor]);
  }
  const palette = colors.map(rgb);
  return (i) => palette[data.labels[i] % palette.length];
}
