// A figure of curves or bars: title, named axes, a key with the values at one place, and files to take along.

import { fileName, keep, saveButton } from "./files.js";
import { make, number, words } from "./page.js";
import { SvgContext } from "./svg.js";

const LEFT = 52, RIGHT = 12, TOP = 24, BOTTOM = 40; // CSS pixels around the drawing
const TITLE = 34, KEY = 22, SHARP = 2; // of a file: its title's and a key line's height, pixels for each of the page's
const DASHES = { solid: [], dotted: [2, 3], dashed: [7, 4] };

export class Chart {
  /**
   * @param options {title, across, up, height, bars}: names of figure and axes with their units; `bars` are drawn instead of curves
   */
  constructor({ title, across, up, height = 270, bars = false }) {
    Object.assign(this, { title, across, up, height, bars, series: [], marks: [], cursor: null, pointed: null, view: null });
    this.canvas = make("canvas", "vae-chart-canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.style.height = `${height}px`;
    this.key = make("div", "vae-chart-key");
    const files = make("span", "vae-key", ...["png", "svg"].map((kind) => saveButton(kind.toUpperCase(), words.save_figure.replace("{kind}", kind.toUpperCase()), () => this.save(kind))));
    this.head = make("div", "vae-chart-head", make("p", "vae-caption", title), files);
    if (!bars) this.head.insertBefore(this.scaleSwitch(), files);
    this.root = make("figure", "vae-chart", this.head, this.canvas, this.key);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    new MutationObserver(() => this.draw()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.canvas.addEventListener("pointermove", ({ offsetX }) => this.point(this.view?.toX(offsetX) ?? null));
    this.canvas.addEventListener("pointerleave", () => this.point(null));
  }

  scaleSwitch() {
    this.log = Object.assign(make("input"), { type: "checkbox" });
    this.log.addEventListener("change", () => this.draw());
    return Object.assign(make("label", "vae-switch", this.log, words.log_scale), { title: words.log_scale_help });
  }

  /** Show `series` [{name, color, dash, points: [[x, y], …]}] and thin lines at `marks` [x, …]; bars have a text for x. */
  show(series, marks = []) {
    Object.assign(this, { series, marks });
    this.fillKey();
    this.draw();
  }

  /** Draw a line at x and tell the values there; null takes it away. */
  setCursor(x) {
    this.cursor = x;
    this.tell();
    this.draw();
  }

  point(x) {
    this.pointed = x;
    this.tell();
    this.draw();
  }

  fillKey() {
    const names = this.bars ? [] : this.series;
    const kind = JSON.stringify(names.map(({ name, dash }) => [name, dash]));
    if (kind !== this.kind) {
      this.kind = kind;
      this.key.replaceChildren(...names.map(({ name, color, dash }) => {
        const line = make("span", `vae-chart-line vae-chart-${dash}`);
        line.style.setProperty("--dot", color);
        return make("span", "vae-chart-name", line, `${name} `, make("output"));
      }));
    }
    this.tell();
  }

  /** The values where the pointer or else the cursor is, or the newest. */
  tell() {
    const x = this.pointed ?? this.cursor ?? Infinity, told = [];
    this.series.forEach(({ name, points }, i) => {
      const value = this.bars ? null : valueAt(points, x), text = value === null ? "" : number(value, 1);
      const output = this.key.children[i]?.lastChild;
      if (output && output.textContent !== text) output.textContent = text;
      if (text) told.push(`${name} ${text}`);
    });
    this.canvas.setAttribute("aria-label", [this.title, ...told].join(", "));
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Draw in the next frame; many calls in one frame draw once. */
  draw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      const { clientWidth: width, height } = { clientWidth: this.canvas.clientWidth, height: this.height };
      if (!width) return;
      const ratio = Math.min(2, window.devicePixelRatio || 1), wide = Math.round(width * ratio), tall = Math.round(height * ratio);
      if (this.canvas.width !== wide || this.canvas.height !== tall) Object.assign(this.canvas, { width: wide, height: tall });
      const context = this.canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      this.paint(context, width, this.readInk());
      this.drawn = (this.drawn ?? 0) + 1;
    });
  }

