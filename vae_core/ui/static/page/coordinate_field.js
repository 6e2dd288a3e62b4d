// A typed coordinate: the number of a text, the sentence on one that is no number, and the field itself.

import { make } from "./dom.js";
import { text } from "./i18n.js";

const FARTHEST = 1000; // a typed coordinate beyond this is a slip of the finger

/** A typed text → its number, or null for what is none. */
export function parseCoordinate(typed) {
  const value = Number(typed.trim().replace("−", "-").replace(",", "."));
  return typed.trim() !== "" && Math.abs(value) <= FARTHEST ? value : null;
}

/** A sentence on a text that is no coordinate. */
export const coordinateError = (axis, typed) => text("bad_coordinate", { axis, value: typed.slice(0, 40) });

/** A place's number as a field shows it. */
export const formatCoordinate = (value) => value.toFixed(2).replace(/^-(?=0\.00$)/, "");

export function coordinateField(onTyped) {
  const field = make("input", "vae-coordinate");
  Object.assign(field, { inputMode: "decimal", autocomplete: "off" });
  field.addEventListener("change", onTyped);
  return field;
}
