// Reads the files that vae_core/runtime/container.py writes: safetensors whose metadata holds a JSON header.
// The format: https://huggingface.co/docs/safetensors

/** @typedef {{dtype: keyof typeof VIEWS, shape: number[], data_offsets: [number, number]}} TensorEntry */

const VIEWS = { F32: Float32Array, F16: Uint16Array, U8: Uint8Array };
const LENGTH_BYTES = 8; // of the header's length, which begins a file

/**
 * Arrays by name. They are views of the file, aligned because its widest numbers come first; only float16 is converted.
 */
export class Safetensors {
  /** @param {ArrayBuffer} buffer a whole file */
  constructor(buffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const json = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length));
    const { __metadata__: metadata, ...tensors } = JSON.parse(json);
    this.buffer = buffer;
    this.start = LENGTH_BYTES + length; // of the arrays
    /** @type {Record<string, TensorEntry>} */
    this.tensors = tensors;
    /** @type {Record<string, any>} */
    this.header = JSON.parse(metadata.header);
  }

  /**
   * Tell whether the file has an array.
   * @param {string} name
   * @returns {boolean}
   */
  has(name) {
    return Object.hasOwn(this.tensors, name);
  }

  /**
   * Return the numbers of a float32 or float16 array, row by row.
   * @param {string} name
   * @returns {Float32Array}
   * @throws {Error} if the file has no such array of floats
   */
  floats(name) {
    const view = this.view(name);
    if (view instanceof Float32Array) return view;
    if (view instanceof Uint16Array) return halvesToFloats(view);
    throw new Error(`The array ${name} does not hold floats`);
  }

  /**
   * Return the numbers of a uint8 array, row by row.
   * @param {string} name
   * @returns {Uint8Array}
   * @throws {Error} if the file has no such array of bytes
   */
  bytes(name) {
    const view = this.view(name);
    if (view instanceof Uint8Array) return view;
    throw new Error(`The array ${name} does not hold bytes`);
  }

  /** @param {string} name */
  view(name) {
    if (!this.has(name)) throw new Error(`The file has no array ${name}`);
    const { dtype, data_offsets } = this.tensors[name];
    const [begin, end] = data_offsets;
    const View = VIEWS[dtype];
    return new View(this.buffer, this.start + begin, (end - begin) / View.BYTES_PER_ELEMENT);
  }
}

/**
 * Return the value of a float16 from its 16 bits.
 * @param {number} bits
 * @returns {number}
 */
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Convert float16 numbers to float32. Normal numbers take a path that only shifts bits; zeros, subnormals and
 * infinities are rare.
 * @param {Uint16Array} halves the bits of each number
 * @returns {Float32Array}
 */
export function halvesToFloats(halves) {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    const exponent = half & 0x7c00;
    if (exponent === 0 || exponent === 0x7c00) floats[i] = halfToNumber(half);
    else bits[i] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + 0x38000000);
  }
  return floats;
}
