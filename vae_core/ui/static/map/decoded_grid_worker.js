// Decodes grids of codes beside the page, so that nothing on it waits.

import { Decoder } from "../decoder/decoder.js";
import { laid } from "./sprite_sheet.js";

const KEPT = 4; // decoders
const decoders = new Map();

/** `data` is {id, run, buffer (of a run that is new here), codes, label, columns}; the answer {id, pixels, width, height}. */
self.addEventListener("message", ({ data: { id, run, buffer, codes, label, columns } }) => {
  if (buffer) decoders.set(run, new Decoder(buffer));
  if (decoders.size > KEPT) decoders.delete(decoders.keys().next().value);
  const decoder = decoders.get(run);
  if (!decoder) return self.postMessage({ id, missing: true });
  const sheet = laid(decoder.decodeAll(codes, label), decoder.shape, columns);
  self.postMessage({ id, ...sheet }, [sheet.pixels.buffer]);
});

self.postMessage({ ready: true }); // what was sent before this was heard by nobody