  readInk() {
    const style = getComputedStyle(this.root), color = (name) => style.getPropertyValue(`--vae-${name}`);
    return { text: color("text"), soft: color("soft"), faint: color("faint"), line: color("line"), ground: color("ground"), accent: color("accent") };
  }

  paint(context, width, ink) {
    const log = this.log?.checked ?? false, places = this.series.flatMap(({ points }) => points).filter(([, y]) => Number.isFinite(y) && (!log || y > 0));
    this.view = viewOf(places, log, this.bars, width, this.height);
    drawGrid(context, this.view, this, ink);
    if (this.bars) return drawBars(context, this.view, this.series);
    for (const x of this.marks) drawUpright(context, this.view, x, ink.line, DASHES.dashed, 1);
    for (const { points, color, dash } of this.series) drawCurve(context, this.view, log ? points.filter(([, y]) => y > 0) : points, color, DASHES[dash]);
    const x = this.pointed ?? this.cursor;
    if (x !== null && places.length) drawUpright(context, this.view, x, ink.accent, [], 1.5);
  }

  // ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async save(kind) {
    const rows = this.bars ? [] : keyRows(this.series, this.canvas.clientWidth), width = this.canvas.clientWidth, height = TITLE + this.height + KEY * rows.length + 8;
    const name = fileName(kind, this.title);
    if (kind === "svg") {
      const context = new SvgContext(width, height);
      this.paintFile(context, width, height, rows);
      return keep(new Blob([context.toString()], { type: "image/svg+xml" }), name);
    }
    const canvas = Object.assign(make("canvas"), { width: width * SHARP, height: height * SHARP }), context = canvas.getContext("2d");
    context.scale(SHARP, SHARP);
    this.paintFile(context, width, height, rows);
    return keep(await new Promise((done) => canvas.toBlob(done, "image/png")), name);
  }

  paintFile(context, width, height, rows) {
    const ink = this.readInk();
    context.fillStyle = ink.ground;
    context.fillRect(0, 0, width, height);
    context.fillStyle = ink.text;
    context.font = "600 16px system-ui, sans-serif";
    context.textAlign = "left";
    context.fillText(this.title, 12, 22);
    context.save();
    context.translate(0, TITLE);
    this.paint(context, width, ink);
    context.font = "13px system-ui, sans-serif";
    context.textAlign = "left";
    rows.forEach((row, line) => row.forEach(([{ name, color, dash }, x]) => {
      const y = this.height + KEY * line + KEY / 2;
      stroke(context, [[x, y], [x + 24, y]], color, DASHES[dash], 2);
      context.fillStyle = ink.text;
      context.fillText(name, x + 30, y + 4.5);
    }));
    context.restore();
  }
}

/** Where x and y stand in pixels, and back. A linear scale begins at zero, or below it where there is something. */
function viewOf(places, log, bars, width, height) {
  const ys = places.map(([, y]) => y), xs = bars ? [] : places.map(([x]) => x);
  const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity), largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const scale = log ? Math.log10 : (y) => y;
  let low = places.length ? (log ? scale(least(ys)) : Math.min(0, least(ys))) : 0, high = places.length ? scale(largest(ys)) : 1;
  if (high - low < 1e-9) high = low + 1;
  const margin = 0.04 * (high - low);
  if (log || low < 0) low -= margin;
  high += margin;
  const count = places.length, [from, to] = bars ? [0.5, count + 0.5] : [Math.min(0, least(xs)), count ? Math.max(largest(xs), 1e-6) : 1];
  const across = width - LEFT - RIGHT, up = height - TOP - BOTTOM;
  return { width, height, log, low, high, from: Number.isFinite(from) ? from : 0, to, names: bars ? places.map(([name]) => name) : null,
    px(x) { return LEFT + ((x - this.from) / (this.to - this.from)) * across; },
    py(y) { return TOP + (1 - (scale(y) - low) / (high - low)) * up; },
    toX(px) { return Math.max(this.from, Math.min(this.to, this.from + ((px - LEFT) / across) * (this.to - this.from))); } };
}

