// Samples of a posterior q(z | x) = N(μ, diag σ²): one z = μ + σ ⊙ ε after another, or many at once.

import { sampleNormal } from "../math/normal.js";
import { button, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { nameOfSelection } from "../page/image_names.js";
import { imageSheetButtons } from "../page/image_sheet.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { animate } from "./animation.js";
import { PosteriorZoom } from "./posterior_zoom.js";
import { fillSampleTable } from "./sample_table.js";

/** @typedef {import("../map/latent_map.js").LatentMap} LatentMap */
/** @typedef {import("../page/api.js").RunMap} RunMap */
/** @typedef {import("./selection_panel.js").SelectedImage} SelectedImage */
/** An image with the posterior of a VAE. @typedef {SelectedImage & {std: number[]}} ImageWithPosterior */

const IMAGES = 40;
const IMAGES_PER_ROW = 10; // of a sheet to save
const SAMPLE_DURATION_MS = 1400; // of the animation from μ to z
const DECODE_BUDGET_MS = 12; // between two frames

/** The panel that samples the posterior of the selected image. */
export class PosteriorSamples {
  /**
   * @param {LatentMap} map
   * @param {(code: number[]) => void} moveTo moves the handle to a code
   * @param {(code: number[]) => Float32Array} decode
   */
  constructor(map, moveTo, decode) {
    this.map = map;
    this.moveTo = moveTo;
    this.decode = decode;
    /** @type {RunMap | null} */
    this.data = null;
    /** @type {SelectedImage | null} */
    this.image = null;
    /** @type {number[] | null} */
    this.covariance = null; // [a, b, c] of the posterior on the map; null on a map that is not linear
    /** @type {number[][]} */
    this.samples = []; // codes
    /** @type {number[] | null} */
    this.epsilon = null; // of the sample that the handle moves to
    /** @type {number[][] | null} */
    this.gridSamples = null; // codes whose images are shown
    this.zoom = new PosteriorZoom(map.viewport);
    this.sampleButton = button(text("sample_one"), () => this.sampleOne());
    this.gridButton = button(text("sample_forty"), () => this.sampleMany());
    this.about = make("p", "vae-hint");
    this.table = make("table", "vae-table vae-sample-table");
    this.table.ariaLabel = text("sample_table");
    this.pictures = Array.from({ length: IMAGES }, () => Object.assign(pictureCanvas(), { ariaHidden: "true" }));
    this.grid = make("div", "vae-posterior-samples", ...this.pictures);
    this.grid.setAttribute("role", "img");
    this.grid.setAttribute("aria-label", text("posterior_images"));
    this.save = imageSheetButtons(() => this.sheet());
    const buttons = make("div", "vae-buttons", this.sampleButton, this.gridButton, this.about);
    this.root = make("div", "vae-posterior", buttons, this.table, this.grid, this.save);
    this.setImage(null, null);
  }

  /**
   * Sample the posterior of another image, and discard the samples of the last one.
   * @param {RunMap | null} data
   * @param {SelectedImage | null} image
   * @param {number[] | null} [covariance] of the posterior on the map
   */
  setImage(data, image, covariance = null) {
    this.epsilon = this.gridSamples = null;
    this.data = data;
    this.image = image;
    this.covariance = covariance;
    this.samples = [];
    this.showSamples();
    this.table.hidden = this.grid.hidden = this.save.hidden = true;
    this.sampleButton.disabled = this.gridButton.disabled = !image?.std;
    this.about.textContent = image ? text(image.std ? "posterior_help" : "no_posterior") : "";
    this.zoom.restoreView(image && this.map.project(image.code));
  }

  /**
   * Show the samples in another view of the codes.
   * @param {number[] | null} covariance of the posterior in that view
   */
  changeView(covariance) {
    this.commitSample();
    this.covariance = covariance;
    this.zoom.forget(); // its coordinates are those of the last view
    this.showSamples();
  }

  showSamples() {
    this.map.annotations.setSamples(this.samples.map((code) => this.map.project(code)));
  }

  /** The image, if it has a posterior. */
  get posterior() {
    return this.image?.std ? /** @type {ImageWithPosterior} */ (this.image) : null;
  }

  /** Move the handle from μ to a sample. A second press commits the sample that it moves to. */
  async sampleOne() {
    this.commitSample();
    const { posterior } = this;
    if (!posterior) return;
    const epsilon = posterior.code.map(sampleNormal);
    const isCurrent = () => this.epsilon === epsilon;
    /** @type {(share: number) => void} */
    const moveAlong = (share) => {
      const partial = epsilon.map((value) => share * value);
      this.moveTo(reparameterize(posterior, partial));
      this.tabulate(posterior, partial);
    };
    this.epsilon = epsilon;
    moveAlong(0);
    await this.zoomToPosterior(posterior, isCurrent);
    await animate(SAMPLE_DURATION_MS, moveAlong, isCurrent);
    if (isCurrent()) this.commitSample();
  }

  /** Keep the sample that the handle moves to; the handle stays where it is. */
  commitSample() {
    const { epsilon, posterior } = this;
    if (!epsilon || !posterior) return;
    this.samples.push(reparameterize(posterior, epsilon));
    this.showSamples();
    this.tabulate(posterior, epsilon);
    this.epsilon = null;
  }

  /** Draw many samples, and decode them. */
  async sampleMany() {
    this.commitSample();
    const { posterior } = this;
    if (!posterior) return;
    const samples = this.pictures.map(() => reparameterize(posterior, posterior.code.map(sampleNormal)));
    this.gridSamples = samples;
    this.table.hidden = true;
    this.moveTo(posterior.code);
    this.samples.push(...samples);
    this.showSamples();
    this.grid.hidden = this.save.hidden = false;
    await Promise.all([this.paintGrid(samples), this.zoomToPosterior(posterior, () => this.gridSamples === samples)]);
  }

  /** The images of the samples as a sheet to save. */
  sheet() {
    if (!this.data || !this.image) return null;
    const rows = Array.from({ length: IMAGES / IMAGES_PER_ROW }, (_, row) =>
      this.pictures.slice(row * IMAGES_PER_ROW, (row + 1) * IMAGES_PER_ROW),
    );
    const notes = [nameOfSelection(this.image, this.data.classes)];
    return { rows, title: `${this.data.name}: ${text("posterior_images")}`, notes };
  }

  /**
   * Decode the samples, a few in each frame: a large decoder would block the page.
   * @param {number[][]} samples
   */
  async paintGrid(samples) {
    let frameStart = performance.now();
    for (const [i, code] of samples.entries()) {
      if (!this.data) return;
      paint(this.pictures[i], this.decode(code), this.data.shape);
      if (performance.now() - frameStart < DECODE_BUDGET_MS) continue;
      await new Promise(requestAnimationFrame);
      if (this.gridSamples !== samples) return;
      frameStart = performance.now();
    }
  }

  /**
   * @param {ImageWithPosterior} posterior
   * @param {number[]} epsilon
   */
  tabulate({ code, std }, epsilon) {
    fillSampleTable(this.table, code, std, epsilon);
    this.table.hidden = false;
  }

  /**
   * Enlarge the map around the posterior if it is too small to be seen, or out of view.
   * @param {ImageWithPosterior} posterior
   * @param {() => boolean} isCurrent whether to go on
   */
  async zoomToPosterior(posterior, isCurrent) {
    if (!this.covariance) return;
    const [a, b, c] = this.covariance;
    const radius = 2 * Math.sqrt((a + c) / 2 + Math.hypot((a - c) / 2, b)); // of the 2σ ellipse
    const place = this.map.project(posterior.code);
    if (!this.zoom.isNeeded(place, radius)) return;
    this.about.textContent = `${text("posterior_help")} ${text("enlarged")}`;
    await this.zoom.zoomTo(place, radius, isCurrent);
  }
}

/**
 * The sample μ + σ ⊙ ε (Kingma and Welling 2014).
 * @param {ImageWithPosterior} posterior
 * @param {number[]} epsilon
 * @returns {number[]}
 */
const reparameterize = ({ code, std }, epsilon) => code.map((mean, d) => mean + std[d] * epsilon[d]);
