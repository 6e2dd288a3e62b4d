// The product of two matrices in memory: matmul.wat compiled, or plain JavaScript in a browser without WebAssembly's vectors.

const compiled = await fetch(new URL("matmul.wasm", import.meta.url))
  .then((answer) => answer.arrayBuffer())
  .then((bytes) => WebAssembly.compile(bytes))
  .catch(() => null);
const PAGE = 65536; // bytes: memory comes in pages

/** `count` rounded up to a multiple of `step`. */
export const roundUp = (count, step) => Math.ceil(count / step) * step;

/** A stretch of memory for weights and values. What is wanted is reserved first, then it is opened once for all. */
export class Arena {
  size = 0;

  /** Reserve `count` numbers, 0 at first, and return where they begin. */
  reserve(count) {
    const at = this.size;
    this.size += roundUp(count, 32);
    return at;
  }

  /** Make the memory: `floats` is all of it. @param module the compiled matmul.wat; null for the plain product */
  open(module = compiled) {
    const pages = Math.ceil((4 * this.size) / PAGE),
      memory = module && new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.floats = memory ? new Float32Array(memory.buffer) : new Float32Array(this.size);
    this.vectors = module && new WebAssembly.Instance(module, { page: { memory } }).exports;
  }

  /**
   * c += a · b for row-major a (m × k), b (k × n), c (m × n), given by where they begin. One row needs n in 32s, more rows
   * need m in 4s and n in 8s.
   */
  product(a, b, c, m, k, n) {
    if (this.vectors) this.vectors[m === 1 ? "gemv" : "gemm"](4 * a, 4 * b, 4 * c, m, k, n);
    else plain(this.floats, a, b, c, m, k, n);
  }

  /** Add a plane of rows × columns, each row `across` numbers after the last, to every `step`-th number of rows `down` apart. */
  scatter(from, to, rows, columns, across, down, step) {
    if (rows < 1 || columns < 1) return;
    if (this.vectors) return this.vectors.scatter(4 * from, 4 * to, rows, columns, 4 * across, 4 * down, 4 * step);
    const { floats } = this;
    for (let row = 0; row < rows; row++, from += across, to += down) {
      for (let x = 0, at = to; x < columns; x++, at += step) floats[at] += floats[from + x];
    }
  }
}

function plain(floats, a, b, c, m, k, n) {
  for (let row = 0; row < m; row++) {
    for (let i = 0; i < k; i++) {
      const value = floats[a + row * k + i],
        from = b + i * n,
        to = c + row * n;
      for (let j = 0; j < n; j++) floats[to + j] += value * floats[from + j];
    }
  }
}
