// What the page asks the server for, each thing once. Addresses are relative to this file, so a proxy's prefix is kept.

import { Decoder } from "../decoder/decoder.js";
import { Safetensors } from "../decoder/safetensors.js";
import { text } from "./i18n.js";
import { bytesToPixels } from "./picture.js";

const root = new URL("../../", import.meta.url);
const CHUNK = 32; // images in one answer
const MOST = 60; // answers of one sort that are kept
const kept = new Map(),
  chunks = new Map(); // of models, and of images, which would push them out

/** Nobody answers, or only something between here and the server: it may be there again in a moment. */
export class Unreachable extends Error {}

/** The answer to a question. Raises an Error with a sentence: the server's own, or that it is not to be reached. */
async function answered(path, question) {
  const answer = await fetch(new URL(path, root), question).catch(() => null);
  if (!answer || answer.status >= 500) throw new Unreachable(text("unreachable"));
  if (!answer.ok) throw new Error((await answer.text()) || text("not_found"));
  return answer;
}

/** What has been asked for longest goes first. */
function once(path, read, known = kept) {
  const asked = known.get(path) ?? { value: null };
  known.delete(path);
  known.set(path, asked);
  asked.promise ??= answered(path)
    .then((answer) => answer.arrayBuffer())
    .then((buffer) => (asked.value = read(buffer)));
  asked.promise.catch(() => known.delete(path));
  if (known.size > MOST) known.delete(known.keys().next().value);
  return asked.promise;
}

/** The answer to a question that is a body of numbers; it is not kept. */
export function postJson(path, question) {
  return answered(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
  });
}

/** The decoder of a run. */
export const loadDecoder = (run) => once(`decoder/${encodeURIComponent(run)}`, (buffer) => new Decoder(buffer));

/**
 * The latent map of a run: its header's fields, `points` (x, y, x, y, …), `labels`, and the `factors` of
 * each image (Float32Array, image by image), null where the images have none.
 */
export const loadMap = (run) =>
  once(`map/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer),
      [points, labels, factors] = ["points", "labels", "factors"].map((name) => file.array(name));
    return { ...file.header, run, points, labels, factors };
  });

/**
 * The codes of all held-out images of a run: `codes` (Float32Array, image by image), `dims`, `count`, what each dimension
 * `says`, in nats if `nats` and else its variance, its range `low` and `high`, and the `prior`'s {weight, mean, covariance}.
 */
export const loadCodes = (run) =>
  once(`codes/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer),
      { dims } = file.header,
      [means, covariances] = ["means", "covariances"].map((name) => file.array(name));
    const part = (table, size, k) => table.subarray(k * size, (k + 1) * size);
    const prior = Array.from(file.array("weights"), (weight, k) => ({
      weight,
      mean: part(means, dims, k),
      covariance: part(covariances, dims * dims, k),
    }));
    return { ...file.header, prior, codes: file.array("codes") };
  });

/** The upper level of a hierarchy: every image's place in `points`, its `prior`, and `down`, a network from a place to a code. */
export const loadUpperLevel = (run) =>
  once(`level/${encodeURIComponent(run)}`, (buffer) => {
    const file = new Safetensors(buffer);
    return { points: file.array("points"), prior: file.header.prior, down: new Decoder(buffer) };
  });

/** How far UMAP of a run's codes has come: {state, stage, share, message}. With `begin` it is computed if nobody has asked yet. */
export async function umapState(run, begin = false) {
  return (await answered(`umap/${encodeURIComponent(run)}`, { method: begin ? "POST" : "GET" })).json();
}

/** UMAP's `points` (x, y, x, y, …), and its inverse as {low, high, side, codes}, place by place; null until that is there. */
export async function loadUmap(run) {
  const file = new Safetensors(await fresh(`umap/${encodeURIComponent(run)}/places`)),
    { low, high, side } = file.header;
  return { points: file.array("points"), grid: side ? { low, high, side, codes: file.array("codes") } : null };
}

export const recordingAddress = (id, part = "") => new URL(`film/${encodeURIComponent(id)}${part}`, root);

/** The film of a run as bytes. */
export const loadRecording = (id) => fresh(recordingAddress(id));

/** What is newer of a run that is being trained than the step `after`, as the bytes of a film of one still at most. The answer comes
 * when there is something. */
export const loadLive = (id, after) => fresh(`live/${encodeURIComponent(id)}?after=${after}`);

/** The curves of a training: {name, history}. */
export const loadCurves = (id) =>
  once(`curves/${encodeURIComponent(id)}`, (buffer) => JSON.parse(new TextDecoder().decode(buffer)));

/** An answer's bytes, asked for anew each time. */
async function fresh(path) {
  return (await answered(path)).arrayBuffer();
}

/** The factors of all held-out images, a row an image. */
export const loadFactors = (dataset) => once(`factors/${dataset}`, (buffer) => new Float32Array(buffer));

const asBytes = (buffer) => new Uint8Array(buffer);
const whole = (dataset) => `images/${dataset}/all`;
const chunk = (dataset, index) => `images/${dataset}/${Math.floor(index / CHUNK)}`;

/** Fetch all held-out images, so that any can be shown at once. A data set too large for that stays with its chunks. */
export const loadAllImages = (dataset) => once(whole(dataset), asBytes).catch(() => null);

/** The grey values in [0, 1] of a held-out image if it is here already, otherwise null. */
export function cachedImage(dataset, index, shape) {
  const all = kept.get(whole(dataset))?.value,
    bytes = all ?? chunks.get(chunk(dataset, index))?.value;
  const size = shape[0] * shape[1] * shape[2],
    at = (all ? index : index % CHUNK) * size;
  return bytes ? bytesToPixels(bytes.subarray(at, at + size)) : null;
}

/** The grey values in [0, 1] of a held-out image. */
export async function loadImage(dataset, index, shape) {
  if (!cachedImage(dataset, index, shape)) await once(chunk(dataset, index), asBytes, chunks);
  return cachedImage(dataset, index, shape);
}
