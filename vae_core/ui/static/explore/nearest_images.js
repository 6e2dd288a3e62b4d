// The test images nearest to the handle's code, and the density of the prior there.

import { logDensity, prepareGaussian } from "../math/gaussian_mixture.js";
import { nearestRows } from "../math/nearest.js";
import { cachedImage, loadAllImages, loadCodes, loadImage } from "../page/api.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { nameOfImage } from "../page/image_names.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { paint, pictureCanvas } from "../page/picture.js";

/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../math/gaussian_mixture.js").PreparedGaussian} PreparedGaussian */
/** @typedef {import("../page/api.js").RunCodes} RunCodes */
/** @typedef {import("../page/api.js").RunMap} RunMap */
/** A test image and its distance from the handle's code. @typedef {{index: number, distance: number}} Neighbor */
/**
 * The place of a neighbor; `index` is the image that is painted, −1 for none.
 * @typedef {{button: HTMLButtonElement, canvas: HTMLCanvasElement, caption: HTMLElement, index: number}} Tile
 */

const IMAGES = 5;
const LOAD_DELAY_MS = 300; // after the map and the decoder, which the visitor sees first
const REST_MS = 250; // after the last move, before missing images are requested

/**
 * Change a text only if it differs: each change is laid out and painted.
 * @param {Element} node
 * @param {string} content
 */
function write(node, content) {
  if (node.textContent !== content) node.textContent = content;
}

/** The panel of the test images nearest to a code. */
export class NearestImages {
  /** @param {(index: number) => void} onPick called when an image is clicked */
  constructor(onPick) {
    this.onPick = onPick;
    /** @type {RunMap | null} */
    this.data = null;
    /** @type {RunCodes | null} */
    this.runCodes = null; // null until they are loaded
    /** @type {PreparedGaussian[]} */
    this.prior = [];
    /** @type {Code | null} */
    this.code = null; // of the handle
    /** @type {Neighbor[]} */
    this.neighbors = [];
    this.loadTimer = 0;
    this.restTimer = 0;
    this.tiles = Array.from({ length: IMAGES }, (_, rank) => this.tile(rank));
    this.density = make("p", "vae-density");
    const save = imageSheetButtons(() => this.sheet());
    const head = make("div", "vae-panel-head", make("p", "vae-caption", text("neighbours")), save);
    const tiles = make("div", "vae-neighbours", ...this.tiles.map(({ button }) => button));
    this.root = make("section", "vae-panel vae-nearest", head, tiles, this.density);
    this.root.hidden = true;
  }

  /**
   * @param {number} rank
   * @returns {Tile}
   */
  tile(rank) {
    const canvas = Object.assign(pictureCanvas(), { ariaHidden: "true" });
    const caption = make("span", "vae-neighbour-text");
    const button = make("button", "vae-neighbour", canvas, caption);
    button.type = "button";
    button.title = text("neighbour_help");
    button.addEventListener("click", () => {
      if (this.neighbors[rank]) this.onPick(this.neighbors[rank].index);
    });
    return { button, canvas, caption, index: -1 };
  }

  /**
   * Show another run. Its codes are loaded a little later; if they are too many, nothing is shown.
   * @param {RunMap} data
   */
  open(data) {
    this.data = data;
    this.runCodes = null;
    this.neighbors = [];
    for (const tile of this.tiles) tile.index = -1;
    this.root.hidden = true;
    clearTimeout(this.loadTimer);
    this.loadTimer = setTimeout(() => this.load(data), LOAD_DELAY_MS);
  }

  /** @param {RunMap} data */
  async load(data) {
    const runCodes = await loadCodes(data.run).catch(() => null);
    if (!runCodes || data !== this.data) return;
    this.runCodes = runCodes;
    this.prior = runCodes.prior.map(prepareGaussian);
    this.root.hidden = false;
    if (this.code) this.follow(this.code);
    loadAllImages(data.dataset);
  }

  /** The images as a sheet to save, each with its name and distance; null while there are none. */
  sheet() {
    const { data, neighbors, tiles } = this;
    if (!data || !neighbors.length) return null;
    const code = Array.from(this.code ?? [], (value) => formatNumber(value)).join(", ");
    const under = neighbors.map(({ index, distance }) => [
      nameOfImage(index, data.labels[index], data.classes),
      formatNumber(distance),
    ]);
    return {
      rows: [tiles.slice(0, neighbors.length).map(({ canvas }) => canvas)],
      title: `${data.name}: ${text("neighbours")}`,
      notes: [`${text("code")} ${code}`, this.density.textContent ?? ""],
      under: [under],
    };
  }

  /**
   * Show the neighbors of a code. The caller throttles: five more images in each frame would make a drag jerky. Only
   * images in the cache are painted, so that a drag requests nothing.
   * @param {Code} code
   */
  follow(code) {
    this.code = code;
    const { data, prior, runCodes } = this;
    if (!data || !runCodes || code.length !== runCodes.dims) return;
    this.neighbors = nearestRows(runCodes, code, IMAGES);
    this.tiles.forEach(({ button }, rank) => {
      button.hidden = rank >= this.neighbors.length;
    });
    this.neighbors.forEach((neighbor, rank) => this.show(data, this.tiles[rank], neighbor));
    const value = prior.length ? formatNumber(logDensity(prior, code), 1) : null;
    write(this.density, value ? text("density", { value }) : text("no_density"));
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.loadMissing(data), REST_MS);
  }

  /**
   * @param {RunMap} data
   * @param {Tile} tile
   * @param {Neighbor} neighbor
   */
  show({ dataset, shape, classes, labels }, tile, { index, distance }) {
    const name = classes.length > 1 ? classes[labels[index]] : text("image_number", { n: index });
    write(tile.caption, `${name}\n${formatNumber(distance)}`);
    if (tile.index === index) return;
    const values = cachedImage(dataset, index, shape);
    if (values) paint(tile.canvas, values, shape);
    tile.index = values ? index : -1;
  }

  /**
   * Load the images that were not here.
   * @param {RunMap} data
   */
  loadMissing(data) {
    this.neighbors.forEach(async (neighbor, rank) => {
      const values = await loadImage(data.dataset, neighbor.index, data.shape).catch(() => null);
      if (values && this.neighbors[rank] === neighbor) this.show(data, this.tiles[rank], neighbor);
    });
  }
}
