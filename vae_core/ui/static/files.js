// Pictures as files that the browser keeps.

import { make } from "./page.js";

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

/** Rows of canvases of one size → a PNG, each row in the middle, every pixel a square of several. */
export function png(rows) {
  const [{ width, height }] = rows[0], across = FACTOR * width + GAP, down = FACTOR * height + GAP;
  const sheet = Object.assign(make("canvas"), { width: across * Math.max(...rows.map((row) => row.length)) + GAP, height: down * rows.length + GAP });
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingEnabled = false;
  rows.forEach((row, r) => row.forEach((canvas, i) => {
    const left = (sheet.width - GAP - across * row.length) / 2 + GAP;
    context.drawImage(canvas, left + across * i, GAP + down * r, FACTOR * width, FACTOR * height);
  }));
  return new Promise((done) => sheet.toBlob(done, "image/png"));
}

/** A small button that saves something: `kind` is what it says, `help` what it does. It rests while the file is made. */
export function saveButton(kind, help, save) {
  const node = make("button", "vae-small-button", kind);
  Object.assign(node, { type: "button", title: help, ariaLabel: help });
  node.addEventListener("click", async () => {
    node.disabled = true;
    await save();
    node.disabled = false;
  });
  return node;
}
