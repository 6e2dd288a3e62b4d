// What is shown beside the pointer: the image of the point under it, and what is known of that image.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { loadCodes, loadImage } from "../page/api.js";
import { clamp } from "../math/clamp.js";

const LATE = 30; // milliseconds: a pointer that passes by asks for nothing
const SHOWN = 8,
  ROW = 4; // numbers of a long code, and of a line

export class Tip {
  constructor() {
    this.picture = pictureCanvas();
    this.text = make("div", "vae-tooltip-text");
    this.root = make("div", "vae-tooltip", this.picture, this.text);
    this.root.hidden = true;
  }

  /** Show image `index` of a map at a place of its frame; −1 shows nothing. */
  show(map, index, px, py) {
    this.index = index;
    clearTimeout(this.waiting);
    this.root.hidden = true;
    if (index >= 0) this.waiting = setTimeout(() => this.fill(map, index, px, py), LATE);
  }

  async fill(map, index, px, py) {
    const { data } = map,
      values = await loadImage(data.dataset, index, data.shape).catch(() => null);
    if (index !== this.index || !values) return;
    paint(this.picture, values, data.shape);
    this.write(map, px, py, this.lines(map, index));
    if (!data.run || data.latentDim < 3) return; // of two dimensions the place is the code; a model in training has not sent any
    const known = await loadCodes(data.run).catch(() => null);
    if (index === this.index && known) this.write(map, px, py, [...this.lines(map, index), codeOf(known, index)]);
  }

  write(map, px, py, lines) {
    this.text.textContent = lines.join("\n");
    this.root.hidden = false;
    const { offsetWidth, offsetHeight } = this.root;
    this.root.style.left = `${clamp(px + 14, 4, map.width - offsetWidth - 4)}px`;
    this.root.style.top = `${clamp(py - offsetHeight - 12, 4, map.height - offsetHeight - 4)}px`;
  }

  /** What is known of an image: its class, the factor that colors it, its number, its place. */
  lines({ data: { points, labels, classes, factors, factorNames }, legend: { factor } }, index) {
    const lines = [];
    if (classes.length > 1) lines.push(classes[labels[index]]);
    if (factor >= 0) lines.push(`${factorNames[factor]} ${formatNumber(factors[index * factorNames.length + factor])}`);
    return [
      ...lines,
      text("image_number", { n: index }),
      `(${formatNumber(points[2 * index])}, ${formatNumber(points[2 * index + 1])})`,
    ];
  }
}

/** The numbers of an image's code, a few to a line. */
function codeOf({ codes, dims }, index) {
  const shown = Array.from(codes.subarray(index * dims, index * dims + Math.min(dims, SHOWN)), (value) =>
    formatNumber(value),
  );
  const lines = Array.from({ length: Math.ceil(shown.length / ROW) }, (_, row) =>
    shown.slice(row * ROW, (row + 1) * ROW).join(", "),
  );
  return `${text("code")} ${lines.join(",\n")}${dims > SHOWN ? ", …" : ""}`;
}
