// Decodes grids of codes in a worker, so that the page stays responsive.

import { Decoder } from "../decoder/decoder.js";
import { spriteSheet } from "./sprite_sheet.js";

/**
 * @typedef {object} Request
 * @property {number} id
 * @property {string} run
 * @property {ArrayBuffer | null} buffer the decoder of a run that is new here
 * @property {Float32Array} codes one code after another
 * @property {number} label
 * @property {number} columns of the sheet
 *
 * @typedef {{id: number, missing: true} | {id: number, pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height:
 * number}} Reply
 * `missing`: the worker has no decoder of the run
 */

const MAX_DECODERS = 4;
/** @type {Map<string, Decoder>} */
const decoders = new Map();
/** @type {(reply: Reply | {ready: true}, transfer?: Transferable[]) => void} */
const reply = (message, transfer = []) => self.postMessage(message, { transfer });

self.addEventListener("message", (/** @type {MessageEvent<Request>} */ { data }) => {
  const { id, run, buffer, codes, label, columns } = data;
  if (buffer) decoders.set(run, new Decoder(buffer));
  if (decoders.size > MAX_DECODERS) decoders.delete([...decoders.keys()][0]);
  const decoder = decoders.get(run);
  if (!decoder) return reply({ id, missing: true });
  const sheet = spriteSheet(decoder.decodeAll(codes, label), decoder.shape, columns);
  reply({ id, ...sheet }, [sheet.pixels.buffer]);
});

reply({ ready: true }); // messages that are sent earlier are lost
