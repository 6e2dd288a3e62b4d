// The buttons of a map: zoom, everything in view, the lasso, and files to take along.

import { make, words } from "./page.js";
import { saveMap } from "./save.js";

function button(className, sign, sentence, act) {
  const node = make("button", className, sign);
  node.type = "button";
  node.title = node.ariaLabel = sentence;
  node.addEventListener("click", act);
  return node;
}

export class Tools {
  constructor(map) {
    const zoom = (factor) => map.zoom(factor, map.width / 2, map.height / 2);
    this.lasso = button("vae-zoom", "◌", words.lasso, () => this.useLasso(map, !map.lasso.active));
    this.lasso.ariaPressed = "false";
    this.root = make("div", "vae-map-tools", button("vae-zoom", "+", words.zoom_in, () => zoom(1.5)),
      button("vae-zoom", "−", words.zoom_out, () => zoom(1 / 1.5)), button("vae-zoom", "⤢", words.zoom_fit, () => map.fit()), this.lasso);
  }

  /** Let the pointer encircle points instead of moving the map. */
  useLasso(map, active) {
    map.lasso.active = active;
    this.lasso.ariaPressed = String(active);
  }
}

/** The two buttons that save a map. */
export function savingButtons(map) {
  const save = (kind) => button("vae-chip", kind.toUpperCase(), words.save_map.replace("{kind}", kind.toUpperCase()), () => map.data && saveMap(map, kind));
  return make("span", "vae-key", save("png"), save("svg"));
}
