// Traversals: a row of images for each dimension, along the dimension, with the rest of the code unchanged.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { arrowStep } from "../page/keys.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { dimensionName, informationText, rankedDimensions } from "./dimensions.js";

/** @typedef {import("../decoder/decoder.js").Decoder} Decoder */
/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../page/api.js").RunCodes} RunCodes */
/**
 * An image of a row: its dimension and the value there, and half the step to the next image.
 * @typedef {{d: number, value: number, halfStep: number, canvas: HTMLCanvasElement, button: HTMLButtonElement}} Tile
 */

const ROW_IMAGES = 11;
const MIN_REMAINING_MS = 4; // of an idle period, for one more image
const IDLE_TIMEOUT_MS = 400; // after which an image is decoded even in a busy page

/** @type {(act: (deadline: {timeRemaining: () => number}) => void) => void} */
const whenIdle = (act) =>
  "requestIdleCallback" in window
    ? requestIdleCallback(act, { timeout: IDLE_TIMEOUT_MS })
    : setTimeout(() => act({ timeRemaining: () => 0 }), 16);

/** The panel of traversals, which decodes only while it is open. */
export class Traversals {
  /**
   * @param {() => void} onOpen called when the visitor opens the panel
   * @param {(code: number[]) => void} onPick called when an image is clicked
   */
  constructor(onOpen, onPick) {
    this.onPick = onPick;
    /** @type {RunCodes | null} */
    this.runCodes = null;
    /** @type {Tile[]} */
    this.tiles = [];
    /** @type {Tile[]} */
    this.queue = []; // tiles that are to be painted
    this.isScheduled = false;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {Code} */
    this.code = [];
    this.label = 0; // the class that a conditional model decodes
    this.about = make("p", "vae-hint");
    this.rows = make("div", "vae-traversals");
    this.rows.addEventListener("keydown", (event) => this.pressKey(event));
    const summary = make("summary", "vae-caption", text("traversals"));
    const save = imageSheetButtons(() => this.sheet());
    this.root = make("details", "vae-panel vae-details", summary, this.about, this.rows, save);
    this.root.addEventListener("toggle", () => this.root.open && onOpen());
    this.root.hidden = true;
  }

  /** Show nothing, until the dimensions of another model are there. */
  clear() {
    this.runCodes = null;
    this.tiles = [];
    this.queue = [];
    this.rows.replaceChildren();
    this.about.textContent = "";
  }

  /** The rows as a sheet to save; null while there are none. */
  sheet() {
    const { runCodes, tiles } = this;
    if (!runCodes || !tiles.length) return null;
    const rows = Array.from({ length: tiles.length / ROW_IMAGES }, (_, r) =>
      tiles.slice(r * ROW_IMAGES, (r + 1) * ROW_IMAGES).map(({ canvas }) => canvas),
    );
    const captions = rankedDimensions(runCodes).map((d) => rowCaption(runCodes, d));
    return { rows, title: text("traversals"), notes: [this.about.textContent ?? ""], captions };
  }

  get isOpen() {
    return this.root.open && !this.root.hidden;
  }

  /**
   * Show all rows for a code, image after image while the page is idle.
   * @param {RunCodes} runCodes
   * @param {Decoder} decoder
   * @param {Code} code
   * @param {number} label the class that a conditional model decodes
   */
  show(runCodes, decoder, code, label) {
    if (this.runCodes !== runCodes) this.build(runCodes);
    this.decoder = decoder;
    this.code = code;
    this.label = label;
    this.queue = [...this.tiles];
    this.schedule();
  }

  /** @param {RunCodes} runCodes */
  build(runCodes) {
    this.runCodes = runCodes;
    this.tiles = [];
    this.rows.replaceChildren(...rankedDimensions(runCodes).map((d) => this.row(runCodes, d)));
    this.tiles[0].button.tabIndex = 0;
    const isPriorRange = runCodes.low.every((low) => low === -3);
    this.about.textContent = text("traversals_about", { range: text(isPriorRange ? "range_prior" : "range_codes") });
  }

  /**
   * @param {RunCodes} runCodes
   * @param {number} d
   */
  row(runCodes, d) {
    const [low, high] = [runCodes.low[d], runCodes.high[d]];
    const step = (high - low) / (ROW_IMAGES - 1);
    const tiles = Array.from({ length: ROW_IMAGES }, (_, i) => this.tile(d, low + i * step, step / 2));
    this.tiles.push(...tiles);
    const name = make("span", "vae-slider-label", `${dimensionName(d)} · ${informationText(runCodes, d)}`);
    return make("div", "vae-traversal", name, make("div", "vae-strip", ...tiles.map(({ button }) => button)));
  }

  /**
   * @param {number} d
   * @param {number} value
   * @param {number} halfStep
   * @returns {Tile}
   */
  tile(d, value, halfStep) {
    const canvas = Object.assign(pictureCanvas(), { ariaHidden: "true" });
    const button = make("button", "vae-image-button", canvas);
    button.type = "button";
    button.tabIndex = -1;
    button.title = button.ariaLabel = `${dimensionName(d)} = ${formatNumber(value)}`;
    button.addEventListener("click", () => this.onPick(this.codeWith(d, value)));
    return { d, value, halfStep, canvas, button };
  }

  /**
   * The code with another value of one dimension.
   * @param {number} d
   * @param {number} value
   */
  codeWith(d, value) {
    const code = Array.from(this.code);
    code[d] = value;
    return code;
  }

  schedule() {
    if (this.isScheduled || !this.queue.length) return;
    this.isScheduled = true;
    whenIdle((deadline) => this.work(deadline));
  }

  /** @param {{timeRemaining: () => number}} deadline */
  work(deadline) {
    this.isScheduled = false;
    for (let tile = this.queue.shift(); tile; tile = this.queue.shift()) {
      this.paint(tile);
      if (deadline.timeRemaining() <= MIN_REMAINING_MS) break;
    }
    this.schedule();
  }

  /** @param {Tile} tile */
  paint({ d, value, halfStep, canvas, button }) {
    if (!this.decoder) return;
    paint(canvas, this.decoder.decode(this.codeWith(d, value), this.label), this.decoder.shape);
    button.classList.toggle("vae-current-step", Math.abs(this.code[d] - value) <= halfStep);
  }

  /**
   * Move the focus from image to image by arrow keys; the rows are one stop of the tab key.
   * @param {KeyboardEvent} event
   */
  pressKey(event) {
    const at = this.tiles.findIndex(({ button }) => button === document.activeElement);
    const arrow = arrowStep(event.key);
    if (at < 0 || !arrow) return;
    event.preventDefault();
    const next = this.tiles[at + arrow[0] - ROW_IMAGES * arrow[1]];
    if (!next) return;
    this.tiles[at].button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }
}

/**
 * The lines beside a row of the sheet: its dimension, how much it says, its range.
 * @param {RunCodes} runCodes
 * @param {number} d
 */
function rowCaption(runCodes, d) {
  const [low, high] = [runCodes.low[d], runCodes.high[d]].map((value) => formatNumber(value));
  return [dimensionName(d), informationText(runCodes, d), text("traversal_range", { low, high })];
}
