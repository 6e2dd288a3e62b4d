// The typed coordinates of the ends of an interpolation.

import { coordinateError, parseCoordinate, coordinateField, formatCoordinate } from "../page/coordinate_field.js";
import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** The coordinates of a map's handles, folded away until somebody wants them. */
export class CoordinateFields {
  constructor(handles) {
    this.handles = handles;
    this.axes = [0, 1].map(() => make("span"));
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    this.rows = handles.knobs.map(({ textContent: letter }, i) => {
      const fields = [0, 1].map((axis) => coordinateField(() => this.typed(i, axis)));
      return { letter, fields, row: make("div", "vae-endpoint-row", make("strong", "", letter), ...fields) };
    });
    const head = make("div", "vae-endpoint-row", make("span"), ...this.axes),
      summary = make("summary", "vae-caption", text("endpoints_coordinates"));
    this.root = make(
      "details",
      "vae-details vae-endpoint-fields",
      summary,
      head,
      ...this.rows.map(({ row }) => row),
      this.message,
    );
  }

  name([x, y]) {
    this.names = [x, y];
    this.names.forEach((name, axis) => {
      this.axes[axis].textContent = name;
      for (const { letter, fields } of this.rows)
        fields[axis].ariaLabel = text("endpoint_coordinate", { letter, axis: name });
    });
  }

  /** Show where the handles are; a field that is being typed in is left alone. */
  show() {
    this.rows.forEach(({ row, fields }, i) => {
      const place = this.handles.places[i];
      row.hidden = !place;
      for (const [axis, field] of fields.entries())
        if (place && field !== document.activeElement) this.fill(field, place[axis]);
    });
  }

  fill(field, value) {
    field.value = formatCoordinate(value);
    if (field.ariaInvalid) this.message.textContent = ""; // it was a sentence on what stood there
    field.ariaInvalid = null;
  }

  typed(i, axis) {
    const { letter, fields } = this.rows[i],
      field = fields[axis],
      value = parseCoordinate(field.value),
      place = [...this.handles.places[i]];
    field.ariaInvalid = value === null ? "true" : null;
    this.message.textContent = value === null ? coordinateError(`${letter}, ${this.names[axis]}`, field.value) : "";
    if (value === null) return;
    place[axis] = value;
    this.handles.move(i, ...place);
  }
}
