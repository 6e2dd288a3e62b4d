// What an image is called on the page and in a file.

import { text } from "./i18n.js";

/**
 * An image of the test set, by its index, or one of the visitor's own, which has `pixels`.
 * @typedef {object} Selection
 * @property {number} [index] the number of a test image
 * @property {number} [label] the class
 * @property {string} [pixels] an own image as base64 bytes
 * @property {boolean} [drawn] whether an own image is a drawing
 */

/**
 * Name a test image by its number, and by its class if the data set has more than one.
 * @param {number} index
 * @param {number} label
 * @param {string[]} classes
 * @returns {string}
 */
export function nameOfImage(index, label, classes) {
  return classes.length > 1
    ? text("test_image", { n: index, class: classes[label] })
    : text("test_image_unlabelled", { n: index });
}

/**
 * Name a selected image: a test image, or the visitor's own.
 * @param {Selection} selection
 * @param {string[]} classes
 * @returns {string}
 */
export function nameOfSelection({ index = 0, label = 0, pixels, drawn }, classes) {
  return pixels ? text(drawn ? "drawn_image" : "uploaded_image") : nameOfImage(index, label, classes);
}
