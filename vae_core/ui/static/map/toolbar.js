// The buttons of a map: zoom in, zoom out, fit, the lasso; and those that save the map as a file.

import { button, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { saveButton } from "../page/image_sheet.js";
import { saveMap } from "./save_map.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */

const ZOOM_FACTOR = 1.5;

/**
 * @param {string} sign what is on the button
 * @param {string} help
 * @param {() => void} onClick
 */
const toolButton = (sign, help, onClick) =>
  Object.assign(button(sign, onClick), { className: "vae-map-tool", title: help, ariaLabel: help });

/** The buttons on a map. */
export class Toolbar {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.lassoButton = toolButton("◌", text("lasso"), () => this.useLasso(!map.lasso.active));
    this.lassoButton.ariaPressed = "false";
    this.root = make(
      "div",
      "vae-map-tools",
      toolButton("+", text("zoom_in"), () => map.viewport.zoom(ZOOM_FACTOR)),
      toolButton("−", text("zoom_out"), () => map.viewport.zoom(1 / ZOOM_FACTOR)),
      toolButton("⤢", text("zoom_fit"), () => map.fit()),
      this.lassoButton,
    );
  }

  /**
   * Let the pointer encircle points, or move the map.
   * @param {boolean} active
   */
  useLasso(active) {
    this.lassoButton.ariaPressed = String(active);
    if (active) this.map.overlay.focus({ preventScroll: true }); // the keys that draw the line go there
    this.map.lasso.setActive(active);
  }
}

/**
 * The two buttons that save a map as PNG and as SVG.
 * @param {LatentMap} map
 * @returns {HTMLElement}
 */
export function savingButtons(map) {
  /** @param {"png" | "svg"} format */
  const save = (format) => {
    const name = format.toUpperCase();
    return saveButton(name, text("save_map", { kind: name }), async () => {
      if (map.data) await saveMap(map, map.data, format);
    });
  };
  return make("span", "vae-chips", save("png"), save("svg"));
}
