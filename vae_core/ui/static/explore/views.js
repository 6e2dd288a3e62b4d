// Views of codes on a flat map that are linear: the plane of the first principal components, and slices along two
// dimensions.

import { lift, project } from "../math/interpolation.js";
import { text } from "../page/i18n.js";
import { dimensionName } from "./dimensions.js";

/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../map/map_data.js").PlanarGaussian} PlanarGaussian */
/** @typedef {import("../page/api.js").RunCodes} RunCodes */
/** @typedef {import("../page/api.js").RunMap} RunMap */
/**
 * A code with its posterior, as the server sends it.
 * @typedef {{std: number[] | null, covariance: number[] | null}} Posterior
 */

/**
 * A way to lay codes of many dimensions on a flat map, and back.
 * @typedef {object} CodeView
 * @property {string} kind its option in the control above the map
 * @property {Float32Array} points the places of all images: x, y, x, y, …
 * @property {PlanarGaussian[] | null} prior the components of the prior on the map
 * @property {string[] | null} axes the names of the axes, across and up; null for those of the plane
 * @property {string} sentence what the map shows
 * @property {(code: Code) => number[]} project the place of a code
 * @property {(x: number, y: number, through: Code) => number[]} lift the code at a place, which takes from `through`
 * what the map does not show, so that lift(...project(z), z) = z
 * @property {(posterior: Posterior) => number[] | null} ellipse a posterior's covariance [a, b, c] on the map, if it
 * has one there
 */

/** The plane of the first principal components; of a two-dimensional code, the code itself. @implements {CodeView} */
export class PlaneView {
  kind = "plane";
  axes = null;

  /** @param {RunMap} data */
  constructor(data) {
    this.data = data;
    this.points = data.points;
    this.prior = data.prior;
    this.sentence = data.latentDim > 2 ? text("plane_share", { share: Math.round(100 * data.share) }) : "";
  }

  /** @param {Code} code */
  project(code) {
    return project(this.data, code);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {Code} through
   */
  lift(x, y, through) {
    return lift(this.data, x, y, through);
  }

  /** @param {Posterior} posterior */
  ellipse({ covariance }) {
    return covariance;
  }
}

/** Two dimensions of the code; all others are the same all over the map. @implements {CodeView} */
export class SliceView {
  kind = "slice";

  /**
   * @param {RunCodes} runCodes
   * @param {number[]} dimensions across and up
   * @param {string} unit of the axes
   */
  constructor(runCodes, dimensions, unit) {
    const { codes, dims, count, prior } = runCodes;
    const [a, b] = dimensions;
    this.dimensions = dimensions;
    this.points = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) this.points.set([codes[i * dims + a], codes[i * dims + b]], 2 * i);
    this.prior = prior.map(({ weight, mean, covariance }) => ({
      weight,
      mean: [mean[a], mean[b]],
      covariance: [covariance[a * dims + a], covariance[a * dims + b], covariance[b * dims + b]],
    }));
    this.axes = dimensions.map((d) => `${dimensionName(d)} (${unit})`);
    this.sentence = text("slice_about");
  }

  /** @param {Code} code */
  project(code) {
    return this.dimensions.map((d) => code[d]);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {Code} through
   */
  lift(x, y, through) {
    const code = Array.from(through);
    [code[this.dimensions[0]], code[this.dimensions[1]]] = [x, y];
    return code;
  }

  /** @param {Posterior} posterior */
  ellipse({ std }) {
    return std && [std[this.dimensions[0]] ** 2, 0, std[this.dimensions[1]] ** 2];
  }
}
