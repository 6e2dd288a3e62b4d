// Rows of pictures that the server sends: reconstructions, samples.

import { make } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";
import { fromBase64, grey } from "./server.js";

export function mount({ element, props, watch }) {
  const root = element.querySelector(".vae-tiles");
  const draw = () => fill(root, props.rows ?? []);
  watch("rows", draw);
  draw();
}

/** `rows` is [{caption, bytes or pixels: the same in base64, shape, count, columns}]; canvases stay, so nothing flickers. */
export function fill(root, rows) {
  while (root.children.length > rows.length) root.lastChild.remove();
  rows.forEach((row, i) => {
    const block = root.children[i] ?? root.appendChild(make("figure", "vae-tile-row", make("figcaption"), make("div", "vae-tile-grid")));
    const [caption, grid] = block.children;
    if (caption.textContent !== row.caption) caption.textContent = row.caption;
    grid.style.setProperty("--columns", row.columns);
    while (grid.children.length > row.count) grid.lastChild.remove();
    while (grid.children.length < row.count) grid.append(pictureCanvas(row.caption));
    const bytes = row.bytes ?? fromBase64(row.pixels), size = bytes.length / row.count;
    [...grid.children].forEach((canvas, n) => paint(canvas, grey(bytes.subarray(n * size, (n + 1) * size)), row.shape));
  });
}
