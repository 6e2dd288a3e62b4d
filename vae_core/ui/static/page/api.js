// Requests to the server. Addresses are relative to this file, so that a proxy's prefix stays in them.

import { Decoder } from "../decoder/decoder.js";
import { Safetensors } from "../decoder/safetensors.js";
import { text } from "./i18n.js";
import { bytesToPixels } from "./picture.js";

/**
 * The latent map of a run.
 * @typedef {object} RunMap
 * @property {string} run the run's id
 * @property {string} name the model's name
 * @property {string} dataset the data set, as addresses name it
 * @property {[number, number, number]} shape channels, height and width of an image
 * @property {string[]} classes their names
 * @property {string[]} factorNames names of the factors that the images were made with; empty for most data sets
 * @property {number} latentDim
 * @property {boolean} standardPrior whether the prior is N(0, I)
 * @property {number | null} active dimensions that carry information about the image
 * @property {"collapsed" | "inactive" | null} silence the key of a sentence on the inactive dimensions
 * @property {number} conditions classes that a conditional model decodes, 0 for any other
 * @property {{weight: number, mean: number[], covariance: number[]}[] | null} prior the prior's components on the plane
 * @property {number} levels 2 for a hierarchy, otherwise 1
 * @property {number[]} origin the code at the plane's origin (latentDim)
 * @property {number[][]} basis the plane's directions (latentDim × 2)
 * @property {number} share the plane's share of the variance of the codes
 * @property {Float32Array} points x, y, x, y, … of each held-out image
 * @property {Uint8Array} labels the class of each image
 * @property {Float32Array | null} factors image by image (count × factors)
 */

/**
 * One component of a Gaussian mixture.
 * @typedef {{weight: number, mean: Float32Array, covariance: Float32Array}} Gaussian
 */

/**
 * The codes of the held-out images of a run.
 * @typedef {object} RunCodes
 * @property {number} count
 * @property {number} dims
 * @property {Float32Array} codes image by image (count × dims)
 * @property {number[]} information of each dimension: its KL in nats if `nats` is true, otherwise its variance
 * @property {boolean} nats
 * @property {number[]} low the lower end of each dimension's range
 * @property {number[]} high the upper end
 * @property {Gaussian[]} prior the prior's components; empty without a prior
 */

/**
 * The inverse of UMAP on a grid of side × side places.
 * @typedef {{low: number[], high: number[], side: number, codes: Float32Array}} UmapGrid
 */
/** @typedef {{state: string, stage: string, share: number, message: string}} UmapState */
/** Bytes or an object that is loaded once. @template T @typedef {{promise: Promise<T>, value: T | null}} CacheEntry */

const ROOT = new URL("../../", import.meta.url);
const IMAGES_PER_CHUNK = 32; // as CHUNK in vae_core/ui/routes/dataset_routes.py
const MAX_ENTRIES = 60; // per cache

/** @type {Map<string, CacheEntry<any>>} */
const cache = new Map();
/** @type {Map<string, CacheEntry<Uint8Array>>} */
const chunks = new Map(); // images apart from models, which they would push out

/** The server does not answer, or only a proxy before it does: the same request may succeed in a moment. */
export class Unreachable extends Error {}

/**
 * Send a request.
 * @param {string | URL} path relative to the server's routes
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 * @throws {Unreachable} if there is no answer or one with a status of 500 and above
 * @throws {Error} with the server's sentence for any other status that is no success
 */
async function request(path, options) {
  const response = await fetch(new URL(path, ROOT), options).catch(() => null);
  if (!response || response.status >= 500) throw new Unreachable(text("unreachable"));
  if (!response.ok) throw new Error((await response.text()) || text("not_found"));
  return response;
}

/** @param {string | URL} path */
const requestBytes = async (path) => (await request(path)).arrayBuffer();

/**
 * Request something once. A full cache drops the entry that has not been used for longest; a failed request may be
 * repeated.
 * @template T
 * @param {string} path
 * @param {(buffer: ArrayBuffer) => T} read
 * @param {Map<string, CacheEntry<T>>} [entries]
 * @returns {Promise<T>}
 */
function once(path, read, entries = cache) {
  const entry = entries.get(path) ?? load(path, read, entries);
  entries.delete(path);
  entries.set(path, entry); // a map lists its entries in the order in which they were set
  if (entries.size > MAX_ENTRIES) entries.delete([...entries.keys()][0]);
  return entry.promise;
}

/**
 * @template T
 * @param {string} path
 * @param {(buffer: ArrayBuffer) => T} read
 * @param {Map<string, CacheEntry<T>>} entries
 * @returns {CacheEntry<T>}
 */
function load(path, read, entries) {
  const promise = requestBytes(path).then((buffer) => (entry.value = read(buffer)));
  /** @type {CacheEntry<T>} */
  const entry = { promise, value: null };
  promise.catch(() => entries.delete(path));
  return entry;
}

/**
 * Post a question as JSON; the answer is not cached.
 * @param {string} path
 * @param {unknown} question
 * @returns {Promise<Response>}
 */
export function postJson(path, question) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
  });
}

/**
 * Load the decoder of a run.
 * @param {string} run
 */
export const loadDecoder = (run) => once(`decoder/${encodeURIComponent(run)}`, (buffer) => new Decoder(buffer));

/**
 * Load the latent map of a run.
 * @param {string} run
 * @returns {Promise<RunMap>}
 */
