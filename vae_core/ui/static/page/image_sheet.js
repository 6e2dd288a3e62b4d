// Saves images as one file, and files in general.

import { clamp } from "../math/clamp.js";
import { contextOf, make, themeColors } from "./dom.js";
import { text } from "./i18n.js";
import { SvgContext } from "./svg_context.js";
import { textMeasure, wrapText } from "./text_layout.js";

/** @import { DrawingContext } from "./svg_context.js" */

/**
 * Images to save as one file.
 * @typedef {object} SheetFigure
 * @property {HTMLCanvasElement[][]} rows canvases of one size; each row is centered
 * @property {string} title
 * @property {string[]} [notes] sentences below the title
 * @property {string[][]} [captions] the lines before each row
 * @property {string[][][]} [under] the lines below each image of each row
 */

/**
 * Where everything stands in a sheet, in pixels.
 * @typedef {object} SheetLayout
 * @property {string[]} titleLines
 * @property {string[]} noteLines
 * @property {number} gutter the width of the captions
 * @property {number} cell the width of an image and of the lines below it
 * @property {number} imageWidth
 * @property {number} imageHeight
 * @property {number[]} tops the upper edge of each row
 * @property {number} width
 * @property {number} height
 */

const ENLARGEMENT = 4; // pixels per image pixel
const GAP_PX = 4; // between images
const TITLE_PX = 40;
const LINE_PX = 18;
const MARGIN_PX = 12;
const MAX_TEXT_WIDTH_PX = 560; // texts widen a sheet up to this
const FONT = "13px system-ui, sans-serif";
const BOLD_FONT = "600 16px system-ui, sans-serif";
const REVOKE_DELAY_MS = 10_000; // a browser may begin to save late

export const PNG_SCALE = 2; // pixels of a PNG per pixel of the page

/**
 * Join parts to a file name; what a file system might not accept becomes an underscore.
 * @param {string} extension
 * @param {...string} parts
 * @returns {string}
 */
export function fileName(extension, ...parts) {
  const name = parts
    .join("_")
    .replace(/[^\p{L}\p{N}.-]+/gu, "_")
    .replace(/^_|_$/g, "");
  return `${name}.${extension}`;
}

/**
 * Let the browser save a file.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = make("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_DELAY_MS);
}

/**
 * Encode a canvas as PNG.
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>}
 * @throws {Error} if the canvas is too large for the browser
 */
export function pngOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The browser cannot encode the canvas"))),
      "image/png",
    );
  });
}

/**
 * Draw images into a file, every image pixel a square.
 * @param {string} kind "png" or "svg"
 * @param {SheetFigure} figure
 * @returns {Promise<Blob>}
 */
export async function imageSheet(kind, figure) {
  const layout = layoutOf(figure);
  const { width, height } = layout;
  if (kind === "svg") {
    const context = new SvgContext(width, height);
    drawSheet(context, figure, layout);
    return new Blob([context.toString()], { type: "image/svg+xml" });
  }
  const canvas = make("canvas");
  canvas.width = PNG_SCALE * width;
  canvas.height = PNG_SCALE * height;
  const context = contextOf(canvas);
  context.scale(PNG_SCALE, PNG_SCALE);
  context.imageSmoothingEnabled = false;
  drawSheet(context, figure, layout);
  return pngOf(canvas);
}

/**
 * @param {SheetFigure} figure
 * @returns {SheetLayout}
 */
