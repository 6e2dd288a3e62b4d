// The map of a run with one image selected, linked to the other map of the tab.

import { ClassSelect } from "../map/class_select.js";
import { LatentMap } from "../map/latent_map.js";
import { loadMap } from "../page/api.js";
import { requireElement } from "../page/dom.js";

/** @typedef {import("../page/dom.js").Component} Component */

/**
 * Show the map of `props.run` with image `props.chosen` selected.
 * @param {Component} component
 */
export function mount({ element, props, trigger, watch }) {
  const map = new LatentMap(requireElement(element, ".vae-map-container"), { onPick: pick, ownsSelection: true });
  const classSelect = new ClassSelect(map);
  classSelect.root.className = "vae-option";
  map.legend.pictureField.after(classSelect.root);
  map.addEventListener("draw", () => {
    classSelect.root.hidden = !(map.data?.conditions && map.legend.pictures); // it concerns the decoded images alone
  });

  /** @param {number} index */
  function pick(index) {
    props.value = { index };
    trigger("picked", props.value);
  }

  async function show() {
    const { run } = props;
    if (!run) return;
    const data = await loadMap(run).catch(() => null);
    if (!data || run !== props.run) return;
    if (data !== map.data) {
      map.setData(data, { refit: true });
      classSelect.offer(data);
    }
    map.annotations.select(props.chosen ?? -1);
  }

  watch(["run", "chosen"], show);
  show();
}