export const loadMap = (run) =>
  once(`map/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer);
    const header = /** @type {RunMap} */ (file.header);
    const factors = file.has("factors") ? file.floats("factors") : null;
    return { ...header, run, points: file.floats("points"), labels: file.bytes("labels"), factors };
  });

/**
 * Load the codes of a run.
 * @param {string} run
 * @returns {Promise<RunCodes>}
 */
export const loadCodes = (run) =>
  once(`codes/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer);
    const header = /** @type {RunCodes} */ (file.header);
    const [weights, means, covariances] = ["weights", "means", "covariances"].map((name) => file.floats(name));
    const rowOf = (/** @type {Float32Array} */ table, /** @type {number} */ size, /** @type {number} */ row) =>
      table.subarray(row * size, (row + 1) * size);
    const prior = Array.from(weights, (weight, k) => ({
      weight,
      mean: rowOf(means, header.dims, k),
      covariance: rowOf(covariances, header.dims ** 2, k),
    }));
    return { ...header, prior, codes: file.floats("codes") };
  });

/**
 * Load the upper level of a hierarchy: the place of each image, the prior there, and the network from a place to a code
 * of the lower level.
 * @param {string} run
 * @returns {Promise<{points: Float32Array, prior: RunMap["prior"], down: Decoder}>}
 */
export const loadUpperLevel = (run) =>
  once(`level/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer);
    return { points: file.floats("points"), prior: file.header.prior, down: new Decoder(buffer) };
  });

/**
 * Ask how far UMAP of a run's codes is.
 * @param {string} run
 * @param {boolean} [begin] whether to compute it if that has not begun
 * @returns {Promise<UmapState>} `share` is in [0, 1], `message` an error
 */
export async function umapState(run, begin = false) {
  return (await request(`umap/${encodeURIComponent(run)}`, { method: begin ? "POST" : "GET" })).json();
}

/**
 * Load UMAP's places of a run, and its inverse as soon as the server has it.
 * @param {string} run
 * @returns {Promise<{points: Float32Array, grid: UmapGrid | null}>} points are x, y, x, y, …
 */
export async function loadUmap(run) {
  const file = new Safetensors(await requestBytes(`umap/${encodeURIComponent(run)}/points`));
  const { low, high, side } = file.header;
  return { points: file.floats("points"), grid: side ? { low, high, side, codes: file.floats("codes") } : null };
}

/**
 * Return the address of a recording, or of what is made from it.
 * @param {string} id
 * @param {string} [part] such as "/gif"
 * @returns {URL}
 */
export const recordingAddress = (id, part = "") => new URL(`recording/${encodeURIComponent(id)}${part}`, ROOT);

/**
 * Load the recording of a training.
 * @param {string} id
 * @returns {Promise<ArrayBuffer>} for `Recording`
 */
export const loadRecording = (id) => requestBytes(recordingAddress(id));

/**
 * Wait for news of a training.
 * @param {string} id
 * @param {number} after the last step that is shown, −1 for none
 * @returns {Promise<ArrayBuffer>} for `Recording`, with at most one snapshot
 */
export const loadLive = (id, after) => requestBytes(`live/${encodeURIComponent(id)}?after=${after}`);

/**
 * Load the curves of a training.
 * @param {string} id
 * @returns {Promise<{name: string, history: Record<string, any>[]}>}
 */
export const loadCurves = (id) =>
  once(`curves/${encodeURIComponent(id)}`, (buffer) => JSON.parse(new TextDecoder().decode(buffer)));

/**
 * Load the factors of all held-out images of a data set.
 * @param {string} dataset
 * @returns {Promise<Float32Array>} image by image (count × factors)
 */
export const loadFactors = (dataset) => once(`factors/${dataset}`, (buffer) => new Float32Array(buffer));

/** @param {ArrayBuffer} buffer */
const asBytes = (buffer) => new Uint8Array(buffer);
/** @param {string} dataset */
const pathOfAll = (dataset) => `images/${dataset}/all`;
/**
 * @param {string} dataset
 * @param {number} index
 */
const pathOfChunk = (dataset, index) => `images/${dataset}/${Math.floor(index / IMAGES_PER_CHUNK)}`;

/**
 * Load all held-out images of a data set, so that any can be shown at once.
 * @param {string} dataset
 * @returns {Promise<Uint8Array | null>} null if the data set is too large for one request
 */
export const loadAllImages = (dataset) => once(pathOfAll(dataset), asBytes).catch(() => null);

/**
 * Return a held-out image if it is loaded.
 * @param {string} dataset
 * @param {number} index
 * @param {number[]} shape channels, height and width
 * @returns {Float32Array | null} values in [0, 1], channels × height × width
 */
export function cachedImage(dataset, index, shape) {
  const all = cache.get(pathOfAll(dataset))?.value;
  const bytes = all ?? chunks.get(pathOfChunk(dataset, index))?.value;
  const size = shape[0] * shape[1] * shape[2];
  const start = (all ? index : index % IMAGES_PER_CHUNK) * size;
  return bytes ? bytesToPixels(bytes.subarray(start, start + size)) : null;
}

/**
 * Load a held-out image.
 * @param {string} dataset
 * @param {number} index
 * @param {number[]} shape channels, height and width
 * @returns {Promise<Float32Array>} values in [0, 1], channels × height × width
 */
export async function loadImage(dataset, index, shape) {
  const cached = cachedImage(dataset, index, shape);
  if (cached) return cached;
  const bytes = await once(pathOfChunk(dataset, index), asBytes, chunks);
  const size = shape[0] * shape[1] * shape[2];
  const start = (index % IMAGES_PER_CHUNK) * size;
  return bytesToPixels(bytes.subarray(start, start + size));
}
