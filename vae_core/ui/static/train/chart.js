// A figure of curves or bars, drawn by plotly.

import { clamp } from "../math/clamp.js";
import { formatNumber, make, messageLine } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { fileName, saveButton } from "../page/image_sheet.js";
import { CONFIG, loadPlotly } from "./plotly.js";

/** @typedef {"solid" | "dotted" | "dashed"} Dash */
/**
 * A curve, or bars whose x are texts.
 * @typedef {{name: string, color: string, dash: Dash, points: [number | string, number][]}} Series
 */
/**
 * An element in which plotly has drawn: it keeps what it was given.
 * @typedef {HTMLElement & {data?: object[], layout?: Record<string, any>}} Plot
 */

/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} xTitle the name of the x axis with its unit
 * @property {string} yTitle the name of the y axis with its unit
 * @property {number} [height] CSS pixels
 * @property {boolean} [bars] whether to draw bars instead of curves
 */

const PLOTLY_DASHES = { solid: "solid", dotted: "dot", dashed: "dash" };
const DRAWING_SHARE = 0.1; // of the time that drawing may take
const MIN_PAUSE_MS = 250; // between two drawings
const MAX_PAUSE_MS = 700;
const NARROW_PX = 480; // a plot up to this width has a legend with a line per curve
const LEGEND_PX = 80; // the height of such a legend
const PNG_TITLE_PX = 30; // what the title of a file adds to its height
const TRANSPARENT = "rgba(0,0,0,0)"; // shows the page

