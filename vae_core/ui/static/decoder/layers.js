// The layers of a decoder. Values lie in rows, an image per row; numbers that pad a row meet no weight but zero.

import { Elementwise, FUNCTIONS, apply } from "./elementwise.js";
import { roundUp } from "./matmul.js";

/** @import { Arena } from "./matmul.js" */

/**
 * A layer in the header of a decoder's file. Only the properties of its kind are there.
 * @typedef {object} LayerHeader
 * @property {string} kind
 * @property {number} inputs numbers, or channels
 * @property {number} outputs numbers, or channels
 * @property {number} hidden numbers within a monotone layer
 * @property {number} slope of a monotone layer
 * @property {number} kernel side of a convolution's kernel
 * @property {number} stride of a convolution
 * @property {number} padding of a convolution
 * @property {[number, number]} from height and width before a convolution
 * @property {[number, number]} to height and width after a convolution
 */

/**
 * @typedef {object} Layer
 * @property {number} stride numbers per row of the output
 * @property {(weight: Float32Array, bias: Float32Array) => void} load
 * @property {(rows: number, input: number) => number} run takes the place of the input and returns that of the output
 */

export const BATCH = 16; // images at once: the values between two layers stay in the processor's cache

/**
 * Copy the rows of a matrix into memory, each padded to `stride` numbers.
 * @param {Float32Array} floats
 * @param {number} place
 * @param {Float32Array} matrix row-major
 * @param {number} columns
 * @param {number} stride
 */
function copyRows(floats, place, matrix, columns, stride) {
  for (let row = 0; row * columns < matrix.length; row++)
    floats.set(matrix.subarray(row * columns, (row + 1) * columns), place + row * stride);
}

/**
 * Transpose a row-major matrix.
 * @param {Float32Array} matrix
 * @param {number} rows
 * @param {number} columns
 * @returns {Float32Array}
 */
const transpose = (matrix, rows, columns) =>
  Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);

/**
 * W x + b.
 * @implements {Layer}
 */
class Linear {
  /**
   * @param {Arena} arena
   * @param {Pick<LayerHeader, "outputs">} header
   * @param {number} inputStride
   */
  constructor(arena, { outputs }, inputStride) {
    this.arena = arena;
    this.outputs = outputs;
    this.inputStride = inputStride;
    this.stride = roundUp(outputs, 32);
    this.weight = arena.reserve(inputStride * this.stride);
    this.bias = arena.reserve(this.stride);
    this.output = arena.reserve(BATCH * this.stride);
  }

  /**
   * @param {Float32Array} weight inputs × outputs
   * @param {Float32Array} bias outputs
   */
  load(weight, bias) {
    copyRows(this.arena.floats, this.weight, weight, this.outputs, this.stride);
    this.arena.floats.set(bias, this.bias);
  }

  /**
   * @param {number} rows
   * @param {number} input
   */
  run(rows, input) {
    const { arena, bias, output, stride } = this;
    for (let row = 0; row < rows; row++) arena.floats.copyWithin(output + row * stride, bias, bias + stride);
    arena.product(input, this.weight, output, rows, this.inputStride, stride);
    return output;
  }
}

/**
 * Wᵀ σ(W x + b) + slope · x.
 * @implements {Layer}
 */
class Monotone {
  /**
   * @param {Arena} arena
   * @param {LayerHeader} header
   * @param {number} inputStride
   */
  constructor(arena, { inputs, hidden, slope }, inputStride) {
    this.arena = arena;
    this.inputs = inputs;
    this.hidden = hidden;
    this.slope = slope;
    this.stride = inputStride;
    this.linear = new Linear(arena, { outputs: hidden }, inputStride);
    this.transposed = arena.reserve(this.linear.stride * inputStride);
    this.output = arena.reserve(BATCH * inputStride);
  }

  /**
   * @param {Float32Array} weight inputs × hidden
   * @param {Float32Array} bias hidden
   */
  load(weight, bias) {
    this.linear.load(weight, bias);
    const transposed = transpose(weight, this.inputs, this.hidden);
    copyRows(this.arena.floats, this.transposed, transposed, this.inputs, this.stride);
  }

  /**
   * @param {number} rows
   * @param {number} input
   */
  run(rows, input) {
    const { arena, linear, output, stride, slope } = this;
    const { floats } = arena;
    const hidden = linear.run(rows, input);
    apply(floats, hidden, rows * linear.stride, FUNCTIONS.sigmoid);
    for (let i = 0; i < rows * stride; i++) floats[output + i] = slope * floats[input + i];
    arena.product(hidden, this.transposed, output, rows, linear.stride, stride);
    return output;
  }
}

