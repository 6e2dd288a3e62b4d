// A map alone: of a finished run (`run`), or of a training that is going on (`frame`).

import { halvesToFloats } from "./decoder.js";
import { LatentMap } from "./latent_map.js";
import { fromBase64, loadMap } from "./server.js";

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
  const advance = () => props.frame && map.setData(unpack(props.frame));
  watch("run", show);
  watch("frame", advance);
  show();
  advance();
}

/** A frame's points and labels arrive as base64: float16 pairs and bytes. */
function unpack(frame) {
  const halves = fromBase64(frame.points);
  return { ...frame, points: halvesToFloats(new Uint16Array(halves.buffer)), labels: fromBase64(frame.labels) };
}
