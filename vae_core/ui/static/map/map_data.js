// The data of a map, and what follows from them.

import { text } from "../page/i18n.js";

/** @typedef {import("../math/contours.js").PlanarGaussian} PlanarGaussian */
/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./viewport.js").View} View */

/**
 * The latent map of a run.
 * @typedef {object} MapData
 * @property {string} [run] the run's id; a model in training has none
 * @property {string} [name] the model's name
 * @property {string} dataset the id of the data set of the images
 * @property {Float32Array} points x, y, x, y, … (2 × count); a code without a place has NaN
 * @property {Uint8Array} labels the class of each image (count)
 * @property {string[]} classes the names of the classes
 * @property {string[]} [factorNames] the names of the continuous factors of the images
 * @property {Float32Array | null} [factors] the factors image by image (count × factors)
 * @property {number[]} shape channels, height and width of an image
 * @property {number} latentDim
 * @property {boolean} standardPrior whether the prior is N(0, I)
 * @property {PlanarGaussian[] | null} prior the components of the prior on the plane
 * @property {string[] | null} [axes] the names of the axes, across and up; null for those of the plane
 * @property {number} [conditions] the number of classes that a conditional model decodes, 0 for any other
 * @property {number[][]} [basis] the directions of the plane (dims × 2)
 * @property {number[]} [origin] the code at the plane's origin (dims)
 */

/** @typedef {ArrayLike<number>} Code */

/**
 * @typedef {object} MapOptions
 * @property {(x: number, y: number) => void} [onMove] called once a frame while the handle moves; without it the map
 * has no handle
 * @property {(x: number, y: number) => void} [onRest] called with the handle's place, as often as text can follow (see
 * throttle.js)
 * @property {(index: number) => void} [onPick] called when a point is clicked
 * @property {boolean} [ownsSelection] whether the map marks the selected image itself; by default it does without
 * `onPick`
 * @property {(x: number, y: number, through: Code) => number[]} [lift] the code at a place, which takes from `through`
 * what the map does not show; by default on the plane of the data
 * @property {(code: Code) => number[]} [project] a code to its place
 * @property {(fitted: View, previous: View | null, map: LatentMap) => View} [adjustFit] the view to take in place of
 * `fitted`, which shows all points; `previous` is the last fitted view of the same data set, null if there is none or
 * the visitor has changed it
 */

/**
 * The plane that a map shows; a map of a model in training has none.
 * @param {MapData} data
 * @returns {import("../math/interpolation.js").Plane}
 */
export const planeOf = ({ basis = [], origin = [] }) => ({ basis, origin });

/**
 * The names of a map's axes, across and up.
 * @param {MapData | null} data
 * @returns {string[]}
 */
export function axisNames(data) {
  if (!data) return ["", ""];
  if (data.axes) return data.axes;
  const unit = text(data.standardPrior ? "unit_prior" : "unit_code");
  const kind = data.latentDim > 2 ? "pc" : "z";
  return [1, 2].map((axis) => `${text(`axis_${kind}${axis}`)} (${unit})`);
}

/**
 * A sentence on the codes without a place on the map, such as those of a model whose weights are NaN; empty if there
 * are none.
 * @param {MapData} data
 * @returns {string}
 */
export function missingSentence({ points }) {
  let missing = 0;
  for (let i = 0; i < points.length; i += 2) if (!Number.isFinite(points[i] + points[i + 1])) missing += 1;
  return missing ? text("map_missing", { lost: missing, count: points.length / 2 }) : "";
}

/**
 * Find the point nearest to a place of the map.
 * @param {MapData} data
 * @param {number} x
 * @param {number} y
 * @param {number} reach the greatest distance, in units of the map
 * @param {(index: number) => boolean} isHidden
 * @returns {number} the index of the point, −1 if none is near enough
 */
export function nearestPoint({ points }, x, y, reach, isHidden) {
  let nearest = -1;
  let least = reach ** 2;
  for (let i = 0; 2 * i < points.length; i++) {
    const distance = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
    if (distance < least && !isHidden(i)) [nearest, least] = [i, distance];
  }
  return nearest;
}
