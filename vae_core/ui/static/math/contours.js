// Lines of equal density of a mixture of Gaussians on the plane.

import { contours } from "../vendor/d3-contour.js";
import { logDensity, prepareGaussian } from "./gaussian_mixture.js";

/** A Gaussian on the plane, its covariance as [var x, cov xy, var y].
 * @typedef {{weight: number, mean: number[], covariance: number[]}} PlanarGaussian
 */

const CELLS = 120; // of the grid, across and up
const REACH_SIGMAS = 3.5; // how far the grid extends from each Gaussian's mean
// Of the mass inside a line; for a single Gaussian its 1σ, 2σ and 3σ
const SHARES = [1, 2, 3].map((sigmas) => 1 - Math.exp(-(sigmas ** 2) / 2));

/** @type {WeakMap<PlanarGaussian[], [number, number][][]>} */
const cache = new WeakMap(); // the lines do not depend on the view

/**
 * The outlines of the smallest regions that hold 39, 86 and 99 % of a mixture's mass.
 * @param {PlanarGaussian[]} gaussians
 * @returns {[number, number][][]} closed lines, each a list of [x, y]
 */
export function contoursOf(gaussians) {
  let lines = cache.get(gaussians);
  if (!lines) cache.set(gaussians, (lines = computeContours(gaussians)));
  return lines;
}

/**
 * @param {PlanarGaussian[]} gaussians
 * @returns {[number, number][][]}
 */
function computeContours(gaussians) {
  const mixture = gaussians.map(({ weight, mean, covariance: [a, b, c] }) =>
    prepareGaussian({ weight, mean, covariance: [a, b, b, c] }),
  );
  const [across, up] = [0, 1].map((axis) =>
    gridCoordinates(gaussians.map(({ mean, covariance }) => [mean[axis], Math.sqrt(covariance[2 * axis])])),
  );
  const densities = Float64Array.from({ length: across.length * up.length }, (_, i) =>
    logDensity(mixture, [across[i % across.length], up[Math.floor(i / across.length)]]),
  );
  /** @type {(grid: number[], at: number) => number} */
  const toData = (grid, at) => grid[0] + (at - 0.5) * (grid[1] - grid[0]); // d3's first value lies at ½
  return contours()
    .size([across.length, up.length])
    .thresholds(levelsOf(densities))(densities)
    .flatMap(({ coordinates }) => coordinates.flat())
    .map((ring) => ring.map(([i, j]) => [toData(across, i), toData(up, j)]));
}

/**
 * Equally spaced coordinates that cover every interval mean ± REACH_SIGMAS σ.
 * @param {number[][]} gaussians [mean, σ] along one axis
 */
function gridCoordinates(gaussians) {
  const low = Math.min(...gaussians.map(([mean, sigma]) => mean - REACH_SIGMAS * sigma));
  const high = Math.max(...gaussians.map(([mean, sigma]) => mean + REACH_SIGMAS * sigma));
  return Array.from({ length: CELLS + 1 }, (_, i) => low + (i / CELLS) * (high - low));
}

/**
 * The log densities above which each of SHARES of the grid's mass lies.
 * @param {Float64Array} densities log densities
 */
function levelsOf(densities) {
  const sorted = densities.slice().sort().reverse();
  const total = sorted.reduce((sum, value) => sum + Math.exp(value), 0);
  const levels = [];
  let mass = 0;
  for (const value of sorted) {
    mass += Math.exp(value) / total;
    if (mass >= SHARES[levels.length]) levels.push(value);
  }
  return levels;
}
