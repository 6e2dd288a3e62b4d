// Reads the files that the server writes with vae_core/runtime/container.py: safetensors whose metadata holds a JSON header.

const VIEWS = { F32: Float32Array, F16: Uint16Array, U8: Uint8Array };

/** Arrays by name. They are views of the buffer, aligned because a file's widest numbers come first, except float16. */
export class Safetensors {
  /** @param {ArrayBuffer} buffer a whole file */
  constructor(buffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const { __metadata__: metadata, ...tensors } = JSON.parse(
      new TextDecoder().decode(new Uint8Array(buffer, 8, length)),
    );
    this.buffer = buffer;
    this.start = 8 + length;
    this.tensors = tensors;
    this.header = JSON.parse(metadata.header);
  }

  /**
   * The numbers of an array, row by row; float16 becomes float32.
   * @param {string} name
   * @returns {Float32Array | Uint8Array | null} null if the file has no such array
   */
  array(name) {
    if (!(name in this.tensors)) return null;
    const { dtype, data_offsets } = this.tensors[name],
      [begin, end] = data_offsets,
      View = VIEWS[dtype];
    const view = new View(this.buffer, this.start + begin, (end - begin) / View.BYTES_PER_ELEMENT);
    return view instanceof Uint16Array ? halvesToFloats(view) : view;
  }
}

/** One float16 (its 16 bits) as a number. */
function halfToNumber(bits) {
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
