// The buttons of a map: zoom, everything in view, the lasso, and files to take along.

import { saveButton } from "../page/image_sheet.js";
import { button, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { saveMap } from "./save_map.js";

const tool = (className, sign, sentence, act) =>
  Object.assign(button(sign, act), { className, title: sentence, ariaLabel: sentence });

export class Tools {
  constructor(map) {
    const zoom = (factor) => map.zoom(factor, map.width / 2, map.height / 2);
    this.lasso = tool("vae-map-tool", "◌", text("lasso"), () => this.useLasso(map, !map.lasso.active));
    this.lasso.ariaPressed = "false";
    this.root = make(
      "div",
      "vae-map-tools",
      tool("vae-map-tool", "+", text("zoom_in"), () => zoom(1.5)),
      tool("vae-map-tool", "−", text("zoom_out"), () => zoom(1 / 1.5)),
      tool("vae-map-tool", "⤢", text("zoom_fit"), () => map.fit()),
      this.lasso,
    );
  }

  /** Let the pointer encircle points instead of moving the map. */
  useLasso(map, active) {
    map.lasso.active = active;
    this.lasso.ariaPressed = String(active);
    if (active) map.overlay.focus({ preventScroll: true }); // where the keys that draw the line are heard
    map.drawOverlay();
  }
}

/** The two buttons that save a map. */
export function savingButtons(map) {
  const save = (kind) =>
    saveButton(
      kind.toUpperCase(),
      text("save_map", { kind: kind.toUpperCase() }),
      async () => map.data && saveMap(map, kind),
    );
  return make("span", "vae-chips", save("png"), save("svg"));
}
