// Runs a decoder in the page. The format is written by vae_core/browser.py.

/** One float16 (its 16 bits) as a number. */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float16 bits (Uint16Array) as a Float32Array. Only normal numbers take the fast path. */
export function halvesToFloats(halves) {
  const floats = new Float32Array(halves.length), bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i], exponent = half & 0x7c00;
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

const elementwise = {
  relu: (x) => (x > 0 ? x : 0),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tilt: (x) => (Math.abs(x) < 0.05 ? 0.5 + x / 12 - x ** 3 / 720 : 1 / (1 - Math.exp(-x)) - 1 / x), // the mean of a continuous Bernoulli
  clip: (x) => (x < 0 ? 0 : x > 1 ? 1 : x),
};

function linear(layer, input, output) {
  const { weight, bias, inputs, outputs } = layer;
  output.set(bias);
  let i = 0;
  for (; i + 3 < inputs; i += 4) { // four inputs at once: a quarter of the loads and stores of the output
    const a = input[i], b = input[i + 1], c = input[i + 2], d = input[i + 3];
    const p = i * outputs, q = p + outputs, r = q + outputs, s = r + outputs;
    for (let o = 0; o < outputs; o++) output[o] += a * weight[p + o] + b * weight[q + o] + c * weight[r + o] + d * weight[s + o];
  }
  for (; i < inputs; i++) {
    const value = input[i], row = i * outputs;
    for (let o = 0; o < outputs; o++) output[o] += value * weight[row + o];
  }
}

/** Wᵀ σ(W x + b) + slope · x */
function monotone(layer, input, output) {
  const { weight, within, slope, hidden } = layer;
  linear(within, input, within.output);
  for (let h = 0; h < hidden; h++) within.output[h] = elementwise.sigmoid(within.output[h]);
  for (let i = 0, at = 0; i < output.length; i++) {
    let sum = slope * input[i];
    for (let h = 0; h < hidden; h++, at++) sum += weight[at] * within.output[h];
    output[i] = sum;
  }
}

function convTranspose(layer, input, output) {
  const { weight, bias, inputs, outputs, kernel, stride, padding } = layer;
  const [height, width] = layer.from, [tall, wide] = layer.to;
  for (let o = 0; o < outputs; o++) output.fill(bias[o], o * tall * wide, (o + 1) * tall * wide);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const w = weight[((i * outputs + o) * kernel + ky) * kernel + kx];
          const firstX = Math.max(0, Math.ceil((padding - kx) / stride));
          const endX = Math.min(width, Math.floor((wide - 1 + padding - kx) / stride) + 1);
          for (let y = 0; y < height; y++) {
            const row = y * stride + ky - padding;
            if (row < 0 || row >= tall) continue;
            const from = (i * height + y) * width;
            let to = (o * tall + row) * wide + firstX * stride + kx - padding;
            for (let x = firstX; x < endX; x++, to += stride) output[to] += w * input[from + x];
          }
        }
      }
    }
  }
}

export class Decoder {
  /** @param {ArrayBuffer} buffer what the server sent */
  constructor(buffer) {
    const { header, start } = splitHeader(buffer);
    const numbers = halvesToFloats(new Uint16Array(buffer, start));
    let used = 0;
    const take = (count) => numbers.subarray(used, (used += count));
    this.shape = header.shape;
    this.latentDim = header.latentDim;
    this.conditions = header.conditions ?? 0;
    this.input = new Float32Array(this.latentDim + this.conditions);
    let size = this.input.length;
    this.layers = header.layers.map((layer) => {
      if (layer.kind === "linear") {
        size = layer.outputs;
        return { ...layer, run: linear, weight: take(layer.inputs * layer.outputs), bias: take(layer.outputs), output: new Float32Array(size) };
      }
      if (layer.kind === "monotone") {
        const { inputs, hidden } = layer, weight = take(inputs * hidden);
        const within = { weight, bias: take(hidden), inputs, outputs: hidden, output: new Float32Array(hidden) };
        return { ...layer, run: monotone, weight, within, output: new Float32Array(size) };
      }
      if (layer.kind === "convTranspose") {
        size = layer.outputs * layer.to[0] * layer.to[1];
        const weights = layer.inputs * layer.outputs * layer.kernel ** 2;
        return { ...layer, run: convTranspose, weight: take(weights), bias: take(layer.outputs), output: new Float32Array(size) };
      }
      const each = elementwise[layer.kind];
      return { run: (_, input, output) => { for (let i = 0; i < output.length; i++) output[i] = each(input[i]); }, output: new Float32Array(size) };
    });
  }

  /**
   * A code of latentDim numbers → channels × height × width grey values in [0, 1]. The array is used again by the next call.
   * A conditional decoder also reads a class, one-hot after the code; any other ignores `label`.
   */
  decode(z, label = 0) {
    this.input.set(z);
    if (this.conditions) this.input.fill(0, this.latentDim)[this.latentDim + label] = 1;
    let values = this.input;
    for (const layer of this.layers) {
      layer.run(layer, values, layer.output);
      values = layer.output;
    }
    return values;
  }
}