function drawGrid(context, view, { across, up }, ink) {
  const bottom = view.height - BOTTOM, right = view.width - RIGHT;
  context.font = "11px system-ui, sans-serif";
  for (const [y, text] of ticksUp(view)) {
    const py = Math.round(view.py(y)) + 0.5;
    stroke(context, [[LEFT, py], [right, py]], y === 0 ? ink.line : ink.faint, [], 1);
    context.fillStyle = ink.soft;
    context.textAlign = "left";
    context.fillText(text, LEFT - 7 - 6.2 * text.length, py + 4);
  }
  context.textAlign = "center";
  for (const [x, text] of ticksAcross(view)) {
    const px = Math.round(view.px(x)) + 0.5;
    if (!view.names) stroke(context, [[px, TOP], [px, bottom]], ink.faint, [], 1);
    context.fillStyle = ink.soft;
    context.fillText(text, px, bottom + 14);
  }
  stroke(context, [[LEFT + 0.5, TOP], [LEFT + 0.5, bottom]], ink.line, [], 1);
  context.fillStyle = ink.text;
  context.font = "600 12px system-ui, sans-serif";
  context.fillText(across, (LEFT + right) / 2, view.height - 6);
  context.textAlign = "left";
  context.fillText(up, 8, 13);
}

/** Round numbers between low and high, about `count` of them: [[value, text], …]. */
function roundNumbers(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough)), step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step).map((value) => [value, number(value, digits)]);
}

function ticksUp({ log, low, high }) {
  if (!log) return roundNumbers(low, high, 5);
  const all = [];
  const factors = high - low > 3 ? [1] : high - low > 0.7 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  for (let power = Math.floor(low); power <= high; power++) all.push(...factors.map((factor) => factor * 10 ** power));
  return all.filter((y) => Math.log10(y) >= low && Math.log10(y) <= high).map((y) => [y, y >= 1 ? number(y, y < 10 && y % 1 ? 1 : 0) : String(Number(y.toPrecision(2)))]);
}

function ticksAcross(view) {
  if (!view.names) return roundNumbers(view.from, view.to, Math.max(2, Math.min(8, (view.width - LEFT - RIGHT) / 60)));
  const every = Math.ceil((view.names.length * 24) / (view.width - LEFT - RIGHT));
  return view.names.map((name, i) => [i + 1, name]).filter((_, i) => i % every === 0);
}

function stroke(context, places, color, dash, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.setLineDash([]);
}

function drawCurve(context, view, points, color, dash) {
  const places = points.map(([x, y]) => [view.px(x), view.py(y)]);
  if (places.length === 1) places.push([places[0][0] + 2, places[0][1]]); // one point is seen as well
  stroke(context, places, color, dash, 2);
}

const drawUpright = (context, view, x, color, dash, width) => stroke(context, [[view.px(x), TOP], [view.px(x), view.height - BOTTOM]], color, dash, width);

function drawBars(context, view, series) {
  const wide = Math.max(1, Math.min(48, 0.7 * (view.px(2) - view.px(1))));
  for (const { points, color } of series) points.forEach(([, y], i) => {
    const top = view.py(Math.max(0, y)), bottom = view.py(Math.min(0, y));
    context.fillStyle = color;
    context.fillRect(view.px(i + 1) - wide / 2, top, wide, Math.max(1, bottom - top));
  });
}

/** The value of the last point that is not after x; null before the first. */
function valueAt(points, x) {
  let low = 0, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= x + 1e-9) low = middle + 1;
    else high = middle;
  }
  return low ? points[low - 1][1] : null;
}

function keyRows(series, width) {
  const rows = [];
  let x = Infinity;
  for (const one of series) {
    const wide = 50 + 7.2 * one.name.length;
    if (x + wide > width) rows.push([]), (x = 12);
    rows.at(-1).push([one, x]);
    x += wide;
  }
  return rows;
}
