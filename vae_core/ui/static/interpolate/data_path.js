// The path along the data, which the server computes: the shortest path in a graph of the codes of the test images.

import { pathLength } from "../math/interpolation.js";
import { postJson } from "../page/api.js";
import { formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** The server's answer: codes at equal steps, and the numbers of test images and of jumps between groups of codes. */
/** @typedef {{codes: number[][], images: number, bridges: number}} DataPath */

/**
 * Request the path along the data.
 * @param {string} run
 * @param {number[]} a the first code
 * @param {number[]} b the last code
 * @returns {Promise<DataPath>}
 */
export async function requestDataPath(run, a, b) {
  return (await postJson(`path/${encodeURIComponent(run)}`, { a, b })).json();
}

/**
 * Describe a path: how many images it leads through, how long it is, and how often it jumps.
 * @param {DataPath} path
 * @param {number[]} a the first code
 * @param {number[]} b the last code
 * @returns {string}
 */
export function describeDataPath({ codes, images, bridges }, a, b) {
  const straightLength = pathLength([a, b]);
  const times = straightLength > 0 ? pathLength(codes) / straightLength : 1;
  const sentence = text("along_about", { n: images, times: formatNumber(times) });
  return bridges ? `${sentence} ${text("along_bridges", { n: bridges })}` : sentence;
}
