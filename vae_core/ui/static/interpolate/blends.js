// Three or four images as a triangle or a square of blends, each decoded from a weighted sum of their codes.

import { weightedSum } from "../math/interpolation.js";
import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { imageSheet, saveButton } from "../page/image_sheet.js";
import { paint, pictureCanvas } from "../page/picture.js";

/** @import { SheetFigure } from "../page/image_sheet.js" */
/** @import { Tile } from "../page/paint_queue.js" */
/** @import { FileContents, Save } from "./paths.js" */
/** @typedef {{weights: number[], canvas: HTMLCanvasElement}} BlendTile */

/**
 * @typedef {object} BlendOptions
 * @property {(weights: number[] | null) => void} onPoint called with the weights of the blend under the pointer
 * @property {Save} onSave
 */

const SIDE = 7; // images along an edge
const LETTERS = "ABCD";

/**
 * A shape of blends: its name in the texts' keys, and the corners in the order in which its outline joins them.
 * @typedef {{name: string, outline: number[], weights: number[][][]}} Shape
 */
/** @type {Record<number, Shape>} */
const SHAPES = {
  3: { name: "triangle", outline: [0, 1, 2, 0], weights: triangleWeights(SIDE) },
  4: { name: "square", outline: [0, 1, 3, 2, 0], weights: squareWeights(SIDE) },
};

/**
 * Return barycentric weights of the corners A (top), B (bottom left) and C (bottom right).
 * @param {number} side images along an edge
 * @returns {number[][][]} row by row, for each image weights that sum to 1
 */
export function triangleWeights(side) {
  return Array.from({ length: side }, (_, r) =>
    Array.from({ length: r + 1 }, (_, i) => [side - 1 - r, r - i, i].map((part) => part / (side - 1))),
  );
}

/**
 * Return bilinear weights of the corners A (top left), B (top right), C (bottom left) and D (bottom right).
 * @param {number} side images along an edge
 * @returns {number[][][]} row by row, for each image weights that sum to 1
 */
export function squareWeights(side) {
  return Array.from({ length: side }, (_, r) =>
    Array.from({ length: side }, (_, i) => {
      const down = r / (side - 1);
      const right = i / (side - 1);
      return [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right];
    }),
  );
}

export class BlendGrid {
  /** @param {BlendOptions} options */
  constructor({ onPoint, onSave }) {
    this.onPoint = onPoint;
    /** @type {Shape | null} */
    this.shape = null;
    /** @type {BlendTile[][]} */
    this.rows = [];
    /** @type {HTMLCanvasElement[]} */
    this.corners = [];
    this.caption = make("figcaption", "vae-caption");
    this.body = make("div", "vae-blend-body");
    const buttons = ["png", "svg"].map((kind) => {
      const label = kind.toUpperCase();
      return saveButton(label, text("save_blend", { kind: label }), () =>
        onSave(this.shape?.name ?? "", kind, (contents) => imageSheet(kind, this.sheet(contents))),
      );
    });
    const head = make("div", "vae-path-head", this.caption, make("span", "vae-save-buttons", ...buttons));
    this.root = make("figure", "vae-blend", head, this.body);
    this.root.hidden = true;
  }

  /**
   * Lay out the blends of three or four images; fewer have none.
   * @param {ArrayLike<number>[]} images values in [0, 1] of the images at the corners, channels × height × width
   * @param {number[]} imageShape channels, height and width
   */
  open(images, imageShape) {
    const shape = SHAPES[images.length] ?? null;
    this.root.hidden = !shape;
    if (shape !== this.shape) this.build(shape);
    this.corners.forEach((canvas, i) => paint(canvas, images[i], imageShape));
  }

  /** @param {Shape | null} shape */
  build(shape) {
    this.shape = shape;
    const weights = shape?.weights ?? [];
    const count = weights[0]?.[0].length ?? 0;
    this.rows = weights.map((row) => row.map((each) => this.createTile(each)));
    this.corners = [...LETTERS].slice(0, count).map((letter) => pictureCanvas(letter));
    const rows = this.rows.map((row) => make("div", "vae-blend-row", ...row.map(({ canvas }) => canvas)));
    const figures = this.corners.map((canvas, i) => {
      const css = `vae-endpoint vae-corner vae-corner-${LETTERS[i].toLowerCase()}`;
      return make("figure", css, canvas, make("figcaption", "", LETTERS[i]));
    });
    this.body.className = `vae-blend-body vae-blend-${shape?.name ?? "none"}`;
    this.body.replaceChildren(...figures, make("div", "vae-blend-grid", ...rows));
    this.caption.textContent = shape ? text(`blend_${shape.name}`) : "";
  }

  /**
   * @param {number[]} weights
   * @returns {BlendTile}
   */
  createTile(weights) {
    const shares = weights.map((weight, i) => (weight > 0 ? `${Math.round(100 * weight)} % ${LETTERS[i]}` : ""));
    const label = shares.filter(Boolean).join(", ");
    const canvas = pictureCanvas(label);
    canvas.title = label;
    canvas.addEventListener("pointerenter", () => this.onPoint(weights));
    canvas.addEventListener("pointerleave", () => this.onPoint(null));
    return { weights, canvas };
  }

  /**
   * @param {FileContents} contents
   * @returns {SheetFigure} the blends as rows of a file
   */
  sheet({ model, endpoints }) {
    const rows = this.rows.map((row) => row.map(({ canvas }) => canvas));
    const corners = text(this.shape === SHAPES[3] ? "blend_triangle_corners" : "blend_square_corners");
    return { rows, title: `${model}: ${this.caption.textContent}`, notes: [corners, ...endpoints] };
  }

  /**
   * Return the blends for a paint queue.
   * @param {number[][]} endpoints the codes at the corners when a tile is painted
   * @returns {Tile[]}
   */
  tiles(endpoints) {
    return this.rows.flat().map(({ canvas, weights }) => ({ canvas, code: () => weightedSum(endpoints, weights) }));
  }

  /**
   * Return the closed line through the corners; empty if there are no blends.
   * @param {[number, number][]} places the places of the corners on a map
   * @returns {[number, number][]}
   */
  outline(places) {
    return (this.shape?.outline ?? []).map((i) => places[i]);
  }
}
