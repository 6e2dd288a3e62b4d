// The figure of the first tab: a map with a handle, what the handle decodes to, and one selected image.

import { LatentMap } from "../map/latent_map.js";
import { loadDecoder, loadMap } from "../page/api.js";
import { make, messageLine, requireElement } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { onImagePaste } from "../page/paste_image.js";
import { DecodedPanel } from "./decoded_panel.js";
import { NearestImages } from "./nearest_images.js";
import { PosteriorSamples } from "./posterior_samples.js";
import { SelectionPanel, labelOf } from "./selection_panel.js";
import { ViewSwitch } from "./view_switch.js";

/** @typedef {import("../decoder/decoder.js").Decoder} Decoder */
/** @typedef {import("../map/map_data.js").Code} Code */
/** @typedef {import("../page/api.js").RunMap} RunMap */
/** @typedef {import("../page/dom.js").Component} Component */
/** @typedef {import("./selection_panel.js").SelectedImage} SelectedImage */
/** @typedef {import("./views.js").CodeView} CodeView */
/** Sends an event with a value to the server. @typedef {(event: string, value: object) => void} Send */

/**
 * Show the run of the prop `run` and the image of the prop `chosen`.
 * @param {Component} component
 */
export function mount({ element, props, trigger, watch }) {
  const figure = new Explorer(requireElement(element, ".vae-explore"), (event, value) => {
    props.value = value;
    trigger(event, value);
  });
  const update = () => figure.update(props.run, props.chosen);
  watch(["run", "chosen"], update);
  update();
}

/** Connects the map with the panels around it. */
export class Explorer {
  /**
   * @param {HTMLElement} root
   * @param {Send} send
   */
  constructor(root, send) {
    this.root = root;
    /** @type {string | undefined} */
    this.requestedRun = undefined; // the run that is shown, or is to be shown
    /** @type {Promise<void>} */
    this.opening = Promise.resolve();
    /** @type {RunMap | null} */
    this.data = null;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {CodeView | null} */
    this.view = null;
    /** @type {SelectedImage | null} */
    this.selected = null;
    const left = make("div", "vae-explore-map");
    const right = make("div", "vae-explore-side");
    root.replaceChildren(left, right);
    /** @type {(index: number) => void} */
    const onPick = (index) => send("picked", { index });
    this.map = new LatentMap(left, {
      onMove: () => this.decode(),
      onRest: () => this.followHandle(),
      onPick,
      lift: (x, y, through) => this.view?.lift(x, y, through) ?? [],
      project: (code) => this.view?.project(code) ?? [0, 0],
    });
    this.decodedPanel = new DecodedPanel(this.map, {
      onClass: () => this.classChanged(),
      onMessage: (message) => this.say(message),
    });
    this.selectionPanel = new SelectionPanel(root, (drawing) => send("drawn", { drawing }));
    this.posterior = new PosteriorSamples(
      this.map,
      (code) => this.setCode(code),
      (code) => this.decodeSample(code),
    );
    this.viewSwitch = new ViewSwitch(this);
    this.nearestImages = new NearestImages(onPick);
    this.hint = make("p", "vae-hint");
    this.message = messageLine("alert");
    const { sliders, traversals } = this.viewSwitch;
    left.prepend(this.viewSwitch.root);
    left.append(this.hint, this.posterior.root, this.nearestImages.root, traversals.root);
    right.append(this.decodedPanel.root, sliders.root, ...this.selectionPanel.elements, this.message);
    this.listen();
  }

  listen() {
    for (const event of ["pointerdown", "keydown"])
      // Any input ends the animation of a sample
      this.root.addEventListener(event, () => this.posterior.commitSample());
    const themes = new MutationObserver(() => this.showSelection()); // the difference has the page's background
    themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    onImagePaste(this.root, () => "#explore-upload");
  }

  /**
   * Show a run, and after it an image of that run, however fast one request follows another.
   * @param {string | undefined} run
   * @param {SelectedImage | null} [image]
   */
  async update(run, image) {
    if (run && run !== this.requestedRun) this.opening = this.open(run);
    await this.opening;
    if (image && image.run === this.data?.run) await this.select(image);
  }

