// A drawing context that writes an SVG file, so that the code that draws on a canvas also draws into a file.

import { contextOf, make } from "./dom.js";

/**
 * What drawing code may use: the part of a canvas's context that SvgContext has too.
 * @typedef {Pick<CanvasRenderingContext2D, "save" | "restore" | "translate" | "rect" | "clip" | "beginPath" |
 *   "moveTo" | "lineTo" | "closePath" | "arc" | "ellipse" | "setLineDash" | "fill" | "stroke" | "fillRect" |
 *   "fillText" | "strokeText" | "fillStyle" | "strokeStyle" | "lineWidth" | "globalAlpha" | "font" | "textAlign">
 *   & {drawImage: DrawImage}} DrawingContext
 */
/**
 * Draw a part of a canvas.
 * @typedef {(canvas: HTMLCanvasElement, sx: number, sy: number, sw: number, sh: number, x: number, y: number,
 *   width: number, height: number) => void} DrawImage
 */

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const FONT = /^(?:(\d+) )?([\d.]+px) (.*)$/; // weight, size and family

/** @param {string} text */
const escaped = (text) => String(text).replace(/[&<>"]/g, (letter) => ENTITIES[letter]);
/** @param {number} value */
const rounded = (value) => String(Math.round(value * 100) / 100);

/** @implements {DrawingContext} */
export class SvgContext {
  /**
   * @param {number} width pixels
   * @param {number} height pixels
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** @type {string[]} */
    this.elements = [];
    this.openGroups = 0;
    /** @type {number[]} */
    this.savedGroups = []; // the number of open groups at each `save`
    this.clipPaths = 0;
    this.path = "";
    this.dash = "";
    this.fillStyle = "#000";
    this.strokeStyle = "#000";
    this.lineWidth = 1;
    this.globalAlpha = 1;
    this.font = "12px sans-serif";
    /** @type {CanvasTextAlign} */
    this.textAlign = "left";
  }

  save() {
    this.savedGroups.push(this.openGroups);
  }

  restore() {
    const groups = this.savedGroups.pop() ?? 0;
    for (; this.openGroups > groups; this.openGroups -= 1) this.elements.push("</g>");
  }

  /** @param {string} attribute */
  openGroup(attribute) {
    this.elements.push(`<g ${attribute}>`);
    this.openGroups += 1;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  translate(x, y) {
    this.openGroup(`transform="translate(${rounded(x)} ${rounded(y)})"`);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  rect(x, y, width, height) {
    this.path += `M${rounded(x)} ${rounded(y)}h${rounded(width)}v${rounded(height)}h${rounded(-width)}Z`;
  }

  /** Show what is drawn until `restore` only inside the path. */
  clip() {
    const id = `clip${(this.clipPaths += 1)}`;
    this.elements.push(`<clipPath id="${id}"><path d="${this.path}"/></clipPath>`);
    this.openGroup(`clip-path="url(#${id})"`);
  }

  beginPath() {
    this.path = "";
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.path += `M${rounded(x)} ${rounded(y)}`;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${rounded(x)} ${rounded(y)}`;
  }

  closePath() {
    if (!this.path.endsWith("Z")) this.path += "Z";
  }

  /**
   * Add a whole circle, whatever the angles.
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   */
  arc(x, y, radius) {
    this.ellipse(x, y, radius, radius, 0);
  }

  /**
   * Add a whole ellipse, as two halves.
   * @param {number} x
   * @param {number} y
   * @param {number} radiusX
   * @param {number} radiusY
   * @param {number} rotation radians
   */
  ellipse(x, y, radiusX, radiusY, rotation) {
    const dx = radiusX * Math.cos(rotation);
    const dy = radiusX * Math.sin(rotation);
    const degrees = (rotation * 180) / Math.PI;
    const half = `A${rounded(radiusX)} ${rounded(radiusY)} ${rounded(degrees)} 1 1 `;
    const start = `${rounded(x - dx)} ${rounded(y - dy)}`;
    this.path += `M${start}${half}${rounded(x + dx)} ${rounded(y + dy)}${half}${start}Z`;
  }

  /** @param {Iterable<number>} lengths */
  setLineDash(lengths) {
    this.dash = [...lengths].join(" ");
  }

  fill() {
    this.elements.push(`<path d="${this.path}" fill="${escaped(this.fillStyle)}"${this.opacity()}/>`);
  }

  stroke() {
    const dash = this.dash ? ` stroke-dasharray="${this.dash}"` : "";
    const stroke = `fill="none" stroke="${escaped(this.strokeStyle)}" stroke-width="${rounded(this.lineWidth)}"`;
    this.elements.push(`<path d="${this.path}" ${stroke}${dash}${this.opacity()}/>`);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  fillRect(x, y, width, height) {
    this.elements.push(`<rect ${box(x, y, width, height)} fill="${escaped(this.fillStyle)}"/>`);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  fillText(text, x, y) {
    this.elements.push(this.textElement(text, x, y, `fill="${escaped(this.fillStyle)}"`));
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  strokeText(text, x, y) {
    const stroke = `stroke="${escaped(this.strokeStyle)}" stroke-width="${rounded(this.lineWidth)}"`;
    this.elements.push(this.textElement(text, x, y, `fill="none" ${stroke} stroke-linejoin="round"`));
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {string} paint attributes of fill and stroke
   * @returns {string}
   */
  textElement(text, x, y, paint) {
    const [, weight = "400", size = "12px", family = "sans-serif"] = this.font.match(FONT) ?? [];
    const anchor = this.textAlign === "center" ? "middle" : "start";
    const font = `font-family="${escaped(family)}" font-size="${size}" font-weight="${weight}"`;
    return `<text x="${rounded(x)}" y="${rounded(y)}" ${font} text-anchor="${anchor}" ${paint}>${escaped(text)}</text>`;
  }

  /**
   * Embed a part of a canvas as a PNG.
   * @param {HTMLCanvasElement} canvas
   * @param {number} sx the part's left edge
   * @param {number} sy the part's upper edge
   * @param {number} sw the part's width
   * @param {number} sh the part's height
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  drawImage(canvas, sx, sy, sw, sh, x, y, width, height) {
    const part = make("canvas");
    part.width = sw;
    part.height = sh;
    contextOf(part).drawImage(canvas, sx, sy, sw, sh, 0, 0, sw, sh);
    const attributes = `${box(x, y, width, height)} preserveAspectRatio="none" style="image-rendering:pixelated"`;
    this.elements.push(`<image ${attributes} href="${part.toDataURL()}"/>`);
  }

  opacity() {
    return this.globalAlpha < 1 ? ` opacity="${rounded(this.globalAlpha)}"` : "";
  }

  /**
   * @returns {string} the whole file
   */
  toString() {
    const { width, height, elements } = this;
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${elements.join("\n")}</svg>\n`;
  }
}

/** @type {(x: number, y: number, width: number, height: number) => string} */
const box = (x, y, width, height) =>
  `x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}"`;
