// Runs a decoder in the page. The format is written by vae_core/browser.py.

import { BATCH, layerOf } from "./layers.js";
import { Arena, roundUp } from "./matmul.js";

/** One float16 (its 16 bits) as a number. */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1,
    exponent = (bits >> 10) & 31,
    fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float16 bits (Uint16Array) as a Float32Array. Only normal numbers take the fast path. */
export function halvesToFloats(halves) {
  const floats = new Float32Array(halves.length),
    bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i],
      exponent = half & 0x7c00;
    if (exponent === 0 || exponent === 0x7c00) floats[i] = halfToNumber(half);
    else bits[i] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + 0x38000000);
  }
  return floats;
}

/** Splits "length, JSON, rest" as the server writes it. */
export function splitHeader(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), start: 4 + length };
}

export class Decoder {
  /**
   * @param {ArrayBuffer} buffer what the server sent
   * @param arena where weights and values are kept
   */
  constructor(buffer, arena = new Arena()) {
    const { header, start } = splitHeader(buffer);
    const numbers = halvesToFloats(new Uint16Array(buffer, start));
    let used = 0;
    const take = (count) => numbers.subarray(used, (used += count));
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
    for (const layer of this.layers) layer.load(take);
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
