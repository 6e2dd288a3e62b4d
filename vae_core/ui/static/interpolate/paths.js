// The paths between two codes, and the images of one path: the image at the slider, and a strip of steps.

import { clamp } from "../math/clamp.js";
import { codeAt, lerp, slerp } from "../math/interpolation.js";
import { formatNumber, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { imageSheet, saveButton } from "../page/image_sheet.js";
import { pictureCanvas } from "../page/picture.js";

/** @import { SheetFigure } from "../page/image_sheet.js" */
/** @import { Tile } from "../page/paint_queue.js" */

/**
 * What the paths of a model lead through: the codes of its endpoints, and the codes of the path along the data, which
 * the server computes.
 * @typedef {{endpoints: number[][], dataPath: number[][] | null}} Route
 */
/**
 * What a file says: the model's name, and a sentence for each endpoint.
 * @typedef {{model: string, endpoints: string[]}} FileContents
 */
/**
 * Saves what `make` returns; `name` says in the file's name what it is.
 * @typedef {(name: string, kind: string, make: (contents: FileContents) => Promise<Blob>) => Promise<void>} Save
 */
/**
 * How a path is drawn on the map, and its code at time t in [0, 1].
 * @typedef {{dash: number[], at: (route: Route, t: number) => number[]}} Path
 */

/**
 * @typedef {object} PathStripOptions
 * @property {(t: number) => void} onStep called when the visitor points at a step of the strip
 * @property {Save} onSave
 * @property {(path: string) => Promise<Blob>} requestGif
 */

const STEPS = 11; // images of a strip

/** The kinds of path by name. @type {Record<string, Path>} */
export const PATHS = {
  straight: { dash: [], at: ({ endpoints: [a, b] }, t) => lerp(a, b, t) },
  spherical: { dash: [7, 5], at: ({ endpoints: [a, b] }, t) => slerp(a, b, t) },
  along: { dash: [2, 4], at: ({ endpoints, dataPath }, t) => codeAt(dataPath ?? endpoints.slice(0, 2), t) },
};

export class PathStrip {
  /**
   * @param {string} name a key of PATHS
   * @param {PathStripOptions} options
   */
  constructor(name, { onStep, onSave, requestGif }) {
    this.name = name;
    this.image = pictureCanvas(text(`${name}_now`)); // at the slider
    this.image.classList.add("vae-path-image");
    this.steps = Array.from({ length: STEPS }, (_, i) => pictureCanvas(`${text(name)} ${i + 1}/${STEPS}`));
    this.message = make("span", "vae-path-about");
    /** @type {(key: string) => string} */
    const help = (key) => text(key, { way: text(name) });
    /** @type {(kind: string) => HTMLButtonElement} */
    const stripButton = (kind) =>
      saveButton(kind.toUpperCase(), help(`save_${kind}`), () =>
        onSave(name, kind, (contents) => imageSheet(kind, this.sheet(contents))),
      );
    const gifButton = saveButton("GIF", help("save_gif"), () => onSave(name, "gif", () => requestGif(name)));
    this.buttons = [stripButton("png"), stripButton("svg"), gifButton];
    const legend = make("p", "vae-caption", make("span", `vae-path-line vae-path-line-${name}`), text(name));
    const buttons = make("span", "vae-save-buttons", ...this.buttons);
    const head = make("div", "vae-path-head", legend, this.message, buttons);
    const strip = make("div", "vae-strip", ...this.steps);
    this.root = make("div", "vae-path", this.image, make("div", "vae-path-strip", head, strip));
    this.listen(strip, onStep);
  }

  /**
   * Let the strip work as a slider.
   * @param {HTMLElement} strip
   * @param {(t: number) => void} onStep
   */
  listen(strip, onStep) {
    /** @param {HTMLElement} step */
    const middleOf = (step) => {
      const { left, width } = step.getBoundingClientRect();
      return left + width / 2;
    };
    /** @param {PointerEvent} event */
    const follow = ({ clientX }) => {
      const first = middleOf(this.steps[0]);
      const last = middleOf(this.steps[STEPS - 1]);
      onStep(clamp((clientX - first) / (last - first), 0, 1));
    };
    strip.addEventListener("pointerdown", (event) => {
      strip.setPointerCapture(event.pointerId);
      follow(event);
    });
    strip.addEventListener("pointermove", (event) => {
      if (strip.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /**
   * Return the strip's images for a paint queue.
   * @param {Route} route read when a tile is painted
   * @returns {Tile[]}
   */
  tiles(route) {
    const { at } = PATHS[this.name];
    return this.steps.map((canvas, i) => ({ canvas, code: () => at(route, i / (STEPS - 1)) }));
  }

  /**
   * @param {FileContents} contents
   * @returns {SheetFigure} the strip as a row of a file, with the time below each image
   */
  sheet({ model, endpoints }) {
    const times = this.steps.map((_, i) => [`t = ${formatNumber(i / (STEPS - 1), 1)}`]);
    const notes = [...endpoints.slice(0, 2), this.message.textContent].filter(Boolean);
    return { rows: [this.steps], title: `${model}: ${text(this.name)}, A → B`, notes, under: [times] };
  }

  /**
   * Mark the step nearest to a time.
   * @param {number} t
   */
  markStep(t) {
    const current = Math.round(t * (STEPS - 1));
    this.steps.forEach((canvas, i) => canvas.classList.toggle("vae-current-step", i === current));
  }

  /**
   * Show a sentence beside the path's name.
   * @param {string} sentence
   * @param {boolean} [isStale] whether the images are of endpoints that have moved
   */
  setMessage(sentence, isStale = false) {
    this.message.textContent = sentence;
    this.root.classList.toggle("vae-stale", isStale);
    for (const button of this.buttons) button.disabled = isStale;
  }
}
