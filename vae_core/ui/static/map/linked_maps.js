// Maps of the same images side by side: an image that is pointed at or selected in one is marked in the others.

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */

/** @type {Set<LatentMap>} */
const maps = new Set();

/**
 * Link a map to the others of the page.
 * @param {LatentMap} map
 */
export const link = (map) => maps.add(map);

/**
 * Unlink a map that was removed, so that it can be garbage collected.
 * @param {LatentMap} map
 */
export const unlink = (map) => maps.delete(map);

/**
 * The other visible maps of the same images.
 * @param {LatentMap} map
 */
const linkedTo = (map) =>
  [...maps].filter(
    (other) => other !== map && other.data?.dataset === map.data?.dataset && other.frame.offsetParent !== null,
  );

/**
 * Ring an image in the linked maps.
 * @param {LatentMap} map the map in which it is pointed at
 * @param {number} index −1 removes the rings
 */
export const highlightInOthers = (map, index) => linkedTo(map).forEach((other) => other.annotations.highlight(index));

/**
 * Mark an image as selected in a map and in those linked to it.
 * @param {LatentMap} map
 * @param {number} index −1 for none
 */
export const selectEverywhere = (map, index) => [map, ...linkedTo(map)].forEach((one) => one.annotations.select(index));