/**
 * A transposed convolution. One product computes what each pixel adds to its neighbourhood, a patch for each output
 * channel and place of the kernel; then the patches are added.
 * @implements {Layer}
 */
class ConvTranspose {
  /**
   * @param {Arena} arena
   * @param {LayerHeader} header
   * @param {number} inputStride
   */
  constructor(arena, { inputs, outputs, kernel, stride, padding, from, to }, inputStride) {
    this.arena = arena;
    this.inputs = inputs;
    this.outputs = outputs;
    this.kernel = kernel;
    this.step = stride;
    this.padding = padding;
    this.from = from;
    this.to = to;
    this.inputStride = inputStride;
    this.pixels = from[0] * from[1];
    this.patches = outputs * kernel ** 2;
    this.size = outputs * to[0] * to[1];
    this.stride = roundUp(this.size, 32);
    this.pixelStride = roundUp(this.pixels, 8);
    this.patchRows = roundUp(this.patches, 4);
    this.weight = arena.reserve(this.patchRows * inputs);
    this.bias = arena.reserve(outputs);
    this.input = arena.reserve(inputs * this.pixelStride);
    this.patch = arena.reserve(this.patchRows * this.pixelStride);
    this.output = arena.reserve(BATCH * this.stride);
  }

  /**
   * @param {Float32Array} weight inputs × outputs × kernel × kernel
   * @param {Float32Array} bias outputs
   */
  load(weight, bias) {
    this.arena.floats.set(transpose(weight, this.inputs, this.patches), this.weight);
    this.arena.floats.set(bias, this.bias);
  }

  /**
   * @param {number} rows
   * @param {number} input
   */
  run(rows, input) {
    for (let row = 0; row < rows; row++) this.runOne(input + row * this.inputStride, this.output + row * this.stride);
    return this.output;
  }

  /**
   * Run the layer on one image.
   * @param {number} input
   * @param {number} output
   */
  runOne(input, output) {
    const { arena, pixels, patch } = this;
    const { floats } = arena;
    const plane = this.size / this.outputs;
    for (let i = 0; i < this.inputs; i++)
      floats.copyWithin(this.input + i * this.pixelStride, input + i * pixels, input + (i + 1) * pixels);
    floats.fill(0, patch, patch + this.patchRows * this.pixelStride);
    arena.product(this.weight, this.input, patch, this.patchRows, this.inputs, this.pixelStride);
    for (let o = 0; o < this.outputs; o++)
      floats.fill(floats[this.bias + o], output + o * plane, output + (o + 1) * plane);
    for (let index = 0; index < this.patches; index++) this.addPatch(index, output);
  }

  /**
   * Add a patch, as far as it lies within the output.
   * @param {number} index
   * @param {number} output
   */
  addPatch(index, output) {
    const { kernel, step, padding, arena } = this;
    const [height, width] = this.from;
    const [outputHeight, outputWidth] = this.to;
    const channel = Math.floor(index / kernel ** 2);
    const down = (Math.floor(index / kernel) % kernel) - padding;
    const across = (index % kernel) - padding;
    const top = Math.max(0, Math.ceil(-down / step));
    const left = Math.max(0, Math.ceil(-across / step));
    const rows = Math.min(height, Math.floor((outputHeight - 1 - down) / step) + 1) - top;
    const columns = Math.min(width, Math.floor((outputWidth - 1 - across) / step) + 1) - left;
    const from = this.patch + index * this.pixelStride + top * width + left;
    const to = output + (channel * outputHeight + top * step + down) * outputWidth + left * step + across;
    arena.scatter(from, to, rows, columns, width, step * outputWidth, step);
  }
}

/**
 * Create a layer of the kind that its header names.
 * @param {Arena} arena
 * @param {LayerHeader} header
 * @param {number} inputStride numbers per row of the input
 * @returns {Layer}
 */
export function createLayer(arena, header, inputStride) {
  switch (header.kind) {
    case "linear":
      return new Linear(arena, header, inputStride);
    case "monotone":
      return new Monotone(arena, header, inputStride);
    case "convTranspose":
      return new ConvTranspose(arena, header, inputStride);
    default:
      if (!(header.kind in FUNCTIONS)) throw new Error(`The page cannot run a layer of kind ${header.kind}`);
      return new Elementwise(arena, header, inputStride);
  }
}
