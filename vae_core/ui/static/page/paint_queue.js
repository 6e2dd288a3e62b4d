// Decodes and paints many images without delaying a drag.

import { paint } from "./picture.js";

/** @import { Decoder } from "../decoder/decoder.js" */
/** @typedef {{canvas: HTMLCanvasElement, code: () => ArrayLike<number>}} Tile */

const BUDGET_MS = 8; // of a frame's 16

/** Paints as many tiles per frame as the budget allows. */
export class PaintQueue {
  constructor() {
    /** @type {Tile[]} */
    this.tiles = [];
    /** @type {Decoder | null} */
    this.decoder = null;
    this.label = 0;
    this.next = 0; // the tile to paint next
    this.remaining = 0;
    this.frame = 0; // the id of the requested frame, 0 for none
  }

  /**
   * Paint tiles; a request that is not finished is replaced. The new one starts behind the last tile painted, so that
   * every tile follows a drag even if no request is ever finished.
   * @param {Tile[]} tiles
   * @param {Decoder} decoder
   * @param {number} label the class that a conditional model decodes
   */
  paint(tiles, decoder, label) {
    this.tiles = tiles;
    this.decoder = decoder;
    this.label = label;
    this.remaining = tiles.length;
    this.frame ||= requestAnimationFrame(() => this.work());
  }

  work() {
    const { decoder } = this;
    const end = performance.now() + BUDGET_MS;
    this.frame = 0;
    if (!decoder) return;
    for (; this.remaining > 0 && performance.now() < end; this.remaining--, this.next++) {
      const { canvas, code } = this.tiles[this.next % this.tiles.length];
      paint(canvas, decoder.decode(code(), this.label), decoder.shape);
    }
    if (this.remaining > 0) this.frame = requestAnimationFrame(() => this.work());
  }
}
