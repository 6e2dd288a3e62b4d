// Rows of images that the server sends, such as reconstructions and samples.

import { make, requireElement } from "./dom.js";
import { imageSheetButtons } from "./image_sheet.js";
import { bytesToPixels, fromBase64, paint, pictureCanvas } from "./picture.js";

/** @import { Component } from "./dom.js" */
/** @import { SheetFigure } from "./image_sheet.js" */

/**
 * Images under one caption.
 * @typedef {object} ImageRow
 * @property {string} caption
 * @property {Uint8Array} [bytes] the images one after another (count × channels × height × width)
 * @property {string} [pixels] the same as base64
 * @property {number[]} shape channels, height and width
 * @property {number} count
 * @property {number} columns images side by side
 */

/**
 * Show the prop `rows`, a list of ImageRow.
 * @param {Component} component
 */
export function mount({ element, props, watch }) {
  const rows = new ImageRows(requireElement(element, ".vae-image-rows"));
  const show = () => rows.show(props.rows ?? []);
  watch("rows", show);
  show();
}

/** Rows that keep their canvases when they are shown again, so that nothing flickers. */
export class ImageRows {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {RowFigure[]} */
    this.figures = [];
  }

  /** @param {ImageRow[]} rows */
  show(rows) {
    while (this.figures.length > rows.length) this.figures.pop()?.root.remove();
    while (this.figures.length < rows.length) {
      const figure = new RowFigure();
      this.figures.push(figure);
      this.root.append(figure.root);
    }
    rows.forEach((row, i) => this.figures[i].show(row));
  }
}

class RowFigure {
  constructor() {
    this.caption = make("figcaption");
    this.grid = make("div", "vae-image-grid");
    /** @type {HTMLCanvasElement[]} */
    this.canvases = [];
    this.columns = 1;
    const buttons = imageSheetButtons(() => this.sheet());
    this.root = make("figure", "vae-image-row", this.caption, this.grid, buttons);
  }

  /** @param {ImageRow} row */
  show({ caption, bytes, pixels = "", shape, count, columns }) {
    if (this.caption.textContent !== caption) this.caption.textContent = caption;
    this.columns = columns;
    this.grid.style.setProperty("--columns", String(columns));
    while (this.canvases.length > count) this.canvases.pop()?.remove();
    while (this.canvases.length < count) {
      const canvas = pictureCanvas(caption);
      this.canvases.push(canvas);
      this.grid.append(canvas);
    }
    const values = bytesToPixels(bytes ?? fromBase64(pixels));
    const size = values.length / count;
    this.canvases.forEach((canvas, i) => paint(canvas, values.subarray(i * size, (i + 1) * size), shape));
  }

  /** @returns {SheetFigure | null} the images as rows of a file; null if there are none */
  sheet() {
    const { canvases, columns } = this;
    const rows = Array.from({ length: Math.ceil(canvases.length / columns) }, (_, row) =>
      canvases.slice(row * columns, (row + 1) * columns),
    );
    return canvases.length ? { rows, title: this.caption.textContent } : null;
  }
}
