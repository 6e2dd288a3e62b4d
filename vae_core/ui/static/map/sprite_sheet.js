// Images laid side by side.

/** Images one after the other → the RGBA pixels of a sheet with so many columns of them. */
export function laid(images, [channels, high, wide], columns) {
  const size = channels * high * wide,
    count = images.length / size,
    width = columns * wide,
    height = Math.ceil(count / columns) * high;
  const pixels = new Uint8ClampedArray(4 * width * height),
    plane = high * wide;
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * wide,
      top = Math.floor(n / columns) * high;
    for (let y = 0; y < high; y++) {
      let at = 4 * ((top + y) * width + left);
      for (let x = 0; x < wide; x++, at += 4) {
        const from = n * size + y * wide + x;
        for (let c = 0; c < 3; c++) pixels[at + c] = 255 * images[channels === 1 ? from : from + c * plane];
        pixels[at + 3] = 255;
      }
    }
  }
  return { pixels, width, height };
}
