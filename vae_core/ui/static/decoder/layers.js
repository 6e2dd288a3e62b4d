// The layers of a decoder: products of matrices, and what is done to each number. Values lie in rows, an image a row, each
// row filled up with what no weight reads.

import { roundUp } from "./matmul.js";

export const BATCH = 16; // images at once: the values between two layers stay in the processor's cache

const each = {
  relu: (x) => (x > 0 ? x : 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tilt: (x) => (Math.abs(x) < 0.05 ? 0.5 + x / 12 - x ** 3 / 720 : 1 / (1 - Math.exp(-x)) - 1 / x), // the mean of a continuous Bernoulli
  clip: (x) => (x < 0 ? 0 : x > 1 ? 1 : x),
};

function apply(floats, from, count, change) {
  for (let i = from; i < from + count; i++) floats[i] = change(floats[i]);
}

/** Lay the rows of a matrix into the arena, each filled up to `stride` numbers. */
function lay(floats, at, matrix, columns, stride) {
  for (let row = 0; row * columns < matrix.length; row++)
    floats.set(matrix.subarray(row * columns, (row + 1) * columns), at + row * stride);
}

const transposed = (matrix, rows, columns) =>
  Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);

/** A number after the other, in place. */
class Elementwise {
  constructor(arena, { kind }, stride) {
    Object.assign(this, { arena, change: each[kind], stride });
  }

  load() {}

  run(rows, input) {
    apply(this.arena.floats, input, rows * this.stride, this.change);
    return input;
  }
}

/** W x + b */
class Linear {
  constructor(arena, { inputs, outputs }, from) {
    Object.assign(this, { arena, inputs, outputs, from, stride: roundUp(outputs, 32) });
    this.weight = arena.reserve(from * this.stride);
    this.bias = arena.reserve(this.stride);
    this.output = arena.reserve(BATCH * this.stride);
  }

  load({ weight, bias }) {
    lay(this.arena.floats, this.weight, weight, this.outputs, this.stride);
    this.arena.floats.set(bias, this.bias);
  }

  run(rows, input) {
    const { arena, bias, output, stride } = this;
    for (let row = 0; row < rows; row++) arena.floats.copyWithin(output + row * stride, bias, bias + stride);
    arena.product(input, this.weight, output, rows, this.from, stride);
    return output;
  }
}

/** Wᵀ σ(W x + b) + slope · x */
class Monotone {
  constructor(arena, { inputs, hidden, slope }, from) {
    Object.assign(this, { arena, inputs, hidden, slope, stride: from });
    this.within = new Linear(arena, { inputs, outputs: hidden }, from);
    this.back = arena.reserve(this.within.stride * from);
    this.output = arena.reserve(BATCH * from);
  }

  load({ weight, bias }) {
    this.within.load({ weight, bias });
    lay(this.arena.floats, this.back, transposed(weight, this.inputs, this.hidden), this.inputs, this.stride);
  }

  run(rows, input) {
    const { arena, within, output, stride, slope } = this,
      hidden = within.run(rows, input),
      { floats } = arena;
    apply(floats, hidden, rows * within.stride, each.sigmoid);
    for (let i = 0; i < rows * stride; i++) floats[output + i] = slope * floats[input + i];
    arena.product(hidden, this.back, output, rows, within.stride, stride);
    return output;
  }
}

/** A transposed convolution: one product gives what each place adds to its surroundings, then it is added. */
class ConvTranspose {
  constructor(arena, { inputs, outputs, kernel, stride, padding, from: before, to: after }, from) {
    const places = before[0] * before[1],
      patches = outputs * kernel ** 2,
      size = outputs * after[0] * after[1];
    Object.assign(this, {
      arena,
      inputs,
      outputs,
      kernel,
      step: stride,
      padding,
      before,
      after,
      from,
      places,
      patches,
      size,
    });
    this.stride = roundUp(size, 32);
    this.row = roundUp(places, 8);
    this.rows = roundUp(patches, 4);
    this.weight = arena.reserve(this.rows * inputs);
    this.bias = arena.reserve(outputs);
    this.input = arena.reserve(inputs * this.row);
    this.added = arena.reserve(this.rows * this.row);
    this.output = arena.reserve(BATCH * this.stride);
  }

  load({ weight, bias }) {
    this.arena.floats.set(transposed(weight, this.inputs, this.patches), this.weight);
    this.arena.floats.set(bias, this.bias);
  }

  run(rows, input) {
    for (let row = 0; row < rows; row++) this.runOne(input + row * this.from, this.output + row * this.stride);
    return this.output;
  }

  runOne(input, output) {
    const { arena, places, added } = this,
      { floats } = arena,
      plane = this.size / this.outputs;
    for (let i = 0; i < this.inputs; i++)
      floats.copyWithin(this.input + i * this.row, input + i * places, input + (i + 1) * places);
    floats.fill(0, added, added + this.rows * this.row);
    arena.product(this.weight, this.input, added, this.rows, this.inputs, this.row);
    for (let o = 0; o < this.outputs; o++)
      floats.fill(floats[this.bias + o], output + o * plane, output + (o + 1) * plane);
    for (let patch = 0; patch < this.patches; patch++) this.scatter(patch, output);
  }

  /** Add one output channel's share at one place of the kernel, as far as it falls within the output. */
  scatter(patch, output) {
    const {
      kernel,
      step,
      padding,
      before: [height, width],
      after: [tall, wide],
      arena,
    } = this;
    const o = Math.floor(patch / kernel ** 2),
      down = (Math.floor(patch / kernel) % kernel) - padding,
      across = (patch % kernel) - padding;
    const [top, left] = [down, across].map((shift) => Math.max(0, Math.ceil(-shift / step)));
    const rows = Math.min(height, Math.floor((tall - 1 - down) / step) + 1) - top,
      columns = Math.min(width, Math.floor((wide - 1 - across) / step) + 1) - left;
    const to = output + (o * tall + top * step + down) * wide + left * step + across;
    arena.scatter(this.added + patch * this.row + top * width + left, to, rows, columns, width, step * wide, step);
  }
}

/** A layer of the kind that its header names, to be given rows of `stride` numbers. */
export function layerOf(arena, header, stride) {
  const kinds = { linear: Linear, monotone: Monotone, convTranspose: ConvTranspose };
  return new (kinds[header.kind] ?? Elementwise)(arena, header, stride);
}
