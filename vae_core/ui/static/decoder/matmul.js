// Matrix products in one memory: matmul.wat compiled to WebAssembly, or plain JavaScript in a browser without vector
// instructions.

/**
 * The functions of matmul.wat; places are byte addresses.
 * @typedef {object} Vectors
 * @property {Product} gemv c += a · b, row by row; n is a multiple of 32
 * @property {Product} gemm c += a · b, four rows at a time; m is a multiple of 4 and n of 8
 * @property {(from: number, to: number, rows: number, columns: number, across: number, down: number, step: number)
 *   => void} scatter
 */
/** @typedef {(a: number, b: number, c: number, m: number, k: number, n: number) => void} Product */

const PAGE_BYTES = 65536; // of WebAssembly's memory
const FLOAT_BYTES = 4;
const ALIGNMENT = 32; // numbers: the eight vectors of four that gemv writes at once

const compiled = await fetch(new URL("matmul.wasm", import.meta.url))
  .then((response) => response.arrayBuffer())
  .then((bytes) => WebAssembly.compile(bytes))
  .catch(() => null);

/**
 * Round a count up to a multiple of `step`.
 * @param {number} count
 * @param {number} step
 * @returns {number}
 */
export const roundUp = (count, step) => Math.ceil(count / step) * step;

/**
 * The memory of a network: all parts are reserved first, then it is allocated once. A place is an index of `floats`.
 */
export class Arena {
  constructor() {
    this.size = 0; // numbers
    this.floats = new Float32Array(0);
    /** @type {Vectors | null} */
    this.vectors = null;
  }

  /**
   * Reserve numbers, which are zero after `open`.
   * @param {number} count
   * @returns {number} the place of the first one
   */
  reserve(count) {
    const place = this.size;
    this.size += roundUp(count, ALIGNMENT);
    return place;
  }

  /**
   * Allocate the memory.
   * @param {WebAssembly.Module | null} [module] the compiled matmul.wat; null for the product in plain JavaScript
   */
  open(module = compiled) {
    if (!module) {
      this.floats = new Float32Array(this.size);
      return;
    }
    const pages = Math.ceil((FLOAT_BYTES * this.size) / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(module, { page: { memory } });
    this.floats = new Float32Array(memory.buffer);
    this.vectors = /** @type {Vectors} */ (/** @type {unknown} */ (exports));
  }

  /**
   * Add a product of row-major matrices: c += a · b with a (m × k), b (k × n) and c (m × n). If m is 1, n is a multiple
   * of 32; otherwise m is a multiple of 4 and n of 8.
   * @param {number} a the place of a
   * @param {number} b the place of b
   * @param {number} c the place of c
   * @param {number} m
   * @param {number} k
   * @param {number} n
   */
  product(a, b, c, m, k, n) {
    if (!this.vectors) return plainProduct(this.floats, a, b, c, m, k, n);
    const multiply = m === 1 ? this.vectors.gemv : this.vectors.gemm;
    multiply(FLOAT_BYTES * a, FLOAT_BYTES * b, FLOAT_BYTES * c, m, k, n);
  }

  /**
   * Add a plane of rows × columns to numbers that lie apart.
   * @param {number} from the place of the plane
   * @param {number} to the place of the first number to add to
   * @param {number} rows
   * @param {number} columns
   * @param {number} across numbers from a row of the plane to the next
   * @param {number} down numbers from a row of the target to the next
   * @param {number} step numbers from a column of the target to the next
   */
  scatter(from, to, rows, columns, across, down, step) {
    if (rows < 1 || columns < 1) return;
    if (this.vectors) {
      this.vectors.scatter(
        FLOAT_BYTES * from,
        FLOAT_BYTES * to,
        rows,
        columns,
        FLOAT_BYTES * across,
        FLOAT_BYTES * down,
        FLOAT_BYTES * step,
      );
      return;
    }
    const { floats } = this;
    for (let row = 0; row < rows; row++, from += across, to += down) {
      for (let x = 0, at = to; x < columns; x++, at += step) floats[at] += floats[from + x];
    }
  }
}

/**
 * @param {Float32Array} floats
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} m
 * @param {number} k
 * @param {number} n
 */
function plainProduct(floats, a, b, c, m, k, n) {
  for (let row = 0; row < m; row++) {
    for (let i = 0; i < k; i++) {
      const value = floats[a + row * k + i];
      const from = b + i * n;
      const to = c + row * n;
      for (let j = 0; j < n; j++) floats[to + j] += value * floats[from + j];
    }
  }
}
