// Fields for typed coordinates.

import { make } from "./dom.js";
import { text } from "./i18n.js";

const MAX_COORDINATE = 1000; // units of the map; a typed coordinate beyond this is a typing error
const MAX_QUOTED = 40; // letters of a typed text that an error repeats

/**
 * Parse a typed coordinate; a decimal comma and a typographic minus are allowed.
 * @param {string} typed
 * @returns {number | null} null if the text is no number or too large
 */
export function parseCoordinate(typed) {
  const value = Number(typed.trim().replace("−", "-").replace(",", "."));
  return typed.trim() !== "" && Math.abs(value) <= MAX_COORDINATE ? value : null;
}

/**
 * Say that a typed text is not a coordinate.
 * @param {string} axis the name of the axis
 * @param {string} typed
 * @returns {string}
 */
export const coordinateError = (axis, typed) => text("bad_coordinate", { axis, value: typed.slice(0, MAX_QUOTED) });

/**
 * Format a coordinate as a field shows it, without a sign if it rounds to zero.
 * @param {number} value
 * @returns {string}
 */
export const formatCoordinate = (value) => value.toFixed(2).replace(/^-(?=0\.00$)/, "");

/**
 * Create an empty field for a coordinate.
 * @param {() => void} onTyped called when the visitor has changed the text
 * @returns {HTMLInputElement}
 */
export function coordinateField(onTyped) {
  const field = make("input", "vae-coordinate");
  field.inputMode = "decimal";
  field.autocomplete = "off";
  field.addEventListener("change", onTyped);
  return field;
}
