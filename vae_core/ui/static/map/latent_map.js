// The latent map: test images as colored points, with zoom, pan, hover, a legend, and what a tab draws on top.

import { pointColors } from "./color_scale.js";
import { listenTo } from "./gestures.js";
import { Points, drawGrid, drawScale } from "./points.js";
import { Lasso } from "./lasso.js";
import { Legend } from "./legend.js";
import { dismiss, enlist, pointOut, single } from "./linked_maps.js";
import { Manifold } from "./decoded_grid.js";
import { drawClassNames, drawContours, drawHandle, drawMark, drawPath, drawPrior, drawRing } from "./overlay.js";
import { themeColors, make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { throttle } from "../page/throttle.js";
import { clamp } from "../math/clamp.js";
import { lift, project } from "../math/interpolation.js";
import { Tip } from "./tooltip.js";
import { Tools, savingButtons } from "./toolbar.js";

const REACH = 9; // CSS pixels: how near is "on a point"
const NAMES = 48; // CSS pixels that the axes' names and numbers take from the height
const SCALES = [0.01, 1e5]; // pixels that a unit may take

export class LatentMap {
  /**
   * @param host where the map is put
   * @param onMove (x, y) → void, called when the handle moves; without it the map has no handle
   * @param onRest (x, y) → void, called with the newest place, as often as the browser bears it (see seldom.js)
   * @param onPick (index) → void, called when a point is clicked
   * @param marks whether the map marks what is chosen; a tab that is told of it may do that by itself
   */
  constructor(host, { onMove = null, onRest = null, onPick = null, marks = !onPick } = {}) {
    Object.assign(this, { onMove, onRest, onPick, marks });
    this.view = { x: 0, y: 0, scale: 50 };
    this.handle = [0, 0];
    this.paths = [];
    this.draws = [];
    this.lift = (x, y) => lift(this.data, x, y); // a place of the map → a code, and back; a tab that knows better says so
    this.project = (code) => project(this.data, code);
    this.tell = throttle(() => this.sayPlace()); // text is dearer than a picture
    this.touched = false; // whether the visitor has chosen a view of their own
    this.flown = null; // where the handle is seen while it flies to another view
    this.build(host);
    this.listen();
  }

  build(host) {
    this.base = make("canvas", "vae-map-points");
    this.overlay = make("canvas", "vae-map-overlay");
    this.overlay.tabIndex = 0;
    this.overlay.setAttribute("role", this.onMove ? "slider" : "img");
    this.overlay.setAttribute("aria-label", text(this.onMove ? "map_handle" : "map_static"));
    this.points = new Points();
    this.tip = new Tip();
    this.tools = new Tools(this);
    this.missing = make("p", "vae-map-missing");
    this.missing.setAttribute("role", "status");
    this.frame = make("div", "vae-map-frame", this.base, this.overlay, this.tools.root, this.missing, this.tip.root);
    this.legend = new Legend(() => this.draw());
    this.legend.root.append(savingButtons(this));
    this.lasso = new Lasso(this);
    this.manifold = new Manifold(this);
    this.root = make("div", "vae-map", this.frame, this.legend.root, this.lasso.root);
    host.append(this.root);
    enlist(this);
  }

  listen() {
    const resized = new ResizeObserver(() => this.resize()),
      colored = new MutationObserver(() => this.changeInk());
    resized.observe(this.frame);
    colored.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.end = new AbortController();
    window.addEventListener("resize", () => this.resize(), { signal: this.end.signal }); // another screen may have finer pixels
    this.end.signal.addEventListener("abort", () => [resized, colored].forEach((one) => one.disconnect()));
    listenTo(this, this.end.signal);
  }

  /** Hear nothing any more, so that nothing keeps a map that has been taken away. */
  destroy() {
    this.end.abort();
    dismiss(this);
  }

  /** Show a map: {points, labels, classes, dataset, shape, standardPrior, latentDim}, perhaps with {factors, factorNames, prior, axes}. */
  setData(data) {
    const others = this.data?.dataset !== data.dataset;
    if (others && this.data) this.hover(-1);
    if (this.data?.run !== data.run) Object.assign(this, { through: data.origin, label: 0 });
    this.data = data;
    if (others) Object.assign(this, { chosen: -1, hovered: -1, pointed: -1 });
    if (others && this.lasso.chosen) this.lasso.forget();
    this.missing.textContent = missingOf(data);
    if (this.legend.setData(data) || !this.touched) this.fit();
    else this.draw();
  }

  /** Show nothing, as long as there is nothing. */
  clear() {
    this.data = this.legend.kinds = null;
    this.legend.key.replaceChildren();
    this.missing.textContent = "";
    this.draw();
  }

  resize() {
    const { clientWidth, clientHeight } = this.frame,
      ratio = Math.min(2, window.devicePixelRatio || 1);
    if (!clientWidth || (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio)) return;
    const grew = this.width ? clientWidth / this.width : 0;
    this.width = clientWidth;
    this.height = clientHeight;
    this.ratio = ratio;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(this.width * this.ratio);
      canvas.height = Math.round(this.height * this.ratio);
    }
    if (grew) this.view.scale *= grew;
    else if (this.data) this.fit();
    this.draw();
  }

  /** Bring nearly all points into view: a few stray codes of an autoencoder would make the rest too small. */
  fit() {
    this.touched = false;
    if (!this.data || !this.width) return;
    const bounds = [0, 1].map((axis) => {
      const values = this.data.points.filter((value, i) => i % 2 === axis && Number.isFinite(value)).sort();
      const at = (share) => values[Math.round(share * (values.length - 1))] ?? this.handle[axis];
      return [Math.min(at(0.003), this.handle[axis]), Math.max(at(0.997), this.handle[axis])];
    });
    const spans = bounds.map(([low, high]) => Math.max(high - low, 1e-3));
    const room = [this.width - 24, this.height - NAMES].map((pixels) => Math.max(pixels, 1)); // a map may be nearly folded up
    const scale = 0.92 * Math.min(room[0] / spans[0], room[1] / spans[1]);
    this.view = {
      x: (bounds[0][0] + bounds[0][1]) / 2,
      y: (bounds[1][0] + bounds[1][1]) / 2 - NAMES / 4 / scale,
      scale,
    };
    this.draw();
  }

  zoom(factor, px, py) {
    const [x, y] = this.toData(px, py);
    const scale = clamp(this.view.scale * factor, ...SCALES);
    this.view = { x: x - (px - this.width / 2) / scale, y: y + (py - this.height / 2) / scale, scale };
    this.touched = true;
    this.draw();
  }

  /** Show another part: its middle {x, y}, and how many pixels a unit takes. */
  look({ x, y, scale }) {
    this.view = { x, y, scale: clamp(scale, ...SCALES) };
    this.touched = true;
    this.draw();
  }

  /** Whether a place is in sight. */
  shows(x, y) {
    const [px, py] = this.toPixels(x, y);
    return px >= 0 && py >= 0 && px <= this.width && py <= this.height;
  }

  pan(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.touched = true;
    this.draw();
  }

  toPixels(x, y) {
    return [
      this.width / 2 + (x - this.view.x) * this.view.scale,
      this.height / 2 - (y - this.view.y) * this.view.scale,
    ];
  }

  toData(px, py) {
    return [
      this.view.x + (px - this.width / 2) / this.view.scale,
      this.view.y - (py - this.height / 2) / this.view.scale,
    ];
  }

  /** Put the handle somewhere. However many moves there are, each frame shows and decodes the newest one. */
  moveHandle(x, y) {
    this.handle = [x, y];
    this.moving ??= requestAnimationFrame(() => {
      this.moving = null;
      this.drawOverlay();
      this.onMove(...this.handle);
      this.tell();
    });
  }

  /** Say the place in numbers. */
  sayPlace() {
    this.overlay.setAttribute("aria-valuetext", this.handle.map((value) => formatNumber(value)).join(", "));
    this.onRest?.(...this.handle);
  }

  /** Mark a test image: {x, y, covariance: [a, b, c] of its posterior or null}; null takes the mark away. */
  setMark(mark) {
    this.mark = mark;
    this.drawOverlay();
  }

  /** Draw small marks where codes stand in the view as it is now. */
  setDraws(draws) {
    this.draws = draws.map((code) => this.project(code));
    this.drawOverlay();
  }

  /** Draw lines: [{points: [[x, y], …], dash}], and `stops` on them as [x, y]. */
  setPaths(paths, stops = []) {
    this.paths = paths;
    this.stops = stops;
    this.drawOverlay();
  }

  /** The index of the visible point under the pointer, or −1. */
  nearest(px, py) {
    if (!this.data) return -1;
    const [x, y] = this.toData(px, py),
      points = this.data.points;
    let best = -1,
      least = (REACH / this.view.scale) ** 2;
    for (let i = 0; 2 * i < points.length; i++) {
      const distance = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
      if (distance < least && !this.legend.hides(i)) [best, least] = [i, distance];
    }
    return best;
  }

  hover(index, px = 0, py = 0) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.tip.show(this, index, px, py);
    this.drawOverlay();
    pointOut(this, index);
  }

  /** Ring an image that is pointed at in another map. */
  point(index) {
    this.pointed = index;
    this.drawOverlay();
  }

  /** A point was clicked. */
  pick(index) {
    this.onPick?.(index);
    single(this, index);
  }

  /** Mark a chosen image. */
  single(index) {
    if (!this.marks) return;
    this.chosen = index;
    this.drawOverlay();
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  changeInk() {
    this.theme = null;
    this.draw();
  }

  readTheme() {
    return themeColors(this.root);
  }

  /** Draw everything in the next frame; many calls in one frame draw once. */
  draw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      if (!this.width) return;
      const context = this.base.getContext("2d"),
        theme = (this.theme ??= this.readTheme());
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      this.paintBase(context, theme, () => this.points.draw(context, this, pointColors(this.data, this.legend.factor)));
      this.drawOverlay();
      this.onDrawn?.(); // whatever else lies on the map follows its view
    });
  }

  /** What lies at the bottom, on this map's canvas or in a file; `layPoints` () draws its points there. */
  paintBase(context, theme, layPoints) {
    if (this.data) this.manifold.draw(context);
    drawGrid(context, this, theme);
    if (this.data && this.legend.marks !== "none") layPoints();
    drawPrior(context, this, this.legend.gaussians, theme);
    drawContours(context, this, this.legend.mixture, theme);
    drawScale(context, this, this.axisNames(), theme);
  }

  axisNames() {
    if (!this.data) return ["", ""];
    if (this.data.axes) return this.data.axes;
    const { latentDim, standardPrior } = this.data,
      plane = latentDim > 2 ? "pc" : "z";
    const unit = text(standardPrior ? "unit_prior" : "unit_code");
    return [1, 2].map((axis) => `${text(`axis_${plane}${axis}`)} (${unit})`);
  }

  drawOverlay() {
    if (!this.width) return;
    const context = this.overlay.getContext("2d"),
      theme = (this.theme ??= this.readTheme());
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.paintOverlay(context, theme);
  }

  /** What lies over the points, on this map's canvas or in a file. */
  paintOverlay(context, theme) {
    if (this.legend.marks === "names" && this.data) drawClassNames(context, this, this.legend.middles(), theme);
    for (const path of this.paths) drawPath(context, this, path, theme);
    for (const stop of this.stops ?? []) drawRing(context, this, stop, 6, theme, theme.accent);
    if (this.mark) drawMark(context, this, this.mark, theme);
    for (const draw of this.draws) drawRing(context, this, draw, 3.5, theme, theme.accent);
    this.lasso.paint(context, theme);
    if (this.data) this.paintPointed(context, theme);
    if (this.onMove) drawHandle(context, this, this.flown ?? this.handle, theme);
  }

  paintPointed(context, theme) {
    for (const index of [this.hovered, this.pointed])
      if (index >= 0) drawRing(context, this, this.placeOf(index), 6, theme);
    if (this.chosen >= 0)
      drawMark(
        context,
        this,
        { x: this.placeOf(this.chosen)[0], y: this.placeOf(this.chosen)[1], covariance: null },
        theme,
      );
  }

  placeOf(index) {
    return this.data.points.subarray(2 * index, 2 * index + 2);
  }
}

/** A sentence on the codes that have no place on the map, such as those of weights that broke in training. */
function missingOf({ points }) {
  const lost = points.reduce((sum, value, i) => sum + (i % 2 && !Number.isFinite(value + points[i - 1])), 0);
  return lost ? text("map_missing", { lost, count: points.length / 2 }) : "";
}
