// The latent map: test images as colored points, with zoom, pan, tooltip, legend, lasso, and what a tab marks on it.

import { lift, project } from "../math/interpolation.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { prefersReducedMotion } from "../page/motion.js";
import { throttle } from "../page/throttle.js";
import { Annotations } from "./annotations.js";
import { Canvases } from "./canvases.js";
import { pointColors } from "./color_scale.js";
import { DecodedGrid } from "./decoded_grid.js";
import { listenTo } from "./gestures.js";
import { Lasso } from "./lasso.js";
import { Legend } from "./legend.js";
import { highlightInOthers, link, selectEverywhere, unlink } from "./linked_maps.js";
import { missingSentence, nearestPoint, planeOf } from "./map_data.js";
import { paintBackground, paintOverlay } from "./painting.js";
import { Points } from "./points.js";
import { Toolbar, savingButtons } from "./toolbar.js";
import { Tooltip } from "./tooltip.js";
import { Transition, toData, toPixels } from "./transition.js";
import { Viewport } from "./viewport.js";

/** @typedef {import("./map_data.js").Code} Code */
/** @typedef {import("./map_data.js").MapData} MapData */
/** @typedef {import("./map_data.js").MapOptions} MapOptions */
/** @typedef {import("./painting.js").Painter} Painter */

const POINT_RADIUS_PX = 9; // a pointer within this distance is on a point

/** A map of test images as colored points. It dispatches "draw" after each redraw of the points. */
export class LatentMap extends EventTarget {
  /**
   * @param {HTMLElement} host
   * @param {MapOptions} [options]
   */
  constructor(host, options = {}) {
    super();
    this.options = options;
    this.hasHandle = Boolean(options.onMove);
    /** @type {MapData | null} */
    this.data = null;
    this.label = 0; // the class that a conditional model decodes
    /** @type {Code} */
    this.through = []; // the code that supplies the components that the map does not show
    this.handle = [0, 0];
    /** @type {string | null} */
    this.fittedDataset = null; // the data set that the view was fitted to last
    /** @type {Transition | null} */
    this.transition = null;
    /** @type {Painter[]} */
    this.filePainters = [];
    this.handleFrame = 0; // ids of requested frames, 0 for none
    this.drawFrame = 0;
    this.announce = throttle(() => this.announceHandle()); // text costs more than a picture
    this.aborter = new AbortController();
    this.viewport = new Viewport(() => this.draw());
    this.canvases = new Canvases(this.viewport);
    this.overlay = this.canvases.overlay; // takes the pointer, the wheel and the keys
    this.points = new Points();
    this.annotations = new Annotations(options.ownsSelection ?? !options.onPick, () => this.drawOverlay());
    this.decodedGrid = new DecodedGrid(this);
    this.legend = new Legend();
    this.lasso = new Lasso(this);
    this.toolbar = new Toolbar(this);
    this.tooltip = new Tooltip();
    this.missing = make("p", "vae-map-missing");
    const layers = [this.canvases.points, this.overlay, this.toolbar.root, this.missing, this.tooltip.root];
    this.frame = make("div", "vae-map-frame", ...layers);
    this.root = make("div", "vae-map", this.frame, this.legend.root, this.lasso.root);
    this.overlay.setAttribute("role", this.hasHandle ? "slider" : "img");
    this.overlay.setAttribute("aria-label", text(this.hasHandle ? "map_handle" : "map_static"));
    this.missing.setAttribute("role", "status");
    this.legend.root.append(savingButtons(this));
    host.append(this.root);
    this.listen();
  }

  listen() {
    const { signal } = this.aborter;
    const sizes = new ResizeObserver(() => this.resize());
    const themes = new MutationObserver(() => this.changeTheme());
    sizes.observe(this.frame);
    themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    window.addEventListener("resize", () => this.resize(), { signal }); // another screen may have another pixel density
    this.legend.addEventListener("change", () => this.draw());
    signal.addEventListener("abort", () => [sizes, themes].forEach((observer) => observer.disconnect()));
    listenTo(this, signal);
    link(this);
  }

  /** Stop listening, so that nothing holds a map that was removed. */
  destroy() {
    this.aborter.abort();
    unlink(this);
  }

  /**
   * Show a map.
   * @param {MapData} data
   * @param {{handle?: number[], refit?: boolean}} [options] the handle's place; whether to leave a view that the
   * visitor has chosen
   */
  setData(data, { handle = this.handle, refit = false } = {}) {
    this.transition?.finish();
    const isOtherDataset = this.data?.dataset !== data.dataset;
    if (isOtherDataset && this.data) this.hover(-1);
    if (this.data?.run !== data.run) [this.through, this.label] = [planeOf(data).origin, 0];
    this.data = data;
    this.handle = handle;
    if (isOtherDataset) this.annotations.clearImages();
    if (isOtherDataset && this.lasso.selection) this.lasso.clear();
    this.missing.textContent = missingSentence(data);
    if (this.legend.setData(data) || refit || !this.viewport.adjusted) this.fit();
    else this.draw();
  }

