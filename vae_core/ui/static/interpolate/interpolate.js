// The interpolation tab: two to four images, two models, and the paths and blends between the images, all decoded in
// the page.

import { loadDecoder, loadMap } from "../page/api.js";
import { make, messageLine, messageOf, requireElement } from "../page/dom.js";
import { DrawingPad } from "../page/drawing_pad.js";
import { text } from "../page/i18n.js";
import { onImagePaste } from "../page/paste_image.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { loadEndpointImages } from "./endpoint_images.js";
import { ModelRow } from "./model_row.js";
import { PATHS } from "./paths.js";

/** @import { Component } from "../page/dom.js" */
/** @import { Endpoint, EndpointImages } from "./endpoint_images.js" */
/** @import { PathSettings, RowState } from "./model_row.js" */

/**
 * What the server sends: the endpoints A and B, perhaps C and D, and the two models.
 * @typedef {{ends: Endpoint[], rows: RowState[]}} State
 */
/**
 * Sends an event to the server: "picked" with {end, index}, or "drawn" with {end, drawing}.
 * @typedef {(event: string, value: object) => void} Send
 */

const LETTERS = "ABCD";
const SECONDS = 3; // from A to B

/**
 * Show the prop `state`, a State.
 * @param {Component} component
 */
export function mount({ element, props, trigger, watch }) {
  /** @type {Send} */
  const send = (event, value) => {
    props.value = value;
    trigger(event, value);
  };
  const tab = new InterpolationTab(requireElement(element, ".vae-interpolate"), send);
  watch("state", () => tab.open(props.state));
  tab.open(props.state);
}

class InterpolationTab {
  /**
   * @param {HTMLElement} root
   * @param {Send} send
   */
  constructor(root, send) {
    this.root = root;
    this.send = send;
    /** @type {PathSettings} */
    this.settings = { t: 0.5, visible: new Set(["straight", "spherical"]) };
    /** @type {State | null} */
    this.state = null; // the newest, which may still be loading
    this.frame = 0; // of the animation, 0 while it is stopped
    this.lastTouched = 0; // the endpoint that takes a pasted image
    this.images = ["A", "B"].map((letter) => ({
      letter,
      canvas: pictureCanvas(letter),
      caption: make("figcaption", "", letter),
    }));
    this.message = messageLine("alert");
    this.slider = this.createSlider();
    this.playButton = this.createPlayButton();
    this.modelRows = [0, 1].map(
      () =>
        new ModelRow(this.settings, {
          onStep: (t) => this.stop(t),
          onPick: (endpoint, index) => this.pick(endpoint, index),
          onError: (message) => this.showMessage(message),
        }),
    );
    this.pads = [...LETTERS].map((letter, end) => {
      const onDrawn = (/** @type {string} */ drawing) => send("drawn", { end, drawing });
      return new DrawingPad(onDrawn, () => this.focusDrawButton(end), text("endpoint_pad", { letter }));
    });
    root.replaceChildren(this.createControls(), this.message);
    root.append(...this.pads.map((pad) => pad.root), ...this.modelRows.map((row) => row.root));
    this.modelRows.forEach((row) => row.showPaths());
    this.listen();
  }

  createSlider() {
    const slider = make("input", "vae-slider");
    slider.type = "range";
    slider.min = "0";
    slider.max = "1";
    slider.step = "0.01";
    slider.value = "0.5";
    slider.setAttribute("aria-label", text("slider"));
    slider.addEventListener("input", () => this.stop(Number(slider.value)));
    return slider;
  }

  createPlayButton() {
    const button = make("button", "vae-small-button vae-play", text("play"));
    button.type = "button";
    button.title = text("play_help");
    button.addEventListener("click", () => (this.frame ? this.stop(this.settings.t) : this.start()));
    return button;
  }

  createControls() {
    const [a, b] = this.images.map(({ canvas, caption }) => make("figure", "vae-endpoint", canvas, caption));
    const label = make("label", "vae-slider-label", make("span", "", text("slider")), this.slider);
    const sliderRow = make("div", "vae-slider-row", label, this.playButton);
    const middle = make("div", "vae-path-controls", sliderRow, this.createPathChoice());
    return make("div", "vae-interpolate-controls", a, middle, b);
  }

