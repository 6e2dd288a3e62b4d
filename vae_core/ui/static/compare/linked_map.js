// The map of a run, alone, with one image chosen.

import { Condition } from "../map/class_select.js";
import { LatentMap } from "../map/latent_map.js";
import { loadMap } from "../page/api.js";

export function mount({ element, props, trigger, watch }) {
  const map = new LatentMap(element.querySelector(".vae-map-container"), { onPick: tell, marks: true }),
    condition = new Condition(map);
  condition.root.className = "vae-option";
  map.legend.pictureField.after(condition.root);
  map.onDrawn = () => {
    condition.root.hidden = !(map.data?.conditions && map.legend.pictures);
  }; // it is of the decoded images alone

  function tell(index) {
    props.value = { index };
    trigger("picked", props.value);
  }

  async function show() {
    if (!props.run) return;
    const run = props.run,
      data = await loadMap(run).catch(() => null);
    if (!data || run !== props.run) return;
    if (data !== map.data) {
      map.touched = false;
      map.setData(data);
      condition.offer(data);
    }
    map.single(props.chosen ?? -1);
  }

  watch(["run", "chosen"], show);
  show();
}
