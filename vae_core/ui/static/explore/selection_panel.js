// The selected image, its reconstruction and their difference; its code, and how novel an own image is.

import { loadImage } from "../page/api.js";
import { button, formatNumber, make } from "../page/dom.js";
import { DrawingPad } from "../page/drawing_pad.js";
import { text } from "../page/i18n.js";
import { nameOfSelection } from "../page/image_names.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { bytesToPixels, fromBase64, paint, paintDifference, pictureCanvas } from "../page/picture.js";

/** @typedef {import("../decoder/decoder.js").Decoder} Decoder */
/** @typedef {import("../page/api.js").RunMap} RunMap */

/**
 * An image as the server sends it: a test image with its index and label, or an image of the visitor with its pixels.
 * @typedef {object} SelectedImage
 * @property {string} run
 * @property {number} [index] the number of a test image
 * @property {number} [label] the class of a test image
 * @property {string} [pixels] an own image as base64 bytes
 * @property {boolean} [drawn] whether an own image is a drawing
 * @property {number} [error] the reconstruction error of an own image
 * @property {number} [percentile] the share in [0, 1] of the test images with a smaller error
 * @property {boolean} [isOutlier] whether nearly all have a smaller error
 * @property {number[]} code μ where the model has a posterior
 * @property {number[] | null} std σ of the posterior
 * @property {number[] | null} covariance [a, b, c] of the posterior on the plane of the map
 */

const MAX_CODE_NUMBERS = 4;

/** The panel of the selected image. */
export class SelectionPanel {
  /**
   * @param {HTMLElement} figure the tab's figure, which marks that the pad is open
   * @param {(drawing: string) => void} onDrawn called with a drawing as base64
   */
  constructor(figure, onDrawn) {
    this.figure = figure;
    /** @type {SelectedImage | null} */
    this.image = null;
    /** @type {RunMap | null} */
    this.data = null;
    this.pad = new DrawingPad(onDrawn, () => this.setPadOpen(false));
    this.canvases = ["input", "reconstruction", "difference"].map((name) => pictureCanvas(text(name)));
    this.name = make("p", "vae-caption", text("no_image"));
    this.codeText = make("p", "vae-code-text");
    this.novelty = make("p", "vae-novelty");
    this.drawButton = button(text("draw"), () => this.setPadOpen(true));
    const head = make("div", "vae-panel-head", this.name, this.drawButton);
    const figures = this.canvases.map((canvas) =>
      make("figure", "vae-image-view", canvas, make("figcaption", "", canvas.ariaLabel ?? "")),
    );
    const views = make("div", "vae-image-views", ...figures);
    const save = imageSheetButtons(() => this.sheet());
    this.root = make("section", "vae-panel vae-chosen-image", head, views, this.codeText, this.novelty, save);
    this.elements = [this.pad.root, this.root];
  }

  /** The three images as a sheet to save; null while no image is selected. */
  sheet() {
    if (!this.image || !this.data) return null;
    const notes = [...(this.codeText.textContent ?? "").split("\n"), this.novelty.textContent ?? ""];
    return {
      rows: [this.canvases],
      title: `${this.data.name}: ${this.name.textContent}`,
      notes: notes.filter(Boolean),
      under: [this.canvases.map((canvas) => [canvas.ariaLabel ?? ""])],
    };
  }

  /**
   * Open or close the drawing pad; while it is open, the reconstruction of the drawing stands right below it.
   * @param {boolean} isOpen
   */
  setPadOpen(isOpen) {
    this.figure.classList.toggle("vae-pad-open", isOpen);
    this.drawButton.hidden = isOpen;
    if (isOpen) this.pad.open();
    else this.drawButton.focus();
  }

  /** Forget the image of another run; its canvases stay until the next image. */
  clear() {
    this.image = null;
  }

  /**
   * Show an image and what its code and class decode to.
   * @param {SelectedImage} image
   * @param {RunMap} data
   * @param {Decoder} decoder
   */
  async show(image, data, decoder) {
    this.image = image;
    this.data = data;
    const input = image.pixels
      ? bytesToPixels(fromBase64(image.pixels))
      : await loadImage(data.dataset, image.index ?? 0, data.shape);
    if (this.image !== image || !input) return;
    const reconstruction = decoder.decode(image.code, labelOf(image));
    const [inputCanvas, reconstructionCanvas, differenceCanvas] = this.canvases;
    const isDark = document.body.classList.contains("dark");
    paint(inputCanvas, input, data.shape);
    paint(reconstructionCanvas, reconstruction, data.shape);
    paintDifference(differenceCanvas, input, reconstruction, data.shape, isDark);
    this.name.textContent = nameOfSelection(image, data.classes);
    this.novelty.textContent = noveltySentence(image);
    const error = formatNumber(rmsError(input, reconstruction), 3);
    this.codeText.textContent = `${codeText(image)}\n${text("rms_error")} ${error}`;
  }
}

/**
 * The class with which a conditional model decodes an image.
 * @param {SelectedImage | null} image
 * @returns {number}
 */
export const labelOf = (image) => image?.label ?? 0;

/**
 * The first numbers of a code, with σ where there is a posterior.
 * @param {SelectedImage} image
 */
function codeText({ code, std }) {
  const numbers = code
    .slice(0, MAX_CODE_NUMBERS)
    .map((mean, d) => (std ? `${formatNumber(mean)} ± ${formatNumber(std[d])}` : formatNumber(mean)));
  const more = code.length > MAX_CODE_NUMBERS ? ", …" : "";
  return `${text(std ? "posterior" : "code")} ${numbers.join(", ")}${more}`;
}

/**
 * The root of the mean squared difference of two images.
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
const rmsError = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);

/**
 * A sentence on the reconstruction error of an own image among those of the test images; empty for a test image.
 * @param {SelectedImage} image
 */
function noveltySentence({ error, percentile, isOutlier }) {
  if (percentile === undefined || error === undefined) return "";
  const share = Math.floor(1000 * percentile) / 10; // rounded down: 100 % means all
  const sentence = text("novelty", { error: formatNumber(error, 1), share: formatNumber(share, 1) });
  return isOutlier ? `${sentence} ${text("outlier")}` : sentence;
}
