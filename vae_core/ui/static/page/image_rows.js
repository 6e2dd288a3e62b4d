// Rows of pictures that the server sends: reconstructions, samples.

import { imageSheetButtons } from "./image_sheet.js";
import { make } from "./dom.js";
import { fromBase64, bytesToPixels, paint, pictureCanvas } from "./picture.js";

export function mount({ element, props, watch }) {
  const root = element.querySelector(".vae-image-rows");
  const draw = () => showImageRows(root, props.rows ?? []);
  watch("rows", draw);
  draw();
}

/** A block's pictures as rows of a file. */
function saved(block) {
  const [caption, grid] = block.children,
    canvases = [...grid.children],
    columns = Number(grid.style.getPropertyValue("--columns"));
  const rows = Array.from({ length: Math.ceil(canvases.length / columns) }, (_, row) =>
    canvases.slice(row * columns, (row + 1) * columns),
  );
  return canvases.length ? { rows, title: caption.textContent } : null;
}

/** `rows` is [{caption, bytes or pixels: the same in base64, shape, count, columns}]; canvases stay, so nothing flickers. */
export function showImageRows(root, rows) {
  while (root.children.length > rows.length) root.lastChild.remove();
  rows.forEach((row, i) => {
    const block =
      root.children[i] ??
      root.appendChild(make("figure", "vae-image-row", make("figcaption"), make("div", "vae-image-grid")));
    if (block.children.length < 3) block.append(imageSheetButtons(() => saved(block)));
    const [caption, grid] = block.children;
    if (caption.textContent !== row.caption) caption.textContent = row.caption;
    grid.style.setProperty("--columns", row.columns);
    while (grid.children.length > row.count) grid.lastChild.remove();
    while (grid.children.length < row.count) grid.append(pictureCanvas(row.caption));
    const bytes = row.bytes ?? fromBase64(row.pixels),
      size = bytes.length / row.count;
    [...grid.children].forEach((canvas, n) =>
      paint(canvas, bytesToPixels(bytes.subarray(n * size, (n + 1) * size)), row.shape),
    );
  });
}