  /** Create the check boxes of the visible paths. */
  createPathChoice() {
    const { visible } = this.settings;
    const options = Object.keys(PATHS).map((name) => {
      const box = make("input");
      box.type = "checkbox";
      box.checked = visible.has(name);
      box.addEventListener("change", () => {
        if (box.checked) visible.add(name);
        else visible.delete(name);
        this.modelRows.forEach((row) => row.showPaths());
      });
      const label = make("label", "vae-option", box, make("span", `vae-path-line vae-path-line-${name}`), text(name));
      label.title = text(`${name}_help`);
      return label;
    });
    const group = make("div", "vae-legend", ...options);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", text("paths"));
    return group;
  }

  /** Open a drawing pad when the server asks for it, and send a pasted image to the endpoint that was touched last. */
  listen() {
    this.root.addEventListener("draw", (event) => {
      if (event instanceof CustomEvent) this.openPad(event.detail);
    });
    document.addEventListener("focusin", ({ target }) => {
      if (!(target instanceof Element)) return;
      const handle = target.closest(".vae-handle")?.textContent;
      const letter = handle ?? target.closest(".vae-endpoint-choice")?.id.at(-1)?.toUpperCase();
      if (letter) this.lastTouched = LETTERS.indexOf(letter);
    });
    onImagePaste(this.root, () => `#interpolate-upload-${LETTERS[this.lastTouched].toLowerCase()}`);
  }

  /** @param {number} endpoint */
  openPad(endpoint) {
    this.pads.forEach((pad, i) => {
      if (i !== endpoint) pad.hide();
    });
    this.pads[endpoint].open();
  }

  /** @param {number} endpoint */
  focusDrawButton(endpoint) {
    const button = document.querySelector(`#interpolate-draw-${LETTERS[endpoint].toLowerCase()}`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }

  /**
   * Make a test image an endpoint. If it is one already, the endpoint moves back to the image's code.
   * @param {number} endpoint
   * @param {number} index
   */
  pick(endpoint, index) {
    if (this.modelRows[0].isImageOf(endpoint, index)) this.modelRows.forEach((row) => row.reset([endpoint]));
    else this.send("picked", { end: endpoint, index });
  }

  /** @param {string} message */
  showMessage(message) {
    this.message.textContent = message;
  }

  // ── the slider ────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param {number} t */
  setTime(t) {
    this.settings.t = t;
    this.slider.value = String(t);
    this.modelRows.forEach((row) => row.step());
  }

  /** Move the slider from A to B and back until something stops it. */
  start() {
    const begin = performance.now() - 1000 * SECONDS * this.settings.t;
    this.playButton.textContent = text("pause");
    /** @param {number} now ms */
    const advance = (now) => {
      const phase = (Math.max(0, now - begin) / 1000 / SECONDS) % 2;
      if (this.playButton.offsetParent) this.setTime(phase > 1 ? 2 - phase : phase); // a closed tab costs nothing
      this.frame = requestAnimationFrame(advance);
    };
    this.frame = requestAnimationFrame(advance);
  }

  /** @param {number} t where the slider stops */
  stop(t) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.playButton.textContent = text("play");
    this.setTime(t);
  }

  /**
   * Load and show a state, unless a newer one arrives first. The class of A is decoded everywhere.
   * @param {State | null | undefined} state
   */
  async open(state) {
    if (!state) return;
    this.state = state;
    try {
      const models = await Promise.all(
        state.rows.map(async ({ run }) => {
          const [map, decoder] = await Promise.all([loadMap(run), loadDecoder(run)]);
          return { map, decoder };
        }),
      );
      const { map } = models[0];
      const images = await loadEndpointImages(state.ends, map);
      if (this.state !== state) return;
      this.showImages(images, map.shape);
      this.modelRows.forEach((row, i) => row.open(state.rows[i], images, models[i].map, models[i].decoder));
      this.showMessage("");
    } catch (error) {
      if (this.state === state) this.showMessage(messageOf(error));
    }
  }

  /**
   * Show the images of A and B.
   * @param {EndpointImages} images
   * @param {number[]} shape channels, height and width
   */
  showImages({ pixels, descriptions }, shape) {
    this.images.forEach(({ letter, canvas, caption }, i) => {
      paint(canvas, pixels[i], shape);
      caption.textContent = `${letter}: ${descriptions[i]}`;
    });
  }
}
