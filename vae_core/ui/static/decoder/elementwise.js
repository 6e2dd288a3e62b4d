// Functions that a decoder applies to each number.

/** @import { Arena } from "./matmul.js" */
/** @import { Layer, LayerHeader } from "./layers.js" */

const SERIES_LIMIT = 0.05; // below it the closed form of the mean loses digits

/** The functions by the name that a file gives them. @type {Record<string, (x: number) => number>} */
export const FUNCTIONS = {
  relu: (x) => (x > 0 ? x : 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  // The mean of a continuous Bernoulli with the logit x (Loaiza-Ganem and Cunningham 2019).
  tilt: (x) => (Math.abs(x) < SERIES_LIMIT ? 0.5 + x / 12 - x ** 3 / 720 : 1 / (1 - Math.exp(-x)) - 1 / x),
  clip: (x) => (x < 0 ? 0 : x > 1 ? 1 : x),
};

/**
 * Apply a function to numbers in place.
 * @param {Float32Array} floats
 * @param {number} from the place of the first number
 * @param {number} count
 * @param {(x: number) => number} change
 */
export function apply(floats, from, count, change) {
  for (let i = from; i < from + count; i++) floats[i] = change(floats[i]);
}

/**
 * A function of each number, in place.
 * @implements {Layer}
 */
export class Elementwise {
  /**
   * @param {Arena} arena
   * @param {LayerHeader} header
   * @param {number} stride
   */
  constructor(arena, { kind }, stride) {
    this.arena = arena;
    this.change = FUNCTIONS[kind];
    this.stride = stride;
  }

  load() {}

  /**
   * @param {number} rows
   * @param {number} input
   */
  run(rows, input) {
    apply(this.arena.floats, input, rows * this.stride, this.change);
    return input;
  }
}