function layoutOf({ rows, title, notes = [], captions = [], under = [] }) {
  const measure = textMeasure(FONT);
  const measureBold = textMeasure(BOLD_FONT);
  const imageWidth = ENLARGEMENT * rows[0][0].width;
  const imageHeight = ENLARGEMENT * rows[0][0].height;
  const columns = Math.max(...rows.map((row) => row.length));
  const captionWidths = captions.flat().map(measure);
  const gutter = captionWidths.length ? Math.max(...captionWidths) + 2 * MARGIN_PX : 0;
  const cell = Math.max(imageWidth, ...under.flat(2).map((line) => measure(line) + GAP_PX));
  const contentWidth = gutter + (cell + GAP_PX) * columns + GAP_PX;
  const textWidth = Math.max(measureBold(title), ...notes.map(measure)) + 2 * MARGIN_PX;
  const width = clamp(textWidth, contentWidth, Math.max(contentWidth, MAX_TEXT_WIDTH_PX));
  const titleLines = wrapText(title, width - 2 * MARGIN_PX, measureBold);
  const noteLines = notes.flatMap((note) => wrapText(note, width - 2 * MARGIN_PX, measure));
  const tops = [];
  let top = TITLE_PX + LINE_PX * (titleLines.length - 1 + noteLines.length) + GAP_PX;
  for (const r of rows.keys()) {
    tops.push(top);
    top += imageHeight + GAP_PX + LINE_PX * Math.max(0, ...(under[r] ?? []).map(({ length }) => length));
  }
  return { titleLines, noteLines, gutter, cell, imageWidth, imageHeight, tops, width, height: top };
}

/**
 * Draw a sheet in the page's colors.
 * @param {DrawingContext} context
 * @param {SheetFigure} figure
 * @param {SheetLayout} layout
 */
function drawSheet(context, { rows, captions = [], under = [] }, layout) {
  const { gutter, cell, imageWidth, imageHeight, tops, width, height } = layout;
  const theme = themeColors(rows[0][0]);
  /** @type {(line: string, x: number, y: number, align?: CanvasTextAlign, font?: string) => void} */
  const write = (line, x, y, align = "left", font = FONT) => {
    context.fillStyle = theme.text;
    context.textAlign = align;
    context.font = font;
    context.fillText(line, x, y);
  };
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  layout.titleLines.forEach((line, i) => write(line, MARGIN_PX, 26 + LINE_PX * i, "left", BOLD_FONT));
  layout.noteLines.forEach((line, i) => write(line, MARGIN_PX, 28 + LINE_PX * (layout.titleLines.length + i)));
  rows.forEach((row, r) => {
    const left = gutter + Math.floor((width - gutter - GAP_PX - (cell + GAP_PX) * row.length) / 2) + GAP_PX;
    const middle = tops[r] + imageHeight / 2 + 5;
    const names = captions[r] ?? [];
    names.forEach((line, i) => write(line, MARGIN_PX, middle + LINE_PX * (i - (names.length - 1) / 2)));
    row.forEach((canvas, i) => {
      const cellLeft = left + (cell + GAP_PX) * i;
      const imageLeft = cellLeft + Math.floor((cell - imageWidth) / 2);
      context.drawImage(canvas, 0, 0, canvas.width, canvas.height, imageLeft, tops[r], imageWidth, imageHeight);
      const lines = under[r]?.[i] ?? [];
      lines.forEach((line, n) => write(line, cellLeft + cell / 2, tops[r] + imageHeight + 14 + LINE_PX * n, "center"));
    });
  });
}

/**
 * Create two small buttons that save images as PNG and as SVG.
 * @param {() => SheetFigure | null | undefined} figureOf returns what to save, or nothing if there is nothing yet
 * @returns {HTMLElement}
 */
export function imageSheetButtons(figureOf) {
  const buttons = ["png", "svg"].map((kind) => {
    const name = kind.toUpperCase();
    return saveButton(name, text("save_pictures", { kind: name }), async () => {
      const figure = figureOf();
      if (figure) download(await imageSheet(kind, figure), fileName(kind, figure.title));
    });
  });
  return make("div", "vae-save-buttons", ...buttons);
}

/**
 * Create a small button that saves something; further clicks do nothing while a file is made.
 * @param {string} label
 * @param {string} help what the button saves
 * @param {() => unknown} save saves a file; may return a promise
 * @returns {HTMLButtonElement}
 */
export function saveButton(label, help, save) {
  const node = make("button", "vae-small-button", label);
  node.type = "button";
  node.title = help;
  node.ariaLabel = help;
  let isBusy = false;
  node.addEventListener("click", async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      await save();
    } finally {
      isBusy = false;
    }
  });
  return node;
}
