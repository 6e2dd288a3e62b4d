// A film as the server writes it: stills, each a point of the curves, places on the map, KL, reconstructions and samples.

import { Safetensors } from "../decoder/safetensors.js";

export class Recording {
  /** @param {ArrayBuffer} buffer what the server sent */
  constructor(buffer) {
    const file = new Safetensors(buffer);
    this.header = file.header;
    this.rows = file.header.rows;
    this.count = this.rows.length;
    this.points = file.floats("points");
    this.kl = file.floats("kl");
    this.reconstructions = file.bytes("reconstructions");
    this.samples = file.bytes("samples");
  }

  /** Still i: {row, points: Float32Array x, y, …, kl, reconstructions and samples: bytes}, views of all stills' numbers. */
  still(i) {
    const part = (all) => all.subarray((i * all.length) / this.count, ((i + 1) * all.length) / this.count);
    return {
      row: this.rows[i],
      points: part(this.points),
      kl: part(this.kl),
      reconstructions: part(this.reconstructions),
      samples: part(this.samples),
    };
  }
}
