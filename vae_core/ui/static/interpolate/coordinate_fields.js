// Fields for the coordinates of the endpoints of an interpolation.

import { coordinateError, coordinateField, formatCoordinate, parseCoordinate } from "../page/coordinate_field.js";
import { make, messageLine } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** @import { Handles } from "./handles.js" */
/** @typedef {{letter: string, fields: HTMLInputElement[], root: HTMLElement}} FieldRow */

/** A row of fields for each handle of a map, folded until a visitor opens it. */
export class CoordinateFields {
  /** @param {Handles} handles */
  constructor(handles) {
    this.handles = handles;
    this.axisNames = ["", ""];
    this.axisHeads = [make("span"), make("span")];
    this.message = messageLine("alert");
    /** @type {FieldRow[]} */
    this.rows = handles.letters.map((letter, i) => {
      const fields = [0, 1].map((axis) => coordinateField(() => this.readField(i, axis)));
      return { letter, fields, root: make("div", "vae-endpoint-row", make("strong", "", letter), ...fields) };
    });
    const summary = make("summary", "vae-caption", text("endpoints_coordinates"));
    const head = make("div", "vae-endpoint-row", make("span"), ...this.axisHeads);
    const rows = this.rows.map(({ root }) => root);
    this.root = make("details", "vae-details vae-endpoint-fields", summary, head, ...rows, this.message);
  }

  /**
   * Name the axes.
   * @param {string[]} names across and up
   */
  setAxisNames(names) {
    this.axisNames = names;
    names.forEach((name, axis) => {
      this.axisHeads[axis].textContent = name;
      for (const { letter, fields } of this.rows)
        fields[axis].ariaLabel = text("endpoint_coordinate", { letter, axis: name });
    });
  }

  /** Show the places of the handles; the field that has the focus keeps its text. */
  show() {
    this.rows.forEach(({ root, fields }, i) => {
      const place = this.handles.places[i];
      root.hidden = !place;
      for (const [axis, field] of fields.entries())
        if (place && field !== document.activeElement) this.fill(field, place[axis]);
    });
  }

  /**
   * @param {HTMLInputElement} field
   * @param {number} value
   */
  fill(field, value) {
    field.value = formatCoordinate(value);
    if (field.ariaInvalid) this.message.textContent = ""; // the message is about the text that is replaced
    field.ariaInvalid = null;
  }

  /**
   * Move a handle to a typed coordinate, or say that it is none.
   * @param {number} i
   * @param {number} axis 0 or 1
   */
  readField(i, axis) {
    const { letter, fields } = this.rows[i];
    const field = fields[axis];
    const value = parseCoordinate(field.value);
    field.ariaInvalid = value === null ? "true" : null;
    this.message.textContent = value === null ? coordinateError(`${letter}, ${this.axisNames[axis]}`, field.value) : "";
    if (value === null) return;
    const [x, y] = this.handles.places[i];
    if (axis === 0) this.handles.move(i, value, y);
    else this.handles.move(i, x, value);
  }
}