  /**
   * Show another run. The last one stays until it is there, or if it cannot be loaded.
   * @param {string} run
   */
  async open(run) {
    this.requestedRun = run;
    this.root.setAttribute("aria-busy", "true");
    const loaded = await Promise.all([loadMap(run), loadDecoder(run)]).catch((/** @type {Error} */ error) => error);
    if (run !== this.requestedRun) return;
    this.root.removeAttribute("aria-busy");
    if (!(loaded instanceof Error)) return this.show(...loaded);
    this.requestedRun = this.data?.run; // so that the next request tries again
    this.say(loaded.message);
  }

  /**
   * @param {RunMap} data
   * @param {Decoder} decoder
   */
  show(data, decoder) {
    this.data = data;
    this.decoder = decoder;
    this.selected = null;
    this.selectionPanel.clear();
    this.say("");
    this.posterior.setImage(data, null);
    this.map.annotations.setMark(null);
    this.view = this.viewSwitch.open(data);
    this.map.setData(data, { handle: [0, 0], refit: true });
    this.map.setThrough(data.origin);
    this.describe();
    this.decodedPanel.classSelect.offer(data);
    this.nearestImages.open(data);
    this.map.moveHandle(0, 0);
  }

  /** Name the axes, and describe what the map shows. */
  describe() {
    if (!this.data || !this.view) return;
    this.decodedPanel.nameAxes();
    const sentences = [text("explore_hint"), this.view.sentence, inactiveSentence(this.data)];
    this.hint.textContent = sentences.filter(Boolean).join(" ");
  }

  /**
   * Show the same codes in another view; the handle's code, the selected image, the colors and the classes stay.
   * @param {CodeView} view
   */
  showView(view) {
    if (!this.data) return;
    const code = this.code();
    this.view = view;
    this.map.setThrough(code);
    const { points, prior, axes } = view;
    this.map.transitionTo({ ...this.data, points, prior, axes }, view.project(code));
    this.markSelected();
    this.posterior.changeView(this.selected && view.ellipse(this.selected));
    this.describe();
    this.setCode(code);
  }

  /** Decode again, because the places of the view have other codes. */
  viewChanged() {
    this.describe();
    this.decode();
    this.map.decodedGrid.invalidate();
  }

  /**
   * The code at the handle.
   * @returns {number[]}
   */
  code() {
    return this.map.lift(this.map.handle[0], this.map.handle[1]);
  }

  /**
   * Move the handle to a code, and decode that code.
   * @param {Code} code
   */
  setCode(code) {
    const [x, y] = this.map.project(code);
    this.map.setThrough(code);
    this.map.moveHandle(x, y);
    this.viewSwitch.sliders.set(code);
  }

  markSelected() {
    const { selected, view } = this;
    if (!selected || !view) return;
    this.map.annotations.setMark({ place: view.project(selected.code), covariance: view.ellipse(selected) });
  }

  /**
   * Select an image: mark it, move the handle to its code, and show its reconstruction.
   * @param {SelectedImage} image
   */
  async select(image) {
    this.selected = image;
    this.markSelected();
    this.posterior.setImage(this.data, image, this.view?.ellipse(image) ?? null);
    if (image.label !== undefined) this.decodedPanel.classSelect.set(image.label);
    this.setCode(image.code);
    this.viewSwitch.selectionChanged();
    this.map.draw();
    await this.showSelection();
  }

  async showSelection() {
    const { data, decoder, selected } = this;
    if (data && decoder && selected) await this.selectionPanel.show(selected, data, decoder);
  }

  classChanged() {
    this.decode();
    this.viewSwitch.selectionChanged();
  }

  /** Decode the handle's code. */
  decode() {
    if (!this.decoder) return;
    const [x, y] = this.map.handle;
    this.decodedPanel.decode(this.decoder, this.code());
    this.root.dispatchEvent(new CustomEvent("decoded", { detail: { x, y } }));
  }

  /**
   * Decode a sample of the selected image's posterior.
   * @param {Code} code
   * @returns {Float32Array}
   */
  decodeSample(code) {
    return this.decoder?.decode(code, labelOf(this.selected)) ?? new Float32Array();
  }

  followHandle() {
    this.nearestImages.follow(this.code());
    this.decodedPanel.showPlace();
  }

  /**
   * Show a message below the figure; an empty one clears it.
   * @param {string} message
   */
  say(message) {
    this.message.textContent = message;
  }
}

/**
 * A sentence on the dimensions that say nothing about the image; empty if there are none.
 * @param {RunMap} data
 */
const inactiveSentence = ({ active, silence, latentDim }) =>
  silence ? text(silence, { active: active ?? 0, dims: latentDim }) : "";
