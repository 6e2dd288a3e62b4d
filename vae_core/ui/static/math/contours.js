// Lines of equal density of a mixture of Gaussians on the plane, by marching squares (Lorensen & Cline 1987, in two dimensions).

import { logDensity, prepared } from "./gaussian_mixture.js";

const SIDE = 120; // cells of the grid, across and up
const REACH = 3.5; // σ of each Gaussian that the grid covers
const SHARES = [1, 2, 3].map((sigmas) => 1 - Math.exp(-(sigmas ** 2) / 2)); // of the mass within a line: of one Gaussian these are 1σ, 2σ and 3σ
const kept = new WeakMap(); // the Gaussians of a map → their lines: these depend on no view

/** Segments [[x, y], [x, y]] around the smallest regions that hold 39, 86 and 99 % of a mixture of {weight, mean, covariance: [a, b, c]}. */
export function contoursOf(gaussians) {
  if (!kept.has(gaussians)) kept.set(gaussians, contours(gaussians));
  return kept.get(gaussians);
}

function contours(gaussians) {
  const mixture = gaussians.map(({ weight, mean, covariance: [a, b, c] }) =>
    prepared({ weight, mean, covariance: [a, b, b, c] }),
  );
  const [across, up] = [0, 1].map((axis) =>
    ticks(gaussians.map(({ mean, covariance }) => [mean[axis], REACH * Math.sqrt(covariance[2 * axis])])),
  );
  const values = up.map((y) => across.map((x) => logDensity(mixture, [x, y])));
  return levelsOf(values.flat()).flatMap((level) => squares(across, up, values, level));
}

/** Even places that cover mean ± reach of every [mean, reach]. */
function ticks(spans) {
  const low = Math.min(...spans.map(([mean, reach]) => mean - reach)),
    high = Math.max(...spans.map(([mean, reach]) => mean + reach));
  return Array.from({ length: SIDE + 1 }, (_, i) => low + (i / SIDE) * (high - low));
}

/** The log densities above which each of SHARES lies, of all that is on the grid. */
function levelsOf(values) {
  const sorted = Float64Array.from(values).sort().reverse(),
    total = sorted.reduce((sum, value) => sum + Math.exp(value), 0);
  let held = 0,
    next = 0;
  const levels = [];
  for (const value of sorted) {
    held += Math.exp(value) / total;
    if (held >= SHARES[next]) (levels.push(value), (next += 1));
  }
  return levels;
}

function squares(across, up, values, level) {
  const lines = [];
  for (let j = 0; j < SIDE; j++) {
    for (let i = 0; i < SIDE; i++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      lines.push(...linesWithin(corners.map(([p, q]) => [across[p], up[q], values[q][p] - level])));
    }
  }
  return lines;
}

/** The segments on which [x, y, value] is 0, of a cell's four corners in turn. */
function linesWithin(corners) {
  const cuts = corners.map(([x, y, value], e) => {
    const [u, v, other] = corners[(e + 1) % 4],
      t = value / (value - other);
    return value > 0 !== other > 0 && [x + t * (u - x), y + t * (v - y)];
  });
  const found = cuts.filter(Boolean);
  if (found.length < 4) return found.length ? [found] : [];
  const joined = corners.reduce((sum, [, , value]) => sum + value, 0) > 0 === corners[0][2] > 0; // a saddle: the middle belongs to corners 0 and 2
  return joined
    ? [
        [cuts[0], cuts[1]],
        [cuts[2], cuts[3]],
      ]
    : [
        [cuts[3], cuts[0]],
        [cuts[1], cuts[2]],
      ];
}