  /**
   * Show other data of the same images: the points move to their new places, unless the visitor prefers reduced motion.
   * @param {MapData} data
   * @param {number[]} handle the handle's place in the new view
   */
  transitionTo(data, handle) {
    this.transition?.finish();
    const { overlay, viewport } = this;
    const shown = viewport.width && this.data ? { points: this.data.points, handle: this.handle } : null;
    const onScreen = shown && toPixels(shown, viewport);
    this.setData(data, { handle, refit: true });
    if (onScreen?.points.length !== data.points.length || prefersReducedMotion()) return;
    const onFrame = () => this.draw();
    const onEnd = () => {
      this.transition = null;
      this.data = data;
      this.draw();
    };
    const destination = { points: data.points, handle };
    this.transition = new Transition(toData(onScreen, viewport), destination, { overlay, onFrame, onEnd });
    this.data = { ...data, points: this.transition.points };
    this.transition.start();
  }

  /** Show nothing. */
  clear() {
    this.transition?.finish();
    this.data = null;
    this.legend.clear();
    this.missing.textContent = "";
    this.draw();
  }

  /**
   * Decode another class of a conditional model.
   * @param {number} label
   */
  setLabel(label) {
    this.label = label;
    this.draw();
  }

  /**
   * Take the components that the map does not show from another code.
   * @param {Code} code
   */
  setThrough(code) {
    this.through = code;
    if (this.legend.pictures) this.draw();
  }

  /**
   * The code at a place of the map.
   * @param {number} x
   * @param {number} y
   * @returns {number[]}
   */
  lift(x, y) {
    if (this.options.lift) return this.options.lift(x, y, this.through);
    return this.data ? lift(planeOf(this.data), x, y, this.through) : [];
  }

  /**
   * The place of a code on the map.
   * @param {Code} code
   * @returns {number[]}
   */
  project(code) {
    if (this.options.project) return this.options.project(code);
    return this.data ? project(planeOf(this.data), code) : [0, 0];
  }

  resize() {
    const isFirst = !this.viewport.width;
    if (!this.canvases.resize(this.frame)) return;
    if (isFirst) this.fit();
    this.draw();
  }

  /** Bring nearly all points into view. */
  fit() {
    const { data, viewport, options } = this;
    if (!data || !viewport.width) return viewport.setView(viewport.view, false);
    const previous = !viewport.adjusted && data.dataset === this.fittedDataset ? viewport.view : null;
    const fitted = viewport.fittedView(data.points, this.handle);
    this.fittedDataset = data.dataset;
    viewport.setView(options.adjustFit?.(fitted, previous, this) ?? fitted, false);
  }

  /**
   * Move the handle. However many moves there are, each frame shows and decodes the newest.
   * @param {number} x
   * @param {number} y
   */
  moveHandle(x, y) {
    this.handle = [x, y];
    this.handleFrame ||= requestAnimationFrame(() => {
      this.handleFrame = 0;
      this.drawOverlay();
      this.options.onMove?.(this.handle[0], this.handle[1]);
      this.announce();
    });
  }

  /** Where the handle is drawn: during a transition, on its way. */
  get visibleHandle() {
    return this.transition?.handle ?? this.handle;
  }

  announceHandle() {
    this.overlay.setAttribute("aria-valuetext", this.handle.map((value) => formatNumber(value)).join(", "));
    this.options.onRest?.(this.handle[0], this.handle[1]);
  }

  /**
   * The index of the visible point at a place on the screen, −1 if there is none.
   * @param {number} px CSS pixels
   * @param {number} py
   * @returns {number}
   */
  nearest(px, py) {
    if (!this.data) return -1;
    const [x, y] = this.viewport.toData(px, py);
    return nearestPoint(this.data, x, y, POINT_RADIUS_PX / this.viewport.scale, (i) => this.legend.hides(i));
  }

  /**
   * Show the image under the pointer, here and in the linked maps.
   * @param {number} index −1 for none
   * @param {number} [px] CSS pixels
   * @param {number} [py]
   */
  hover(index, px = 0, py = 0) {
    if (index === this.annotations.hovered) return;
    this.annotations.hover(index);
    this.tooltip.show(this, index, px, py);
    highlightInOthers(this, index);
  }

  /**
   * Select a point that was clicked, here and in the linked maps.
   * @param {number} index
   */
  pick(index) {
    this.options.onPick?.(index);
    selectEverywhere(this, index);
  }

  /**
   * Add a painter that draws over the map in saved files, for what is an element on the page.
   * @param {Painter} painter
   */
  addFilePainter(painter) {
    this.filePainters.push(painter);
  }

  changeTheme() {
    this.canvases.refreshTheme();
    this.draw();
  }

  /** Draw everything in the next frame; several calls in one frame draw once. */
  draw() {
    this.drawFrame ||= requestAnimationFrame(() => {
      this.drawFrame = 0;
      if (!this.viewport.width) return;
      const context = this.canvases.clear(this.canvases.points);
      paintBackground(context, this, this.canvases.theme, () => this.drawPoints(context));
      this.drawOverlay();
      this.dispatchEvent(new Event("draw"));
    });
  }

  /** @param {CanvasRenderingContext2D} context */
  drawPoints(context) {
    if (this.data) this.points.draw(context, this, pointColors(this.data, this.legend.factor));
  }

  /** Draw at once what lies over the points. */
  drawOverlay() {
    if (this.viewport.width) paintOverlay(this.canvases.clear(this.overlay), this, this.canvases.theme);
  }
}
