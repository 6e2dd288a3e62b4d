/**
 * Lay images side by side on a sheet.
 * @param {Float32Array} images values in [0, 1], one image after another (count × channels × height × width)
 * @param {number[]} shape channels, height and width of an image
 * @param {number} columns images per row of the sheet
 * @returns {{pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number}} RGBA, and the size in pixels
 */
export function spriteSheet(images, [channels, imageHeight, imageWidth], columns) {
  const plane = imageHeight * imageWidth;
  const size = channels * plane;
  const count = images.length / size;
  const width = columns * imageWidth;
  const height = Math.ceil(count / columns) * imageHeight;
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * imageWidth;
    const top = Math.floor(n / columns) * imageHeight;
    for (let y = 0; y < imageHeight; y++) {
      let at = 4 * ((top + y) * width + left);
      for (let x = 0; x < imageWidth; x++, at += 4) {
        const from = n * size + y * imageWidth + x;
        for (let c = 0; c < 3; c++) pixels[at + c] = 255 * images[channels === 1 ? from : from + c * plane];
        pixels[at + 3] = 255;
      }
    }
  }
  return { pixels, width, height };
}
