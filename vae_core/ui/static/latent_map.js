// The latent map: test images as points colored by class, with zoom, pan, hover, a legend, and what a tab draws on top.

import { loadImage } from "./server.js";
import { colors, words } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";

const POINT = 2.1, REACH = 9, GRIP = 26; // CSS pixels: a point's radius, how near is "on a point", how near is "on the handle"
const NAMES = 48; // CSS pixels that the axes' names and numbers take from the height
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** An element with a class, made at once with its children. */
export function make(tag, className = "", ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

export const number = (value, digits = 2) => value.toFixed(digits).replace("-", "−");

export class LatentMap {
  /**
   * @param host where the map is put
   * @param onMove (x, y) → void, called when the handle moves; without it the map has no handle
   * @param onRest (x, y) → void, called with the newest place ten times a second at most
   * @param onPick (index) → void, called when a point is clicked
   */
  constructor(host, { onMove = null, onRest = null, onPick = null } = {}) {
    Object.assign(this, { onMove, onRest, onPick });
    this.hidden = new Set();
    this.view = { x: 0, y: 0, scale: 50 };
    this.handle = [0, 0];
    this.paths = [];
    this.pointers = new Map();
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
    this.legend = make("div", "vae-legend");
    this.legend.setAttribute("role", "group");
    this.legend.setAttribute("aria-label", words.legend);
    this.root = make("div", "vae-map", this.frame, this.legend);
    host.append(this.root);
  }

  listen() {
    new ResizeObserver(() => this.resize()).observe(this.frame);
    new MutationObserver(() => this.changeInk()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    const on = (name, act, options) => this.overlay.addEventListener(name, act.bind(this), options);
    on("pointerdown", this.press);
    on("pointermove", this.move);
    on("pointerup", this.release);
    on("pointercancel", this.release);
    on("pointerleave", () => this.hover(-1));
    on("wheel", this.wheel, { passive: false });
    on("keydown", this.key);
  }

  /** Show a map: {points, labels, classes, dataset, shape, kind, latentDim}. A new set of classes shows them all. */
  setData(data) {
    const sameClasses = this.data && String(this.data.classes) === String(data.classes);
    this.data = data;
    if (!sameClasses) {
      this.hidden.clear();
      this.fillLegend();
    }
    if (!this.touched || !sameClasses) this.fit();
    else this.draw();
  }

  fillLegend() {
    this.legend.replaceChildren(...this.data.classes.map((name, label) => {
      const chip = make("button", "vae-chip", make("span", "vae-dot"), name);
      chip.type = "button";
      chip.title = words.legend_switch;
      chip.style.setProperty("--dot", colors[label]);
      chip.setAttribute("aria-pressed", "true");
      chip.addEventListener("click", () => {
        if (!this.hidden.delete(label)) this.hidden.add(label);
        chip.setAttribute("aria-pressed", String(!this.hidden.has(label)));
        this.draw();
      });
      return chip;
    }));
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
    const scale = clamp(this.view.scale * factor, 0.01, 1e5);
    this.view = { x: x - (px - this.width / 2) / scale, y: y + (py - this.height / 2) / scale, scale };
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

  // ── pointer and keys ──────────────────────────────────────────────────────────────────────────────────────────

  position(event) {
    const box = this.overlay.getBoundingClientRect();
    return [((event.clientX - box.left) * this.width) / box.width, ((event.clientY - box.top) * this.height) / box.height];
  }

  press(event) {
    const [px, py] = this.position(event);
    this.overlay.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [px, py]);
    const [hx, hy] = this.toPixels(...this.handle);
    this.drag = this.onMove && Math.hypot(px - hx, py - hy) < GRIP ? "handle" : "pan";
    this.offset = [hx - px, hy - py];
    this.travelled = 0;
    this.hover(-1);
    if (this.drag === "handle") event.preventDefault(), this.overlay.focus({ preventScroll: true });
  }

  move(event) {
    const [px, py] = this.position(event), before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(this.nearest(px, py), px, py);
    this.travelled += Math.hypot(px - before[0], py - before[1]);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, [px, py]);
    else if (this.drag === "handle") this.moveHandle(...this.toData(px + this.offset[0], py + this.offset[1]));
    else if (this.travelled > 3) this.pan(px - before[0], py - before[1]);
    this.pointers.set(event.pointerId, [px, py]);
  }

  release(event) {
    const known = this.pointers.delete(event.pointerId);
    if (known && event.type === "pointerup" && this.travelled <= 3 && this.drag === "pan") this.click(...this.position(event));
  }

  click(px, py) {
    const index = this.nearest(px, py);
    if (this.onMove) this.moveHandle(...this.toData(px, py));
    if (index >= 0) this.onPick?.(index);
  }

  pan(dx, dy) {
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.touched = true;
    this.draw();
  }

  pinch(id, before, after) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const spread = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
    this.zoom(spread(after) / spread(before), ...other);
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(Math.exp(-clamp(event.deltaY, -120, 120) / 400), ...this.position(event));
  }

  key(event) {
    const step = (event.shiftKey ? 2 : 16) / this.view.scale;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const move = moves[event.key];
    if (move && this.onMove) this.moveHandle(this.handle[0] + move[0], this.handle[1] + move[1]);
    else if (move) this.pan(-move[0] * this.view.scale, move[1] * this.view.scale);
    else if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1.25 : 0.8, this.width / 2, this.height / 2);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  /** The index of the visible point under the pointer, or −1. */
  nearest(px, py) {
    if (!this.data) return -1;
    const [x, y] = this.toData(px, py), { points, labels } = this.data;
    let best = -1, least = (REACH / this.view.scale) ** 2;
    for (let i = 0; i < labels.length; i++) {
      const distance = (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2;
      if (distance < least && !this.hidden.has(labels[i])) [best, least] = [i, distance];
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
    const { dataset, shape, labels, points, classes } = this.data;
    const values = await loadImage(dataset, index, shape).catch(() => null);
    if (index !== this.hovered || !values) return;
    paint(this.tipPicture, values, shape);
    this.tipText.textContent = `${classes[labels[index]]}\n${words.image_number.replace("{n}", index)}\n(${number(points[2 * index])}, ${number(points[2 * index + 1])})`;
    this.tip.hidden = false;
    const { offsetWidth, offsetHeight } = this.tip;
    this.tip.style.left = `${clamp(px + 14, 4, this.width - offsetWidth - 4)}px`;
    this.tip.style.top = `${clamp(py - offsetHeight - 12, 4, this.height - offsetHeight - 4)}px`;
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
      this.drawAxes(context, ink);
      if (this.data) this.drawPoints(context);
      this.drawOverlay();
      this.placeKnob();
    });
  }

  drawAxes(context, ink) {
    const step = niceStep(70 / this.view.scale), digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const [left, bottom] = this.toData(0, this.height), [right, top] = this.toData(this.width, 0);
    context.font = "11px system-ui, sans-serif";
    context.lineWidth = 1;
    const line = (value, ...ends) => {
      context.strokeStyle = Math.abs(value) < step / 2 ? ink.line : ink.faint;
      context.beginPath();
      context.moveTo(ends[0], ends[1]);
      context.lineTo(ends[2], ends[3]);
      context.stroke();
      context.fillStyle = ink.text;
    };
    context.textAlign = "center";
    for (let x = Math.ceil(left / step) * step; x <= right; x += step) {
      const px = Math.round(this.toPixels(x, 0)[0]) + 0.5;
      line(x, px, 0, px, this.height);
      if (px > 30 && px < this.width - 20) context.fillText(number(x, digits), px, this.height - 20);
    }
    context.textAlign = "left";
    for (let y = Math.ceil(bottom / step) * step; y <= top; y += step) {
      const py = Math.round(this.toPixels(0, y)[1]) + 0.5;
      line(y, 0, py, this.width, py);
      if (py > 30 && py < this.height - 40) context.fillText(number(y, digits), 6, py - 4);
    }
    const [across, up] = this.axisNames();
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(across, this.width / 2, this.height - 5);
    context.textAlign = "left";
    context.fillText(up, 6, 16);
  }

  axisNames() {
    if (!this.data) return ["", ""];
    const plane = this.data.latentDim > 2 ? "pc" : "z", unit = words[this.data.kind === "ae" ? "unit_code" : "unit_prior"];
    return [1, 2].map((axis) => `${words[`axis_${plane}${axis}`]} (${unit})`);
  }

  /** Points go straight into pixels: ten thousand take a few milliseconds, with no WebGL needed. */
  drawPoints(context) {
    const wide = this.base.width, tall = this.base.height, { points, labels } = this.data;
    const image = context.createImageData(wide, tall), data = image.data, mask = disc(POINT * this.ratio);
    const rgb = colors.map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
    const scale = this.view.scale * this.ratio, x0 = wide / 2 - this.view.x * scale, y0 = tall / 2 + this.view.y * scale;
    for (let i = 0; i < labels.length; i++) {
      if (this.hidden.has(labels[i])) continue;
      const cx = Math.round(x0 + points[2 * i] * scale), cy = Math.round(y0 - points[2 * i + 1] * scale);
      if (!(cx >= -9 && cy >= -9 && cx < wide + 9 && cy < tall + 9)) continue;
      const color = rgb[labels[i] % rgb.length];
      for (const [dx, dy, alpha] of mask) {
        const x = cx + dx, y = cy + dy;
        if (x < 0 || y < 0 || x >= wide || y >= tall) continue;
        const at = 4 * (y * wide + x), under = (data[at + 3] / 255) * (1 - alpha), sum = alpha + under;
        for (let c = 0; c < 3; c++) data[at + c] = (color[c] * alpha + data[at + c] * under) / sum;
        data[at + 3] = 255 * sum;
      }
    }
    this.stage ??= make("canvas");
    this.stage.width = wide;
    this.stage.height = tall;
    this.stage.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(this.stage, 0, 0, this.width, this.height);
  }

  drawOverlay() {
    if (!this.width) return;
    const context = this.overlay.getContext("2d"), ink = (this.ink ??= this.readInk());
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    for (const path of this.paths) this.drawPath(context, path, ink);
    for (const [x, y, letter] of this.stops ?? []) this.drawStop(context, x, y, letter, ink);
    if (this.mark) this.drawMark(context, ink);
    if (this.hovered >= 0 && this.data) this.ring(context, this.data.points[2 * this.hovered], this.data.points[2 * this.hovered + 1], 6, ink);
  }

  ring(context, x, y, radius, ink, fill = null) {
    const [px, py] = this.toPixels(x, y);
    context.beginPath();
    context.arc(px, py, radius, 0, 2 * Math.PI);
    if (fill) context.fillStyle = fill, context.fill();
    context.lineWidth = 4;
    context.strokeStyle = ink.ground;
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = ink.text;
    context.stroke();
  }

  /** The chosen image's code as a diamond, with its posterior's 1σ and 2σ ellipse. */
  drawMark(context, ink) {
    const { x, y, covariance } = this.mark, [px, py] = this.toPixels(x, y);
    if (covariance) {
      const [a, b, c] = covariance, mean = (a + c) / 2, root = Math.hypot((a - c) / 2, b);
      const [long, short] = [mean + root, Math.max(0, mean - root)].map((value) => Math.sqrt(value) * this.view.scale);
      for (const sigmas of [1, 2]) {
        context.beginPath();
        context.ellipse(px, py, sigmas * long, sigmas * short, -0.5 * Math.atan2(2 * b, a - c), 0, 2 * Math.PI);
        context.lineWidth = 3.5;
        context.strokeStyle = ink.ground;
        context.stroke();
        context.lineWidth = 1.5;
        context.strokeStyle = ink.text;
        context.stroke();
      }
    }
    context.beginPath();
    for (const [dx, dy] of [[0, -7], [7, 0], [0, 7], [-7, 0]]) context.lineTo(px + dx, py + dy);
    context.closePath();
    context.fillStyle = ink.text;
    context.strokeStyle = ink.ground;
    context.lineWidth = 2;
    context.fill();
    context.stroke();
  }

  drawPath(context, { points, dashed }, ink) {
    for (const [width, color] of [[5, ink.ground], [2.5, ink.text]]) {
      context.setLineDash(dashed ? [7, 5] : []);
      context.lineWidth = width;
      context.strokeStyle = color;
      context.beginPath();
      for (const [x, y] of points) context.lineTo(...this.toPixels(x, y));
      context.stroke();
    }
    context.setLineDash([]);
  }

  drawStop(context, x, y, letter, ink) {
    this.ring(context, x, y, letter ? 10 : 6, ink, letter ? ink.ground : ink.accent);
    const [px, py] = this.toPixels(x, y);
    context.fillStyle = ink.text;
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(letter, px, py + 4.5);
  }
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}

/** A soft disc: [dx, dy, alpha] of every pixel that it touches. */
function disc(radius) {
  const reach = Math.ceil(radius + 0.5), pixels = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const alpha = 0.82 * clamp(radius + 0.5 - Math.hypot(dx, dy), 0, 1);
      if (alpha > 0) pixels.push([dx, dy, alpha]);
    }
  }
  return pixels;
}
