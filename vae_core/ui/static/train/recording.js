// A film as the server writes it: stills, each a point of the curves, places on the map, KL, reconstructions and samples.

import { halvesToFloats, splitHeader } from "../decoder/decoder.js";

export class Recording {
  constructor(buffer) {
    const { header, start } = splitHeader(buffer),
      { rows, shapes } = header,
      count = rows.length;
    const length = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, shape.reduce((a, b) => a * b, 1)]),
    );
    let at = start;
    const take = (name, bytes) => (at += bytes * count * length[name]) - bytes * count * length[name];
    Object.assign(this, { header, rows, count, length, buffer });
    this.starts = {
      points: take("points", 2),
      kl: take("kl", 4),
      reconstructions: take("reconstructions", 1),
      samples: take("samples", 1),
    };
  }

  /** Still i: {row, points: Float32Array x, y, …, kl, reconstructions and samples: bytes}. */
  still(i) {
    const { buffer, length, starts } = this;
    const part = (Kind, name) => {
      const size = Kind.BYTES_PER_ELEMENT * length[name],
        at = starts[name] + i * size;
      return new Kind(buffer.slice(at, at + size));
    };
    return {
      row: this.rows[i],
      points: halvesToFloats(part(Uint16Array, "points")),
      kl: part(Float32Array, "kl"),
      reconstructions: part(Uint8Array, "reconstructions"),
      samples: part(Uint8Array, "samples"),
    };
  }
}
