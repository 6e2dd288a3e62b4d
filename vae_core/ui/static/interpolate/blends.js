// Three or four images as a triangle or a square of blends, each decoded from a weighted mean of their codes.

import { saveButton } from "../page/image_sheet.js";
import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { weightedSum } from "../math/interpolation.js";

const SIDE = 7; // pictures along an edge
const CORNERS = { 3: "triangle", 4: "square" };
const OUTLINES = { 3: [0, 1, 2, 0], 4: [0, 1, 3, 2, 0] }; // the corners in the order in which an edge joins them

/** Barycentric weights of A (above), B (left) and C (right): row upon row, each a list of weights that sum to 1. */
export function triangleWeights(side) {
  return Array.from({ length: side }, (_, r) =>
    Array.from({ length: r + 1 }, (_, i) => [side - 1 - r, r - i, i].map((part) => part / (side - 1))),
  );
}

/** Bilinear weights of A (above left), B (above right), C (below left) and D (below right): row upon row, as above. */
export function squareWeights(side) {
  const share = (i) => i / (side - 1);
  return Array.from({ length: side }, (_, r) =>
    Array.from({ length: side }, (_, i) => {
      const [down, right] = [share(r), share(i)];
      return [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right];
    }),
  );
}

export class BlendGrid {
  /**
   * @param onPoint (weights or null) → void, called with the picture that is pointed at
   * @param onSave (figure, name, kind) → promise, called when what `figure` (about) lays out is to become a file
   */
  constructor({ onPoint, onSave }) {
    this.onPoint = onPoint;
    this.rows = [];
    this.caption = make("figcaption", "vae-caption");
    this.body = make("div", "vae-blend-body");
    const save = ["png", "svg"].map((kind) => {
      const name = kind.toUpperCase();
      return saveButton(name, text("save_blend", { kind: name }), () =>
        onSave((about) => this.figure(about), CORNERS[this.count], kind),
      );
    });
    this.root = make(
      "figure",
      "vae-blend",
      make("div", "vae-path-head", this.caption, make("span", "vae-save-buttons", ...save)),
      this.body,
    );
    this.root.hidden = true;
  }

  /** Lay out the blends of so many images, or none if there are fewer than three. `images` are shown at the corners as they are. */
  open(images, shape) {
    this.root.hidden = images.length < 3;
    this.build(images.length);
    this.corners.forEach((canvas, i) => paint(canvas, images[i], shape));
  }

  build(count) {
    if (count === this.count) return;
    this.count = count;
    const weights = count === 3 ? triangleWeights(SIDE) : count === 4 ? squareWeights(SIDE) : [];
    this.rows = weights.map((row) => row.map((share) => ({ share, canvas: this.tile(share) })));
    this.corners = weights.length ? ["A", "B", "C", "D"].slice(0, count).map((letter) => pictureCanvas(letter)) : [];
    const grid = make(
      "div",
      "vae-blend-grid",
      ...this.rows.map((row) => make("div", "vae-blend-row", ...row.map(({ canvas }) => canvas))),
    );
    const figures = this.corners.map((canvas, i) =>
      make("figure", `vae-endpoint vae-corner vae-corner-${"abcd"[i]}`, canvas, make("figcaption", "", "ABCD"[i])),
    );
    this.body.className = `vae-blend-body vae-blend-${CORNERS[count] ?? "none"}`;
    this.body.replaceChildren(...figures, grid);
    this.caption.textContent = count in CORNERS ? text(`blend_${CORNERS[count]}`) : "";
  }

  tile(share) {
    const shares = share
      .map((part, k) => [part, "ABCD"[k]])
      .filter(([part]) => part > 0)
      .map(([part, letter]) => `${Math.round(100 * part)} % ${letter}`);
    const canvas = pictureCanvas(shares.join(", "));
    canvas.title = shares.join(", ");
    canvas.addEventListener("pointerenter", () => this.onPoint(share));
    canvas.addEventListener("pointerleave", () => this.onPoint(null));
    return canvas;
  }

  /** The blends as a figure of a file, see Journey.save. */
  figure({ model, ends }) {
    const corners = CORNERS[this.count] === "triangle" ? text("blend_triangle_corners") : text("blend_square_corners");
    return { rows: this.canvases(), title: `${model}: ${this.caption.textContent}`, notes: [corners, ...ends] };
  }

  canvases() {
    return this.rows.map((row) => row.map(({ canvas }) => canvas));
  }

  /** The pictures for `Brush`, between ends that may move. */
  tiles(ends) {
    return this.rows.flat().map(({ canvas, share }) => ({ canvas, code: () => weightedSum(ends, share) }));
  }

  /** The edges on a map whose corners are `places`. */
  outline(places) {
    return (OUTLINES[places.length] ?? []).map((i) => places[i]);
  }
}
