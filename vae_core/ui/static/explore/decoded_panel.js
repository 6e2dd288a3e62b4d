// What the handle of the map decodes to, with the handle's coordinates as fields and the class that is decoded.

import { ClassSelect } from "../map/class_select.js";
import { axisNames } from "../map/map_data.js";
import { coordinateError, coordinateField, formatCoordinate, parseCoordinate } from "../page/coordinate_field.js";
import { formatNumber, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { paint, pictureCanvas } from "../page/picture.js";

/** @typedef {import("../decoder/decoder.js").Decoder} Decoder */
/** @typedef {import("../map/latent_map.js").LatentMap} LatentMap */
/** @typedef {import("../map/map_data.js").Code} Code */

/** The decoded image with its controls. */
export class DecodedPanel {
  /**
   * @param {LatentMap} map
   * @param {object} listeners
   * @param {() => void} listeners.onClass called when the visitor has chosen another class
   * @param {(message: string) => void} listeners.onMessage called with a sentence on a wrong coordinate, or an empty
   * one
   */
  constructor(map, { onClass, onMessage }) {
    this.map = map;
    this.onMessage = onMessage;
    this.canvas = pictureCanvas(text("decoded"));
    this.canvas.classList.add("vae-decoded-image");
    this.fields = [0, 1].map((axis) => {
      const input = coordinateField(() => this.readField(axis));
      const name = make("span");
      return { input, name, label: make("label", "vae-field", name, input) };
    });
    this.classSelect = new ClassSelect(map, onClass);
    const save = imageSheetButtons(() => this.sheet());
    const head = make("div", "vae-panel-head", make("p", "vae-caption", text("decoded")), save);
    const labels = this.fields.map(({ label }) => label);
    const fields = make("div", "vae-fields", ...labels, this.classSelect.root);
    this.root = make("section", "vae-panel", head, this.canvas, fields);
  }

  /** The decoded image as a sheet to save, with the handle's place and the class; null while there is no map. */
  sheet() {
    const { data, handle, label } = this.map;
    if (!data) return null;
    const place = axisNames(data).map((name, axis) => `${name}: ${formatNumber(handle[axis])}`);
    const decodedClass = data.conditions ? [text("decoded_as", { class: data.classes[label] })] : [];
    return {
      rows: [[this.canvas]],
      title: `${data.name}: ${text("decoded")}`,
      notes: [...place, ...decodedClass],
    };
  }

  /**
   * Decode a code.
   * @param {Decoder} decoder
   * @param {Code} code
   */
  decode(decoder, code) {
    paint(this.canvas, decoder.decode(code, this.map.label), decoder.shape);
  }

  /** Name the fields after the axes of the map. */
  nameAxes() {
    axisNames(this.map.data).forEach((axisName, axis) => {
      const { input, name } = this.fields[axis];
      name.textContent = axisName;
      input.ariaLabel = axisName;
    });
  }

  /** Show the handle's place, except in a field that has the focus. */
  showPlace() {
    this.fields.forEach(({ input }, axis) => {
      if (input === document.activeElement) return;
      input.value = formatCoordinate(this.map.handle[axis]);
      if (input.ariaInvalid) this.onMessage(""); // the sentence was on what the field held
      input.ariaInvalid = null;
    });
  }

  /** @param {number} axis */
  readField(axis) {
    const { input, name } = this.fields[axis];
    const value = parseCoordinate(input.value);
    input.ariaInvalid = value === null ? "true" : null;
    this.onMessage(value === null ? coordinateError(name.textContent ?? "", input.value) : "");
    if (value === null) return;
    const place = [...this.map.handle];
    place[axis] = value;
    this.map.moveHandle(place[0], place[1]);
  }
}
