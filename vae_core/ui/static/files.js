// Pictures as files that the browser keeps.

import { make, words } from "./page.js";
import { SvgContext } from "./svg.js";

const FACTOR = 4, GAP = 4; // pixels for one of a picture's, pixels between pictures

/** A file name of parts: what a file system might not take becomes a low line. */
export const fileName = (kind, ...parts) => `${parts.join("_").replace(/[^\p{L}\p{N}.-]+/gu, "_")}.${kind}`;

/** Have the browser keep a file. */
export function keep(blob, name) {
  const link = make("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Rows of canvases of one size → a file of them, png or svg, each row in the middle, every pixel a square of several. */
export function sheet(kind, rows) {
  const [{ width, height }] = rows[0], columns = Math.max(...rows.map((row) => row.length));
  const wide = (FACTOR * width + GAP) * columns + GAP, high = (FACTOR * height + GAP) * rows.length + GAP;
  if (kind === "svg") {
    const context = new SvgContext(wide, high);
    lay(context, rows, wide, high);
    return new Blob([context.toString()], { type: "image/svg+xml" });
  }
  const canvas = Object.assign(make("canvas"), { width: wide, height: high }), context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  lay(context, rows, wide, high);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function lay(context, rows, wide, high) {
  const [{ width, height }] = rows[0], across = FACTOR * width + GAP, down = FACTOR * height + GAP;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, wide, high);
  rows.forEach((row, r) => row.forEach((canvas, i) => {
    const left = (wide - GAP - across * row.length) / 2 + GAP;
    context.drawImage(canvas, 0, 0, width, height, left + across * i, GAP + down * r, FACTOR * width, FACTOR * height);
  }));
}

/** Two small buttons that keep rows of pictures as PNG and as SVG; `find` () → {rows of canvases, name}, or null where there is nothing yet. */
export function sheetButtons(find) {
  const save = (kind) => saveButton(kind.toUpperCase(), words.save_pictures.replace("{kind}", kind.toUpperCase()), async () => {
    const found = find();
    if (found) keep(await sheet(kind, found.rows), fileName(kind, found.name));
  });
  return make("div", "vae-way-save", save("png"), save("svg"));
}

/** A small button that saves something: `kind` is what it says, `help` what it does. While a file is made a second click does nothing. */
export function saveButton(kind, help, save) {
  const node = make("button", "vae-small-button", kind);
  Object.assign(node, { type: "button", title: help, ariaLabel: help });
  let busy = false;
  node.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    try {
      await save();
    } finally {
      busy = false;
    }
  });
  return node;
}
