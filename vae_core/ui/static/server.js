// What the page asks the server for, each thing once. Addresses are relative to this file, so a proxy's prefix is kept.

import { Decoder, splitHeader } from "./decoder.js";

const root = new URL("../", import.meta.url);
const CHUNK = 32; // images in one answer
const kept = new Map();

function once(path, read) {
  if (!kept.has(path)) {
    const promise = fetch(new URL(path, root)).then(async (answer) => {
      if (!answer.ok) throw new Error(await answer.text());
      return read(await answer.arrayBuffer());
    });
    promise.catch(() => kept.delete(path));
    kept.set(path, promise);
    if (kept.size > 60) kept.delete(kept.keys().next().value);
  }
  return kept.get(path);
}

/** The answer to a question that is a body of numbers; it is not kept. */
export async function ask(path, question) {
  const answer = await fetch(new URL(path, root), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

/** The decoder of a run. */
export const loadDecoder = (run) => once(`decoder/${encodeURIComponent(run)}`, (buffer) => new Decoder(buffer));

/**
 * The latent map of a run: its header's fields, `points` (x, y, x, y, …), `labels`, and if the images have any,
 * `factorNames` and the `factors` of each image (Float32Array, image by image).
 */
export const loadMap = (run) => once(`map/${encodeURIComponent(run)}`, (buffer) => {
  const { header, start } = splitHeader(buffer);
  const points = new Float32Array(buffer, start, header.count * 2);
  const labels = new Uint8Array(buffer, start + points.byteLength, header.count), factorNames = header.factors ?? [];
  const factors = new Float32Array(buffer, start + points.byteLength + 4 * Math.ceil(header.count / 4), header.count * factorNames.length);
  return { ...header, points, labels, factorNames, factors };
});

/** The factors of all held-out images, a row an image. */
export const loadFactors = (dataset) => once(`factors/${dataset}`, (buffer) => new Float32Array(buffer));

/** The grey values in [0, 1] of a held-out image. */
export async function loadImage(dataset, index, shape) {
  const bytes = await once(`images/${dataset}/${Math.floor(index / CHUNK)}`, (buffer) => new Uint8Array(buffer));
  const size = shape[0] * shape[1] * shape[2], at = (index % CHUNK) * size;
  return grey(bytes.subarray(at, at + size));
}

/** Bytes as grey values in [0, 1]. */
export const grey = (bytes) => Float32Array.from(bytes, (byte) => byte / 255);

/** base64 as bytes. */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
