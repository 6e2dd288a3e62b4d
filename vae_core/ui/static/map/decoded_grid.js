// Decoded images under a map's points: a grid of codes over what is seen, or one by the prior's quantiles.

import { quantile } from "../math/normal.js";
import { make } from "../page/dom.js";
import { loadDecoder } from "../page/api.js";
import { laid } from "./sprite_sheet.js";

const CELL = 34; // CSS pixels between two images: as one zooms in, they stand for codes nearer to each other
const QUANTILES = 20; // images across and up
const REST = 60; // milliseconds without a change of view before a new grid is made
let starting = null,
  asked = 0;
const answers = new Map(),
  sent = new Set();

/** The worker, once it listens; null where there is none or it has failed. */
function ready() {
  starting ??= new Promise((resolve) => {
    const worker = new Worker(new URL("decoded_grid_worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => (data.ready ? resolve(worker) : answers.get(data.id)(data)));
    worker.addEventListener("error", () => {
      starting = Promise.resolve(null);
      resolve(null);
      for (const answer of answers.values()) answer(null);
    });
  }).catch(() => null);
  return starting;
}

/** The sheet of the images of `codes`, decoded beside the page, or in it if that cannot be. */
export async function decoded(run, codes, label, columns) {
  const [worker, decoder] = await Promise.all([ready(), loadDecoder(run)]),
    id = ++asked;
  const answer =
    worker &&
    (await new Promise((resolve) => {
      answers.set(id, resolve);
      worker.postMessage({ id, run, buffer: sent.has(run) ? null : decoder.buffer, codes, label, columns });
      sent.add(run);
    }));
  answers.delete(id);
  if (!answer) return laid(decoder.decodeAll(codes, label), decoder.shape, columns);
  if (!answer.missing) return answer;
  sent.delete(run); // the worker had forgotten this decoder
  return decoded(run, codes, label, columns);
}

/** Equally spaced cells that cover the view, anchored at the origin so that they stay where they are when it moves. */
export function evenCells(map) {
  const size = CELL / map.view.scale,
    [left, bottom] = map.toData(0, map.height),
    [right, top] = map.toData(map.width, 0);
  const [x0, x1, y0, y1] = [left, right, bottom, top].map((edge) => Math.floor(edge / size));
  const cells = [];
  for (let j = y1; j >= y0; j--) {
    for (let i = x0; i <= x1; i++)
      cells.push({ left: i * size, right: (i + 1) * size, bottom: j * size, top: (j + 1) * size });
  }
  return { cells, columns: x1 - x0 + 1 };
}

/** Cells between quantiles of N(0, 1), each as probable as the next; the outermost end where half of their share lies. */
export function quantileCells() {
  const edges = Array.from({ length: QUANTILES + 1 }, (_, i) =>
    quantile(Math.min(Math.max(i / QUANTILES, 0.5 / QUANTILES), 1 - 0.5 / QUANTILES)),
  );
  const cells = [];
  for (let j = QUANTILES - 1; j >= 0; j--) {
    for (let i = 0; i < QUANTILES; i++)
      cells.push({ left: edges[i], right: edges[i + 1], bottom: edges[j], top: edges[j + 1] });
  }
  return { cells, columns: QUANTILES };
}

export class Manifold {
  constructor(map) {
    this.map = map;
  }

  /** What a place decodes to has changed. */
  forget() {
    this.shown = null;
    this.map.draw();
  }

  /** Lay the newest grid under the points, and ask for another one if it is not of this view. */
  draw(context) {
    const { map } = this,
      kind = map.legend.pictures;
    if (!kind) return (this.sheet = null);
    if (this.wanted() !== this.shown) this.later();
    if (this.sheet?.space !== this.space()) return; // another model's, or another view's
    const { cells, canvas, wide, high, columns } = this.sheet;
    const last = cells.at(-1),
      whole = { ...cells[0], right: last.right, bottom: last.bottom };
    if (this.sheet.even) this.place(context, canvas, [0, 0, canvas.width, canvas.height], whole);
    else
      cells.forEach((cell, n) =>
        this.place(context, canvas, [(n % columns) * wide, Math.floor(n / columns) * high, wide, high], cell),
      );
  }

  place(context, canvas, source, { left, right, bottom, top }) {
    const [px, py] = this.map.toPixels(left, top),
      [qx, qy] = this.map.toPixels(right, bottom);
    context.drawImage(canvas, ...source, px, py, qx - px, qy - py);
  }

  /** Which coordinates the map has. */
  space() {
    return JSON.stringify([this.map.data.run, this.map.data.axes]);
  }

  /** What a grid depends on, as one string. */
  wanted() {
    const { data, view, width, height, legend, label, through } = this.map;
    return JSON.stringify([
      data.run,
      data.axes,
      legend.pictures,
      label,
      Array.from(through ?? []),
      legend.pictures === "even" ? [view, width, height] : 0,
    ]);
  }

  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.make(), REST);
  }

  /** Ask for a grid of the view as it is now, one at a time. */
  async make() {
    if (this.busy || !this.map.legend.pictures) return;
    this.busy = true;
    const { map } = this,
      { data, label } = map,
      wanted = this.wanted(),
      space = this.space(),
      even = map.legend.pictures === "even";
    const { cells, columns } = even ? evenCells(map) : quantileCells();
    const codes = Float32Array.from(
      cells.flatMap(({ left, right, bottom, top }) => [...map.lift((left + right) / 2, (bottom + top) / 2)]),
    );
    const made = await decoded(data.run, codes, label, columns).catch(() => null);
    this.busy = false;
    if (!made) return; // the server is gone; the next change of the view asks again
    if (data.run !== map.data.run) return map.draw();
    const { pixels, width, height } = made;
    const canvas = Object.assign(make("canvas"), { width, height });
    canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
    Object.assign(this, {
      shown: wanted,
      sheet: { cells, columns, canvas, even, space, wide: data.shape[2], high: data.shape[1] },
    });
    map.draw();
    map.root.dispatchEvent(new CustomEvent("manifold", { detail: { count: cells.length } }));
  }
}
