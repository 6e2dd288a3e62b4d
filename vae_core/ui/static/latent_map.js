// The latent map: test images as colored points, with zoom, pan, hover, a legend, and what a tab draws on top.

import { pointColors } from "./coloring.js";
import { listenTo } from "./gestures.js";
import { drawAxes, pointsImage } from "./ground.js";
import { Legend } from "./legend.js";
import { drawMark, drawPath, drawPrior, drawRing, drawStop } from "./overlay.js";
import { make, number, words } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";
import { loadImage } from "./server.js";

const REACH = 9; // CSS pixels: how near is "on a point"
const NAMES = 48; // CSS pixels that the axes' names and numbers take from the height
const SCALES = [0.01, 1e5]; // pixels that a unit may take
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

export class LatentMap {
  /**
   * @param host where the map is put
   * @param onMove (x, y) → void, called when the handle moves; without it the map has no handle
   * @param onRest (x, y) → void, called with the newest place ten times a second at most
   * @param onPick (index) → void, called when a point is clicked
   */
  constructor(host, { onMove = null, onRest = null, onPick = null } = {}) {
    Object.assign(this, { onMove, onRest, onPick });
    this.view = { x: 0, y: 0, scale: 50 };
    this.handle = [0, 0];
    this.paths = [];
    this.draws = [];
    this.touched = false; // whether the visitor has chosen a view of their own
    this.build(host);
    this.listen();
  }

  build(host) {
    this.base = make("canvas", "vae-map-points");
    this.overlay = make("canvas", "vae-map-overlay");
    this.overlay.tabIndex = 0;
    this.overlay.setAttribute("role", this.onMove ? "slider" : "img");
    this.overlay.setAttribute("aria-label", words[this.onMove ? "map_handle" : "map_only"]);
    this.tip = make("div", "vae-tip");
    this.tipPicture = pictureCanvas();
    this.tipText = make("div", "vae-tip-text");
    this.tip.append(this.tipPicture, this.tipText);
    this.tip.hidden = true;
    const button = (sign, word, act) => {
      const node = make("button", "vae-zoom", sign);
      node.type = "button";
      node.title = node.ariaLabel = words[word];
      node.addEventListener("click", act);
      return node;
    };
    const middle = () => [this.width / 2, this.height / 2];
    const tools = make("div", "vae-map-tools", button("+", "zoom_in", () => this.zoom(1.5, ...middle())),
      button("−", "zoom_out", () => this.zoom(1 / 1.5, ...middle())), button("⤢", "zoom_fit", () => this.fit()));
    this.knob = make("div", "vae-knob");
    this.knob.hidden = !this.onMove;
    this.frame = make("div", "vae-map-frame", this.base, this.overlay, this.knob, tools, this.tip);
    this.legend = new Legend(() => this.draw());
    this.root = make("div", "vae-map", this.frame, this.legend.root);
    host.append(this.root);
  }

