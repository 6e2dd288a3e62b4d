// The images of the endpoints of an interpolation.

import { loadImage } from "../page/api.js";
import { text } from "../page/i18n.js";
import { nameOfImage } from "../page/image_names.js";
import { bytesToPixels, fromBase64 } from "../page/picture.js";

/** @import { RunMap } from "../page/api.js" */

/**
 * An endpoint's image as the server sends it: a test image by its index, or one of the visitor's own as base64 bytes.
 * @typedef {{index?: number, label: number, pixels?: string, drawn?: boolean}} Endpoint
 */

/**
 * @typedef {object} EndpointImages
 * @property {number} label the class that a conditional model decodes along the paths: that of A
 * @property {Float32Array[]} pixels values in [0, 1] of each image, channels × height × width
 * @property {(number | string | undefined)[]} keys tell images apart
 * @property {(number | string)[]} fileNames name the images in a file's name
 * @property {string[]} descriptions name the images in a sentence
 */

const LETTERS = "ABCD";

/**
 * Load the images of endpoints.
 * @param {Endpoint[]} endpoints
 * @param {RunMap} map the map of a model with the same data set
 * @returns {Promise<EndpointImages>}
 */
export async function loadEndpointImages(endpoints, { dataset, shape, classes }) {
  const pixels = await Promise.all(
    endpoints.map(({ pixels: own, index = 0 }) =>
      own ? bytesToPixels(fromBase64(own)) : loadImage(dataset, index, shape),
    ),
  );
  return {
    label: endpoints[0].label,
    pixels,
    keys: endpoints.map(({ index, pixels: own }) => index ?? own),
    fileNames: endpoints.map(({ index, drawn }) => index ?? (drawn ? "drawing" : "picture")),
    descriptions: endpoints.map((endpoint) => describe(endpoint, classes)),
  };
}

/**
 * @param {Endpoint} endpoint
 * @param {string[]} classes
 * @returns {string}
 */
function describe({ index = 0, label, pixels, drawn }, classes) {
  return pixels ? text(drawn ? "endpoint_drawing" : "endpoint_picture") : nameOfImage(index, label, classes);
}

/**
 * Describe each endpoint with its letter, as a file does.
 * @param {EndpointImages} images
 * @param {Set<number>} moved the endpoints that are not at the code of their image
 * @returns {string[]}
 */
export function describeEndpoints({ descriptions }, moved) {
  return descriptions.map((image, i) => {
    const description = moved.has(i) ? text("endpoint_moved", { image }) : image;
    return `${LETTERS[i]}: ${description}`;
  });
}
