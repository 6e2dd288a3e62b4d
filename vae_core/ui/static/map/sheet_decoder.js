// Sheets of decoded images, from a worker that all maps share, or from the page where there is none.

import { loadDecoder } from "../page/api.js";
import { spriteSheet } from "./sprite_sheet.js";

/** @typedef {import("./decoded_grid_worker.js").Reply} Reply */
/**
 * RGBA pixels of a sheet of images, and its size.
 * @typedef {{pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} PixelSheet
 */

/** @type {Promise<Worker | null> | null} */
let starting = null;
let lastId = 0;
/** @type {Map<number, (reply: Reply | null) => void>} */
const pending = new Map(); // the request of each id that is not answered
/** @type {Set<string>} */
const sentRuns = new Set(); // whose decoder the worker has

/**
 * The worker, once it listens; null where there is none or it has failed.
 * @returns {Promise<Worker | null>}
 */
function startedWorker() {
  starting ??= new Promise((/** @type {(worker: Worker | null) => void} */ resolve) => {
    const worker = new Worker(new URL("decoded_grid_worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => (data.ready ? resolve(worker) : pending.get(data.id)?.(data)));
    worker.addEventListener("error", () => {
      starting = Promise.resolve(null);
      resolve(null);
      for (const answer of pending.values()) answer(null);
    });
  }).catch(() => null);
  return starting;
}

/**
 * Decode codes to a sheet of images.
 * @param {string} run
 * @param {Float32Array} codes one code after another (count × dims)
 * @param {number} label the class that a conditional model decodes
 * @param {number} columns images per row of the sheet
 * @returns {Promise<PixelSheet>}
 */
export async function decodeSheet(run, codes, label, columns) {
  const [worker, decoder] = await Promise.all([startedWorker(), loadDecoder(run)]);
  const reply = worker && (await askWorker(worker, { run, buffer: decoder.buffer, codes, label, columns }));
  if (!reply) return spriteSheet(decoder.decodeAll(codes, label), decoder.shape, columns);
  if (!("missing" in reply)) return reply;
  sentRuns.delete(run); // the worker has dropped this decoder
  return decodeSheet(run, codes, label, columns);
}

/**
 * @param {Worker} worker
 * @param {{run: string, buffer: ArrayBuffer, codes: Float32Array, label: number, columns: number}} request
 * @returns {Promise<Reply | null>} null if the worker has failed
 */
async function askWorker(worker, request) {
  const id = ++lastId;
  const { run } = request;
  const reply = await new Promise((/** @type {(reply: Reply | null) => void} */ resolve) => {
    pending.set(id, resolve);
    worker.postMessage({ ...request, id, buffer: sentRuns.has(run) ? null : request.buffer });
    sentRuns.add(run);
  });
  pending.delete(id);
  return reply;
}