  listen() {
    new ResizeObserver(() => this.resize()).observe(this.frame);
    new MutationObserver(() => this.changeInk()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    listenTo(this);
  }

  /** Show a map: {points, labels, classes, dataset, shape, standardPrior, latentDim}, perhaps with {factors, factorNames, prior}. */
  setData(data) {
    this.data = data;
    if (this.legend.setData(data) || !this.touched) this.fit();
    else this.draw();
  }

  resize() {
    const { clientWidth, clientHeight } = this.frame;
    if (!clientWidth || (clientWidth === this.width && clientHeight === this.height)) return;
    const grew = this.width ? clientWidth / this.width : 0;
    this.width = clientWidth;
    this.height = clientHeight;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
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
      const values = Float32Array.from({ length: this.data.points.length / 2 }, (_, i) => this.data.points[2 * i + axis]).sort();
      const at = (share) => values[Math.round(share * (values.length - 1))];
      return [Math.min(at(0.003), this.handle[axis]), Math.max(at(0.997), this.handle[axis])];
    });
    const spans = bounds.map(([low, high]) => Math.max(high - low, 1e-3));
    const scale = 0.92 * Math.min((this.width - 24) / spans[0], (this.height - NAMES) / spans[1]);
    this.view = { x: (bounds[0][0] + bounds[0][1]) / 2, y: (bounds[1][0] + bounds[1][1]) / 2 - NAMES / 4 / scale, scale };
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
    return [this.width / 2 + (x - this.view.x) * this.view.scale, this.height / 2 - (y - this.view.y) * this.view.scale];
  }

  toData(px, py) {
    return [this.view.x + (px - this.width / 2) / this.view.scale, this.view.y - (py - this.height / 2) / this.view.scale];
  }

  /** Put the handle somewhere. However many moves there are, each frame shows and decodes the newest one. */
  moveHandle(x, y) {
    this.handle = [x, y];
    this.moving ??= requestAnimationFrame(() => {
      this.moving = null;
      this.placeKnob();
      this.onMove(...this.handle);
      this.telling ??= setTimeout(() => this.tell(), 100);
    });
  }

  /** The handle is an element of its own: moving it redraws no canvas. */
  placeKnob() {
    if (!this.onMove || !this.width) return;
    const [px, py] = this.toPixels(...this.handle);
    this.knob.style.transform = `translate(${px}px, ${py}px)`;
  }

  /** Say the place in numbers, ten times a second at most: text is dearer than a picture. */
  tell() {
    this.telling = null;
    this.overlay.setAttribute("aria-valuetext", this.handle.map((value) => number(value)).join(", "));
    this.onRest?.(...this.handle);
  }

  /** Draw small marks: [[x, y], …]. */
  setDraws(draws) {
    this.draws = draws;
    this.drawOverlay();
  }

  /** Mark a test image: {x, y, covariance: [a, b, c] of its posterior or null}; null takes the mark away. */
  setMark(mark) {
    this.mark = mark;
    this.drawOverlay();
  }

  /** Draw lines: [{points: [[x, y], …], dashed}], and `stops` as [x, y, letter]. */
  setPaths(paths, stops = []) {
    this.paths = paths;
    this.stops = stops;
    this.drawOverlay();
  }

  /** The index of the visible point under the pointer, or −1. */
  nearest(px, py) {
    if (!this.data) return -1;
    const [x, y] = this.toData(px, py), points = this.data.points;
    let best = -1, least = (REACH / this.view.scale) ** 2;
    for (let i = 0; 2 * i < points.length; i++) {
      const distance = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
      if (distance < least && !this.legend.hides(i)) [best, least] = [i, distance];
    }
    return best;
  }

  hover(index, px = 0, py = 0) {
    if (index === this.hovered) return;
    this.hovered = index;
    clearTimeout(this.waiting);
    this.tip.hidden = true;
    this.drawOverlay();
    if (index >= 0) this.waiting = setTimeout(() => this.showTip(index, px, py), 30); // a pointer that passes by asks for nothing
  }

  async showTip(index, px, py) {
    const { dataset, shape } = this.data;
    const values = await loadImage(dataset, index, shape).catch(() => null);
    if (index !== this.hovered || !values) return;
    paint(this.tipPicture, values, shape);
    this.tipText.textContent = this.tipLines(index).join("\n");
    this.tip.hidden = false;
    const { offsetWidth, offsetHeight } = this.tip;
    this.tip.style.left = `${clamp(px + 14, 4, this.width - offsetWidth - 4)}px`;
    this.tip.style.top = `${clamp(py - offsetHeight - 12, 4, this.height - offsetHeight - 4)}px`;
  }

  /** What is known of an image: its class, the factor that colors it, its number, its place. */
  tipLines(index) {
    const { points, labels, classes, factors, factorNames } = this.data, { factor } = this.legend, lines = [];
    if (classes.length > 1) lines.push(classes[labels[index]]);
    if (factor >= 0) lines.push(`${factorNames[factor]} ${number(factors[index * factorNames.length + factor])}`);
    return [...lines, words.image_number.replace("{n}", index), `(${number(points[2 * index])}, ${number(points[2 * index + 1])})`];
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  changeInk() {
    this.ink = null;
    this.draw();
  }

  readInk() {
    const style = getComputedStyle(this.root);
    return { text: style.getPropertyValue("--vae-text"), faint: style.getPropertyValue("--vae-faint"), line: style.getPropertyValue("--vae-line"),
      ground: style.getPropertyValue("--vae-ground"), accent: style.getPropertyValue("--vae-accent") };
  }

  /** Draw everything in the next frame; many calls in one frame draw once. */
  draw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      if (!this.width) return;
      const context = this.base.getContext("2d"), ink = (this.ink ??= this.readInk());
      context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      drawAxes(context, this, this.axisNames(), ink);
      if (this.data) this.drawPoints(context);
      drawPrior(context, this, this.legend.gaussians, ink);
      this.drawOverlay();
      this.placeKnob();
    });
  }

  axisNames() {
    if (!this.data) return ["", ""];
    const { latentDim, standardPrior } = this.data, plane = latentDim > 2 ? "pc" : "z";
    const unit = words[standardPrior ? "unit_prior" : "unit_code"];
    return [1, 2].map((axis) => `${words[`axis_${plane}${axis}`]} (${unit})`);
  }

  /** The points are made on a canvas of their own: pixels laid on the map itself would wipe out its axes. */
  drawPoints(context) {
    const { width, height } = this.base, { legend } = this;
    this.stage ??= make("canvas");
    Object.assign(this.stage, { width, height });
    const stage = this.stage.getContext("2d"), colors = pointColors(this.data, legend.factor);
    stage.putImageData(pointsImage(stage, this, [width, height], (i) => legend.hides(i), colors), 0, 0);
    context.drawImage(this.stage, 0, 0, this.width, this.height);
  }

  drawOverlay() {
    if (!this.width) return;
    const context = this.overlay.getContext("2d"), ink = (this.ink ??= this.readInk());
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    for (const path of this.paths) drawPath(context, this, path, ink);
    for (const stop of this.stops ?? []) drawStop(context, this, stop, ink);
    if (this.mark) drawMark(context, this, this.mark, ink);
    for (const draw of this.draws) drawRing(context, this, draw, 3.5, ink, ink.accent);
    if (this.hovered >= 0 && this.data) drawRing(context, this, this.data.points.subarray(2 * this.hovered, 2 * this.hovered + 2), 6, ink);
  }
}

