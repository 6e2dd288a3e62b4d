// The tooltip of a map: the image of the point under the pointer, and its class, factor, number and code.

import { clamp } from "../math/clamp.js";
import { loadCodes, loadImage } from "../page/api.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { paint, pictureCanvas } from "../page/picture.js";

/** @typedef {import("./latent_map.js").LatentMap} LatentMap */
/** @typedef {import("./map_data.js").MapData} MapData */

const DELAY_MS = 30; // so that a passing pointer requests nothing
const MAX_NUMBERS = 8; // of a long code
const NUMBERS_PER_LINE = 4;

/** The box beside the pointer that describes the image under it. */
export class Tooltip {
  constructor() {
    this.index = -1;
    this.timer = 0;
    this.picture = pictureCanvas();
    this.text = make("div", "vae-tooltip-text");
    this.root = make("div", "vae-tooltip", this.picture, this.text);
    this.root.hidden = true;
  }

  /**
   * Show an image of a map beside a place of its frame.
   * @param {LatentMap} map
   * @param {number} index −1 shows nothing
   * @param {number} px CSS pixels
   * @param {number} py
   */
  show(map, index, px, py) {
    this.index = index;
    clearTimeout(this.timer);
    this.root.hidden = true;
    if (index >= 0) this.timer = setTimeout(() => this.fill(map, index, px, py), DELAY_MS);
  }

  /**
   * @param {LatentMap} map
   * @param {number} index
   * @param {number} px
   * @param {number} py
   */
  async fill(map, index, px, py) {
    const { data } = map;
    if (!data) return;
    const values = await loadImage(data.dataset, index, data.shape).catch(() => null);
    if (index !== this.index || !values) return;
    paint(this.picture, values, data.shape);
    const lines = describe(data, map.legend.factor, index);
    this.write(map, px, py, lines);
    // A code of two numbers is the place; a model in training has sent no codes
    if (!data.run || data.latentDim < 3) return;
    const codes = await loadCodes(data.run).catch(() => null);
    if (index === this.index && codes) this.write(map, px, py, [...lines, codeLine(codes, index)]);
  }

  /**
   * @param {LatentMap} map
   * @param {number} px
   * @param {number} py
   * @param {string[]} lines
   */
  write({ viewport }, px, py, lines) {
    this.text.textContent = lines.join("\n");
    this.root.hidden = false;
    const { offsetWidth, offsetHeight } = this.root;
    this.root.style.left = `${clamp(px + 14, 4, viewport.width - offsetWidth - 4)}px`;
    this.root.style.top = `${clamp(py - offsetHeight - 12, 4, viewport.height - offsetHeight - 4)}px`;
  }
}

/**
 * Describe an image: its class, the factor that colors it, its number, its place.
 * @param {MapData} data
 * @param {number} factor −1 for the class
 * @param {number} index
 */
function describe({ points, labels, classes, factors, factorNames = [] }, factor, index) {
  const lines = classes.length > 1 ? [classes[labels[index]]] : [];
  if (factor >= 0 && factors)
    lines.push(`${factorNames[factor]} ${formatNumber(factors[index * factorNames.length + factor])}`);
  const place = `(${formatNumber(points[2 * index])}, ${formatNumber(points[2 * index + 1])})`;
  return [...lines, text("image_number", { n: index }), place];
}

/**
 * The first numbers of an image's code.
 * @param {{codes: Float32Array, dims: number}} table
 * @param {number} index
 */
function codeLine({ codes, dims }, index) {
  const first = codes.subarray(index * dims, index * dims + Math.min(dims, MAX_NUMBERS));
  const numbers = Array.from(first, (value) => formatNumber(value));
  const lines = Array.from({ length: Math.ceil(numbers.length / NUMBERS_PER_LINE) }, (_, row) =>
    numbers.slice(row * NUMBERS_PER_LINE, (row + 1) * NUMBERS_PER_LINE).join(", "),
  );
  return `${text("code")} ${lines.join(",\n")}${dims > MAX_NUMBERS ? ", …" : ""}`;
}
