// A map alone: of a finished run (`run`), or of a training that is going on (`frame`).

import { halvesToFloats } from "./decoder.js";
import { LatentMap } from "./latent_map.js";
import { fromBase64, loadFactors, loadMap } from "./server.js";

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
  const advance = async () => {
    const frame = props.frame;
    if (!frame) return;
    const factors = frame.factorNames.length ? await loadFactors(frame.dataset).catch(() => null) : null;
    if (frame === props.frame) map.setData({ ...unpack(frame), factors, factorNames: factors ? frame.factorNames : [] });
  };
  watch("run", show);
  watch("frame", advance);
  show();
  advance();
}

/** A frame's points and labels arrive as base64: float16 pairs and bytes. */
export function unpack(frame) {
  const halves = fromBase64(frame.points);
  return { ...frame, points: halvesToFloats(new Uint16Array(halves.buffer)), labels: fromBase64(frame.labels) };
}
