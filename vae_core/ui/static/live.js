// The map of a run, alone.

import { LatentMap } from "./latent_map.js";
import { loadMap } from "./server.js";

export function mount({ element, props, watch }) {
  const map = new LatentMap(element.querySelector(".vae-live"));
  const show = async () => {
    if (!props.run) return;
    const run = props.run, data = await loadMap(run).catch(() => null);
    if (data && run === props.run) {
      map.touched = false;
      map.setData(data);
    }
  };
  watch("run", show);
  show();
}
