// Runs a decoder in the page. The format is written by vae_core/export/browser.py.

import { BATCH, createLayer } from "./layers.js";
import { Arena, roundUp } from "./matmul.js";
import { Safetensors } from "./safetensors.js";

/** @import { LayerHeader } from "./layers.js" */

export class Decoder {
  /**
   * @param {ArrayBuffer} buffer a file of the server
   * @param {Arena} [arena] the memory for weights and values
   */
  constructor(buffer, arena = new Arena()) {
    const file = new Safetensors(buffer);
    this.buffer = buffer;
    this.arena = arena;
    /** @type {[number, number, number]} */
    this.shape = file.header.shape; // channels, height and width
    /** @type {number} */
    this.latentDim = file.header.latentDim;
    /** @type {number} */
    this.conditions = file.header.conditions ?? 0; // classes that a conditional decoder reads
    this.size = this.shape[0] * this.shape[1] * this.shape[2];
    this.stride = roundUp(this.latentDim + this.conditions, 4); // numbers per row of the input
    this.input = arena.reserve(BATCH * this.stride);
    this.outputStride = this.stride;
    this.layers = file.header.layers.map((/** @type {LayerHeader} */ header) => {
      const layer = createLayer(arena, header, this.outputStride);
      this.outputStride = layer.stride;
      return layer;
    });
    arena.open();
    for (const [i, layer] of this.layers.entries())
      if (file.has(`${i}.weight`)) layer.load(file.floats(`${i}.weight`), file.floats(`${i}.bias`));
  }

  /**
   * Decode one code.
   * @param {ArrayLike<number>} code latentDim numbers
   * @param {number} [label] the class that a conditional decoder reads, one-hot after the code; any other ignores it
   * @returns {Float32Array} values in [0, 1], channels × height × width; the next call overwrites them
   */
  decode(code, label = 0) {
    this.write(0, code, label);
    const place = this.run(1);
    return this.arena.floats.subarray(place, place + this.size);
  }

  /**
   * Decode many codes.
   * @param {Float32Array | number[]} codes one code after another (count × latentDim)
   * @param {number} [label] as for `decode`
   * @returns {Float32Array} one image after another (count × channels × height × width), in an array of its own
   */
  decodeAll(codes, label = 0) {
    const { latentDim, size } = this;
    const count = codes.length / latentDim;
    const images = new Float32Array(count * size);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Math.min(BATCH, count - first);
      for (let row = 0; row < rows; row++)
        this.write(row, codes.slice((first + row) * latentDim, (first + row + 1) * latentDim), label);
      const place = this.run(roundUp(rows, 4));
      for (let row = 0; row < rows; row++) {
        const from = place + row * this.outputStride;
        images.set(this.arena.floats.subarray(from, from + size), (first + row) * size);
      }
    }
    return images;
  }

  /**
   * Write a code and a class into a row of the input.
   * @param {number} row
   * @param {ArrayLike<number>} code
   * @param {number} label
   */
  write(row, code, label) {
    const { floats } = this.arena;
    const place = this.input + row * this.stride;
    floats.set(code, place);
    if (!this.conditions) return;
    const oneHot = place + this.latentDim;
    floats.fill(0, oneHot, oneHot + this.conditions);
    floats[oneHot + label] = 1;
  }

  /**
   * Run all layers on the first rows of the input.
   * @param {number} rows 1 or a multiple of 4
   * @returns {number} the place of the output
   */
  run(rows) {
    let place = this.input;
    for (const layer of this.layers) place = layer.run(rows, place);
    return place;
  }
}
