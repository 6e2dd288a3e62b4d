// Runs a decoder in the page. The format is written by vae_core/export/browser.py.

import { BATCH, layerOf } from "./layers.js";
import { Arena, roundUp } from "./matmul.js";
import { Safetensors } from "./safetensors.js";

export class Decoder {
  /**
   * @param {ArrayBuffer} buffer what the server sent
   * @param arena where weights and values are kept
   */
  constructor(buffer, arena = new Arena()) {
    const file = new Safetensors(buffer),
      { header } = file;
    Object.assign(this, {
      buffer,
      arena,
      shape: header.shape,
      latentDim: header.latentDim,
      conditions: header.conditions ?? 0,
    });
    this.size = this.shape[0] * this.shape[1] * this.shape[2];
    this.stride = roundUp(this.latentDim + this.conditions, 4);
    this.input = arena.reserve(BATCH * this.stride);
    let stride = this.stride;
    this.layers = header.layers.map((about) => {
      const layer = layerOf(arena, about, stride);
      stride = layer.stride;
      return layer;
    });
    this.outputStride = stride;
    arena.open();
    this.layers.forEach((layer, i) => layer.load({ weight: file.array(`${i}.weight`), bias: file.array(`${i}.bias`) }));
  }

  /**
   * A code of latentDim numbers → channels × height × width grey values in [0, 1]. The array is used again by the next call.
   * A conditional decoder also reads a class, one-hot after the code; any other ignores `label`.
   */
  decode(z, label = 0) {
    this.write(0, z, label);
    const at = this.run(1);
    return this.arena.floats.subarray(at, at + this.size);
  }

  /** Codes one after the other (count × latentDim) → their images one after the other, in an array of their own. */
  decodeAll(codes, label = 0) {
    const { latentDim, size } = this,
      count = codes.length / latentDim,
      images = new Float32Array(count * size);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Math.min(BATCH, count - first);
      for (let row = 0; row < rows; row++)
        this.write(row, codes.slice((first + row) * latentDim, (first + row + 1) * latentDim), label);
      const at = this.run(roundUp(rows, 4));
      for (let row = 0; row < rows; row++) {
        const from = at + row * this.outputStride;
        images.set(this.arena.floats.subarray(from, from + size), (first + row) * size);
      }
    }
    return images;
  }

  write(row, z, label) {
    const {
        arena: { floats },
        input,
        stride,
        latentDim,
        conditions,
      } = this,
      at = input + row * stride;
    floats.set(z, at);
    if (conditions) floats.fill(0, at + latentDim, at + latentDim + conditions)[at + latentDim + label] = 1;
  }

  run(rows) {
    return this.layers.reduce((values, layer) => layer.run(rows, values), this.input);
  }
}
