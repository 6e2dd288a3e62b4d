// Small multiples: the maps of a sweep's runs, side by side as they form.

import { halvesToFloats } from "./decoder.js";
import { LatentMap } from "./latent_map.js";
import { make } from "./page.js";
import { fromBase64, loadFactors } from "./server.js";

export function mount({ element, props, watch }) {
  const root = element.querySelector(".vae-multiples"), maps = [];
  const draw = async () => {
    const frames = props.frames ?? [];
    const factors = frames[0]?.factorNames.length ? await loadFactors(frames[0].dataset).catch(() => null) : null;
    if (frames !== (props.frames ?? frames)) return; // newer ones have come
    while (maps.length > frames.length) remove(maps.pop());
    while (maps.length < frames.length) maps.push(oneMore(root));
    frames.forEach((frame, i) => {
      maps[i].caption.textContent = frame.title;
      maps[i].map.setData({ ...unpack(frame), factors, factorNames: factors ? frame.factorNames : [] });
    });
  };
  watch("frames", draw);
  draw();
}

function oneMore(root) {
  const caption = make("figcaption"), block = make("figure", "vae-multiple", caption);
  root.append(block);
  return { block, caption, map: new LatentMap(block) };
}

function remove({ block, map }) {
  block.remove();
  map.destroy();
}

/** A frame's points and labels arrive as base64: float16 pairs and bytes. */
function unpack(frame) {
  const halves = fromBase64(frame.points);
  return { ...frame, points: halvesToFloats(new Uint16Array(halves.buffer)), labels: fromBase64(frame.labels) };
}
