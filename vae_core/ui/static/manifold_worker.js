// Decodes grids of codes beside the page, so that nothing on it waits.

import { Decoder } from "./decoder.js";

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

/** Images one after the other → the RGBA pixels of a sheet with so many columns of them. */
function laid(images, [channels, high, wide], columns) {
  const size = channels * high * wide, count = images.length / size, width = columns * wide, height = Math.ceil(count / columns) * high;
  const pixels = new Uint8ClampedArray(4 * width * height), plane = high * wide;
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * wide, top = Math.floor(n / columns) * high;
    for (let y = 0; y < high; y++) {
      let at = 4 * ((top + y) * width + left);
      for (let x = 0; x < wide; x++, at += 4) {
        const from = n * size + y * wide + x;
        for (let c = 0; c < 3; c++) pixels[at + c] = 255 * images[channels === 1 ? from : from + c * plane];
        pixels[at + 3] = 255;
      }
    }
  }
  return { pixels, width, height };
}
