// Decodes and paints many pictures without holding up a drag: as many a frame as there is time for.

import { paint } from "./picture.js";

const BUDGET = 8; // milliseconds of a frame of 16

export class PaintQueue {
  next = 0;
  left = 0;

  /**
   * Paint `tiles`, a list of {canvas, code: () → code}. What was asked for before is forgotten. Where there is no time for all,
   * the next call goes on behind the last picture painted, so that each of them follows a drag.
   */
  paint(tiles, decoder, label) {
    Object.assign(this, { tiles, decoder, label, left: tiles.length });
    this.working ??= requestAnimationFrame(() => this.work());
  }

  work() {
    const end = performance.now() + BUDGET;
    this.working = null;
    for (; this.left > 0 && performance.now() < end; this.left--, this.next++) {
      const { canvas, code } = this.tiles[this.next % this.tiles.length];
      paint(canvas, this.decoder.decode(code(), this.label), this.decoder.shape);
    }
    if (this.left > 0) this.working = requestAnimationFrame(() => this.work());
  }
}
