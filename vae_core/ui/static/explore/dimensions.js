// The dimensions of a code: their names, and how much each says about the image.

import { clamp } from "../math/clamp.js";
import { formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** @typedef {import("../page/api.js").RunCodes} RunCodes */

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/**
 * The name of dimension d: z₁, z₂, …
 * @param {number} d from 0
 * @returns {string}
 */
export const dimensionName = (d) => `z${[...String(d + 1)].map((digit) => SUBSCRIPTS[Number(digit)]).join("")}`;

/**
 * How much a dimension says, to two digits: its KL in nats, or its variance.
 * @param {RunCodes} codes
 * @param {number} d
 * @returns {string}
 */
export function informationText({ nats, information }, d) {
  const digits = clamp(1 - Math.floor(Math.log10(information[d] || 1)), 0, 6);
  return text(nats ? "information_nats" : "information_variance", {
    value: formatNumber(information[d], nats ? Math.min(2, digits) : digits),
  });
}

/**
 * The dimensions, the most informative first.
 * @param {RunCodes} codes
 * @returns {number[]}
 */
export const rankedDimensions = ({ information }) =>
  information.map((_, d) => d).sort((a, b) => information[b] - information[a]);
