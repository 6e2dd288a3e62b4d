// Paints grey or colored pictures on canvases, one canvas pixel for each of theirs.

/** A canvas of the picture's own size, for CSS to enlarge. */
export function pictureCanvas(label = "") {
  const canvas = document.createElement("canvas");
  canvas.className = "vae-picture";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

const prepared = new WeakMap(); // canvas → its context and pixels, so that a drag allocates nothing

function prepare(canvas, width, height) {
  let ready = prepared.get(canvas);
  if (!ready || ready.pixels.width !== width || ready.pixels.height !== height) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    ready = { context, pixels: context.createImageData(width, height) };
    ready.pixels.data.fill(255);
    prepared.set(canvas, ready);
  }
  return ready;
}

/** Paint `values` (channels × height × width in [0, 1]). */
export function paint(canvas, values, [channels, height, width]) {
  const { context, pixels } = prepare(canvas, width, height),
    plane = width * height,
    data = pixels.data;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 * values[channels === 1 ? i : c * plane + i]; // the array rounds
  }
  context.putImageData(pixels, 0, 0);
}

/** Paint `after` − `before`: orange where it is brighter, blue where it is darker, the page's ground where equal. */
export function paintDifference(canvas, before, after, [channels, height, width], dark) {
  const { context, pixels } = prepare(canvas, width, height),
    plane = width * height,
    data = pixels.data;
  const ground = dark ? [24, 24, 27] : [255, 255, 255],
    more = [231, 99, 0],
    less = [40, 120, 205];
  for (let i = 0; i < plane; i++) {
    let brighter = 0,
      apart = 0; // of another hue, a pixel may be as bright
    for (let c = 0; c < channels; c++) {
      const difference = (after[c * plane + i] - before[c * plane + i]) / channels;
      brighter += difference;
      apart += Math.abs(difference);
    }
    const towards = brighter > 0 ? more : less,
      share = Math.min(1, apart);
    for (let c = 0; c < 3; c++) data[4 * i + c] = ground[c] + share * (towards[c] - ground[c]);
  }
  context.putImageData(pixels, 0, 0);
}

/** Bytes as grey values in [0, 1]. */
export function bytesToPixels(bytes) {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] / 255; // Float32Array.from takes twenty times as long
  return values;
}

/** base64 as bytes. */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
