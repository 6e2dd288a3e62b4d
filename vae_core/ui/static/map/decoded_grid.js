// Decoded images under the points of a map: on a grid of codes over the view, or on one by the quantiles of the prior.

import { quantile } from "../math/normal.js";
import { contextOf, make } from "../page/dom.js";
import { decodeSheet } from "./sheet_decoder.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/**
 * The part of the plane that an image covers.
 * @typedef {{left: number, right: number, bottom: number, top: number}} Cell
 */
/** Cells row by row, from the top. @typedef {{cells: Cell[], columns: number}} Grid */

const CELL_PX = 34; // between two images, on the screen
const QUANTILES = 20; // images across and up
const REST_MS = 60; // without a change of the view, before a new grid is made

/**
 * Equal cells that cover the view, anchored at the origin so that they stay in place when the view moves.
 * @param {Viewport} viewport
 * @returns {Grid}
 */
function evenCells(viewport) {
  const size = CELL_PX / viewport.scale;
  const [left, bottom] = viewport.toData(0, viewport.height).map((edge) => Math.floor(edge / size));
  const [right, top] = viewport.toData(viewport.width, 0).map((edge) => Math.floor(edge / size));
  const cells = [];
  for (let j = top; j >= bottom; j--)
    for (let i = left; i <= right; i++)
      cells.push({ left: i * size, right: (i + 1) * size, bottom: j * size, top: (j + 1) * size });
  return { cells, columns: right - left + 1 };
}

/**
 * Cells between quantiles of N(0, 1), of equal probability; the outermost end where half of their share lies.
 * @returns {Grid}
 */
export function quantileCells() {
  const half = 0.5 / QUANTILES;
  const edges = Array.from({ length: QUANTILES + 1 }, (_, i) =>
    quantile(Math.min(Math.max(i / QUANTILES, half), 1 - half)),
  );
  const cells = [];
  for (let j = QUANTILES - 1; j >= 0; j--)
    for (let i = 0; i < QUANTILES; i++)
      cells.push({ left: edges[i], right: edges[i + 1], bottom: edges[j], top: edges[j + 1] });
  return { cells, columns: QUANTILES };
}

/**
 * A decoded grid. `space` says which coordinates it is in; `isEven` that its cells are equal and join to one image.
 * @typedef {Grid & {canvas: HTMLCanvasElement, isEven: boolean, space: string, width: number, height: number}} Sheet
 * width and height are those of an image, in pixels
 */

/**
 * The images under the points. It dispatches "decodedgrid" on the map's root for each new grid, with the `count` of its
 * images.
 */
export class DecodedGrid {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    /** @type {Sheet | null} */
    this.sheet = null;
    /** @type {string | null} */
    this.key = null; // what the sheet was made for, see `wantedKey`
    this.timer = 0;
    this.isBusy = false;
  }

  /** Make the grid again, because places decode to other images. */
  invalidate() {
    this.key = null;
    this.map.draw();
  }

  /**
   * Draw the newest grid, and request another if the view has changed.
   * @param {CanvasRenderingContext2D} context
   */
  draw(context) {
    const { data } = this.map;
    if (!data || !this.map.legend.pictures) {
      this.sheet = null;
      return;
    }
    if (this.wantedKey(data) !== this.key) this.makeAfterRest();
    if (!this.sheet || this.sheet.space !== spaceOf(data)) return; // of another model, or another view
    const { cells, canvas, width, height, columns, isEven } = this.sheet;
    if (isEven) {
      const last = cells[cells.length - 1];
      const whole = { ...cells[0], right: last.right, bottom: last.bottom };
      return this.drawImage(context, canvas, [0, 0, canvas.width, canvas.height], whole);
    }
    cells.forEach((cell, n) => {
      const [column, row] = [n % columns, Math.floor(n / columns)];
      this.drawImage(context, canvas, [column * width, row * height, width, height], cell);
    });
  }

  /**
   * Draw a part of a canvas over a cell.
   * @param {CanvasRenderingContext2D} context
   * @param {HTMLCanvasElement} canvas
   * @param {[number, number, number, number]} source left, top, width and height in the canvas
   * @param {Cell} cell
   */
  drawImage(context, canvas, source, { left, right, bottom, top }) {
    const [px, py] = this.map.viewport.toPixels(left, top);
    const [qx, qy] = this.map.viewport.toPixels(right, bottom);
    context.drawImage(canvas, ...source, px, py, qx - px, qy - py);
  }

  /**
   * What the grid depends on, as one string.
   * @param {MapData} data
   */
  wantedKey(data) {
    const { viewport, legend, label, through } = this.map;
    const { view, width, height } = viewport;
    const extent = legend.pictures === "even" ? [view, width, height] : 0;
    return JSON.stringify([spaceOf(data), legend.pictures, label, Array.from(through), extent]);
  }

  makeAfterRest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.make(), REST_MS);
  }

  /** Decode a grid of the view, one at a time. */
  async make() {
    const { map } = this;
    const { data, legend } = map;
    if (this.isBusy || !data?.run || !legend.pictures) return;
    this.isBusy = true;
    const [key, space, isEven] = [this.wantedKey(data), spaceOf(data), legend.pictures === "even"];
    const { cells, columns } = isEven ? evenCells(map.viewport) : quantileCells();
    const codes = cells.flatMap(({ left, right, bottom, top }) => map.lift((left + right) / 2, (bottom + top) / 2));
    const decoded = await decodeSheet(data.run, Float32Array.from(codes), map.label, columns).catch(() => null);
    this.isBusy = false;
    if (!decoded) return; // the server cannot be reached; the next change of the view tries again
    if (data.run !== map.data?.run) return map.draw();
    const canvas = Object.assign(make("canvas"), { width: decoded.width, height: decoded.height });
    const context = contextOf(canvas);
    context.putImageData(new ImageData(decoded.pixels, decoded.width, decoded.height), 0, 0);
    this.key = key;
    this.sheet = { cells, columns, canvas, isEven, space, width: data.shape[2], height: data.shape[1] };
    map.draw();
    map.root.dispatchEvent(new CustomEvent("decodedgrid", { detail: { count: cells.length } }));
  }
}

/** @type {(data: MapData) => string} which coordinates a map has */
const spaceOf = ({ run, axes }) => JSON.stringify([run, axes]);