/** @param {number} milliseconds */
const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Chart {
  /** @param {ChartOptions} options */
  constructor({ title, xTitle, yTitle, height = 340, bars = false }) {
    this.title = title;
    this.xTitle = xTitle;
    this.yTitle = yTitle;
    this.height = height;
    this.bars = bars;
    /** @type {Series[]} */
    this.series = [];
    /** @type {number[]} */
    this.marks = []; // x of thin vertical lines
    /** @type {number | null} */
    this.cursor = null; // x of the line at which values are shown
    /** @type {string[]} */
    this.values = []; // of each series at the cursor
    this.revision = 1; // plotly keeps a zoom while it stays the same
    this.isDrawing = false; // whether a drawing is due
    this.nextDrawing = 0; // the time in ms before which there is no other
    /** @type {Record<string, any> | null} */
    this.theme = null; // plotly's template in the page's colors
    this.log = make("input");
    this.log.type = "checkbox";
    this.log.addEventListener("change", () => this.draw());
    /** @type {Plot} */
    this.plot = make("div", "vae-chart-plot");
    this.plot.setAttribute("role", "img");
    this.plot.style.height = `${height}px`;
    this.message = messageLine("status");
    this.root = make("figure", "vae-chart", this.createHead(), this.plot, this.message);
    new ResizeObserver(() => this.draw()).observe(this.plot);
    new MutationObserver(() => this.recolor()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.updateValues();
  }

  createHead() {
    const buttons = ["png", "svg"].map((kind) => {
      const label = kind.toUpperCase();
      return saveButton(label, text("save_figure", { kind: label }), () => this.save(kind));
    });
    const head = make("div", "vae-chart-head", make("p", "vae-caption", this.title));
    if (!this.bars) {
      const logOption = make("label", "vae-option", this.log, text("log_scale"));
      logOption.title = text("log_scale_help");
      head.append(logOption);
    }
    head.append(make("span", "vae-chips", ...buttons));
    return head;
  }

  /**
   * Show series, and thin lines at `marks`. Without series a zoom ends.
   * @param {Series[]} series
   * @param {number[]} [marks]
   */
  show(series, marks = []) {
    if (!series.length) this.revision += 1;
    this.series = series;
    this.marks = marks;
    this.updateValues();
    this.draw();
  }

  /** @param {string} title the name of the y axis with its unit */
  setYTitle(title) {
    this.yTitle = title;
  }

  /**
   * Draw a line at x and show the values there.
   * @param {number | null} x null for no line and the newest values
   */
  setCursor(x) {
    this.cursor = x;
    this.updateValues();
    this.draw();
  }

  /** Update the values of the series, and what a screen reader reads. */
  updateValues() {
    this.values = this.series.map(({ points }) => (this.bars ? "" : valueAt(points, this.cursor ?? Infinity)));
    const sentences = this.series.flatMap(({ name }, i) => (this.values[i] ? [`${name} ${this.values[i]}`] : []));
    this.plot.setAttribute("aria-label", [this.title, ...sentences].join(", "));
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Draw soon. Changes until then are drawn together, so that drawing takes a tenth of the time at most. */
  async draw() {
    if (this.isDrawing || !this.plot.clientWidth) return;
    this.isDrawing = true;
    try {
      const { Plotly, template } = await loadPlotly();
      await delay(Math.max(0, this.nextDrawing - performance.now()));
      this.isDrawing = false;
      if (!this.plot.clientWidth) return;
      this.plot.style.height = `${this.plotHeight}px`;
      const begin = performance.now();
      const isEmpty = !this.series.length;
      await Plotly.react(this.plot, this.traces(), this.layout(template), CONFIG);
      const pause = clamp((performance.now() - begin) / DRAWING_SHARE, MIN_PAUSE_MS, MAX_PAUSE_MS);
      this.nextDrawing = isEmpty ? 0 : performance.now() + pause; // the first point does not wait for an empty figure
      this.message.textContent = "";
    } catch {
      this.isDrawing = false;
      this.message.textContent = text("plot_missing");
    }
  }

  recolor() {
    this.theme = null;
    this.draw();
  }

  get plotHeight() {
    return this.height + (this.bars || this.plot.clientWidth > NARROW_PX ? 0 : LEGEND_PX);
  }

  /** The series as plotly's traces. */
  traces() {
    const isLog = this.log.checked;
    return this.series.map(({ name, color, dash, points }, i) => {
      const common = { x: points.map(([x]) => x), y: points.map(([, y]) => (isLog && y <= 0 ? null : y)) };
      if (this.bars) return { ...common, type: "bar", marker: { color } };
      return {
        ...common,
        type: "scatter",
        mode: points.length > 1 ? "lines" : "markers",
        line: { color, dash: PLOTLY_DASHES[dash] },
        marker: { color },
        name: `${name} ${this.values[i].padStart(6, "\u2007")}`,
        hovertemplate: `%{y:.1f}<extra>${name}</extra>`,
      };
    });
  }

  /** @param {Record<string, any>} template */
  layout(template) {
    const theme = (this.theme ??= resolveColors(template, getComputedStyle(this.root)));
    const isLog = this.log.checked;
    const emptyRange = this.series.length ? {} : { range: [0, 1] };
    /** @type {(x: number, style?: object) => object} */
    const verticalLine = (x, style = {}) => ({ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", ...style });
    const cursorStyle = { line: { ...theme.layout.newshape.line, dash: "solid" } };
    const cursor = this.cursor === null ? [] : [verticalLine(this.cursor, cursorStyle)];
    return {
      template: theme,
      paper_bgcolor: TRANSPARENT,
      plot_bgcolor: TRANSPARENT,
      width: this.plot.clientWidth,
      height: this.plotHeight,
      uirevision: this.revision,
      showlegend: !this.bars,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: {
        title: { text: this.xTitle },
        type: this.bars ? "category" : "linear",
        unifiedhovertitle: { text: `${this.xTitle} %{x:.2~f}` },
        ...emptyRange,
      },
      yaxis: {
        title: { text: this.yTitle },
        type: isLog ? "log" : "linear",
        uirevision: `${this.revision} ${isLog}`,
        ...emptyRange,
      },
      shapes: [...this.marks.map((x) => verticalLine(x)), ...cursor],
    };
  }

  /**
   * Save the figure as a file.
   * @param {string} kind "png" or "svg"
   */
  async save(kind) {
    const library = await loadPlotly().catch(() => null);
    if (!library) {
      this.message.textContent = text("plot_missing");
      return;
    }
    while (!this.plot.layout) await delay(MIN_PAUSE_MS); // the first drawing is under way
    const { data, layout } = this.plot;
    const { width, height } = layout;
    const title = { text: this.title, automargin: true, yref: "container" };
    const background = { paper_bgcolor: this.theme?.layout.paper_bgcolor, title };
    const figure = { data, layout: { ...layout, ...background }, config: CONFIG };
    await library.Plotly.downloadImage(figure, {
      format: kind,
      filename: fileName(kind, this.title).slice(0, -kind.length - 1), // plotly adds the extension
      width,
      height: height + PNG_TITLE_PX,
      scale: kind === "png" ? 2 : 1,
    });
  }
}

/**
 * Replace the CSS variables in a template by their values.
 * @param {Record<string, any>} template
 * @param {CSSStyleDeclaration} style
 * @returns {Record<string, any>}
 */
function resolveColors(template, style) {
  /** @type {(key: string, value: unknown) => unknown} */
  const resolve = (_, value) =>
    typeof value === "string"
      ? value.replace(/^var\((.+)\)$/, (_match, name) => style.getPropertyValue(name).trim())
      : value;
  return JSON.parse(JSON.stringify(template), resolve);
}

/**
 * Format the value of the last point that is not after x.
 * @param {[number | string, number][]} points
 * @param {number} x
 * @returns {string} empty before the first point
 */
function valueAt(points, x) {
  const last = points.findLast(([at]) => Number(at) <= x + 1e-9);
  return last && Number.isFinite(last[1]) ? formatNumber(last[1], 1) : "";
}
