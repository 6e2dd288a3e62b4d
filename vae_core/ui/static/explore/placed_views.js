// Views of codes on a flat map on which every image has a place of its own: UMAP, and the upper level of a hierarchy.

import { clamp } from "../math/clamp.js";
import { nearestRows } from "../math/nearest.js";
import { text } from "../page/i18n.js";

/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../map/map_data.js").PlanarGaussian} PlanarGaussian */
/** @typedef {import("../page/api.js").RunCodes} RunCodes */
/** @typedef {import("../page/api.js").UmapGrid} UmapGrid */
/** @typedef {import("./views.js").CodeView} CodeView */

const NEIGHBORS = 8; // whose mean stands for a code or a place between the images
const MIN_BLEND = 1e-4; // smaller shares of a code are ignored
const UNGRIDDED_REACH = 0.5; // in units of the map
const LEVEL_REACH = 0.15;

/**
 * A map with a place for each image and a code for each place, which are only approximate inverses.
 * @abstract
 * @implements {CodeView}
 */
class PlacedView {
  kind = "";
  sentence = "";
  /** @type {PlanarGaussian[] | null} */
  prior = null;
  /** @type {string[] | null} */
  axes = null;
  reach = UNGRIDDED_REACH; // how far around the place of a code the map decodes to nearly that code
  /** @type {{code: Code, place: number[]} | null} */
  lastPlace = null;

  /**
   * @param {RunCodes} runCodes
   * @param {Float32Array} points x, y, x, y, …
   */
  constructor(runCodes, points) {
    this.runCodes = runCodes;
    this.points = points;
  }

  /**
   * The code of a place.
   * @abstract
   * @param {number} _x
   * @param {number} _y
   * @returns {number[]}
   */
  inverse(_x, _y) {
    throw new Error("A placed view needs an inverse");
  }

  /**
   * The place of an image's code; of any other code, the mean of the places of its nearest images, weighted by
   * nearness.
   * @param {Code} code
   */
  project(code) {
    return weightedMean(nearestRows(this.runCodes, code, NEIGHBORS), this.points, 2);
  }

  /**
   * The code `through` at its own place; a few times `reach` away, the code of the place.
   * @param {number} x
   * @param {number} y
   * @param {Code} through
   */
  lift(x, y, through) {
    const code = this.inverse(x, y);
    const [u, v] = this.placeOf(through);
    const share = Math.exp((-0.5 * ((x - u) ** 2 + (y - v) ** 2)) / this.reach ** 2);
    if (share < MIN_BLEND) return code;
    const there = this.inverse(u, v);
    return code.map((value, d) => value + share * (through[d] - there[d]));
  }

  /**
   * `project`, cached while one code is dragged: it compares with the codes of all images.
   * @param {Code} code
   */
  placeOf(code) {
    if (this.lastPlace?.code !== code) this.lastPlace = { code, place: this.project(code) };
    return this.lastPlace.place;
  }

  /** A posterior has no ellipse on a map that is not linear. */
  ellipse() {
    return null;
  }
}

/** The places of UMAP, and its inverse on a grid; until the grid is loaded, the codes of the nearest images. */
export class UmapView extends PlacedView {
  kind = "umap";
  /** @type {UmapGrid | null} */
  grid = null;

  /**
   * @param {RunCodes} runCodes
   * @param {{points: Float32Array, grid: UmapGrid | null}} umap
   */
  constructor(runCodes, { points, grid }) {
    super(runCodes, points);
    this.axes = [text("axis_umap1"), text("axis_umap2")];
    this.setGrid(grid);
  }

  /**
   * Decode through the inverse of UMAP.
   * @param {UmapGrid | null} grid
   */
  setGrid(grid) {
    this.grid = grid;
    this.reach = grid ? Math.max(...cellSize(grid)) : UNGRIDDED_REACH;
    this.sentence = grid ? text("umap_about") : text("umap_nearest");
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  inverse(x, y) {
    const { codes, dims } = this.runCodes;
    if (this.grid) return bilinear(this.grid, dims, x, y);
    return weightedMean(nearestRows({ codes: this.points, dims: 2 }, [x, y], NEIGHBORS), codes, dims);
  }
}

/** The upper level of a hierarchy; a place decodes through the mean of p(lower code | place). */
export class LevelView extends PlacedView {
  kind = "level";
  reach = LEVEL_REACH;

  /**
   * @param {RunCodes} runCodes
   * @param {{points: Float32Array, prior: PlanarGaussian[] | null, down: import("../decoder/decoder.js").Decoder}}
   * level
   */
  constructor(runCodes, { points, prior, down }) {
    super(runCodes, points);
    this.prior = prior;
    this.down = down;
    this.sentence = text("level_about");
    this.axes = [text("axis_level1"), text("axis_level2")];
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  inverse(x, y) {
    return Array.from(this.down.decode([x, y]));
  }
}

/**
 * The mean of rows of a table, weighted by 1 / distance².
 * @param {{index: number, distance: number}[]} rows
 * @param {Float32Array} table rows × width
 * @param {number} width
 * @returns {number[]}
 */
function weightedMean(rows, table, width) {
  const mean = new Array(width).fill(0);
  const weights = rows.map(({ distance }) => 1 / (distance ** 2 + 1e-9));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  rows.forEach(({ index }, n) => {
    for (let d = 0; d < width; d++) mean[d] += (weights[n] / sum) * table[index * width + d];
  });
  return mean;
}

/** @type {(grid: UmapGrid) => number[]} */
const cellSize = ({ low, high, side }) => low.map((value, axis) => (high[axis] - value) / (side - 1));

/**
 * Interpolate the codes of a grid (the formula of Inverse.at in vae_core/analysis/umap.py).
 * @param {UmapGrid} grid
 * @param {number} dims
 * @param {number} x
 * @param {number} y
 * @returns {number[]}
 */
function bilinear({ low, high, side, codes }, dims, x, y) {
  const along = [x, y].map((value, axis) => clamp((value - low[axis]) / (high[axis] - low[axis]), 0, 1) * (side - 1));
  const [i, j] = along.map((value) => Math.min(Math.floor(value), side - 2));
  const [s, t] = [along[0] - i, along[1] - j];
  /** @type {(column: number, row: number, d: number) => number} */
  const at = (column, row, d) => codes[(row * side + column) * dims + d];
  /** @type {(row: number, d: number) => number} */
  const across = (row, d) => (1 - s) * at(i, row, d) + s * at(i + 1, row, d);
  return Array.from({ length: dims }, (_, d) => (1 - t) * across(j, d) + t * across(j + 1, d));
}
