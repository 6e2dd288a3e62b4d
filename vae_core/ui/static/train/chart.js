// A figure of curves or bars, drawn by plotly. Its script is fetched from this server when the first figure is seen.

import { fileName, saveButton } from "../page/image_sheet.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { clamp } from "../math/clamp.js";

const DASHES = { solid: "solid", dotted: "dot", dashed: "dash" };
const SHARE = 0.1,
  LEAST = 250,
  MOST = 700; // the share of the time that goes into drawing; milliseconds between two drawings
const PRACTISE = 1000; // milliseconds after the script has come
const NARROW = 480,
  KEY = 80; // CSS pixels: where a key needs a line a curve, and what that takes
const LOCALES = { page: { dictionary: { "Double-click to zoom back out": text("zoom_back") } } };
const CONFIG = { displayModeBar: false, displaylogo: false, doubleClick: "autosize", locale: "page", locales: LOCALES };
const CLEAR = "rgba(0,0,0,0)"; // the page shows through
const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let library = null;

/** Plotly and the template of all figures: {Plotly, template}. After a failure the next figure asks again. */
function load() {
  library ??= fetch(new URL("../../figure", import.meta.url))
    .then((answer) => answer.json())
    .then(
      ({ version, template }) =>
        new Promise((done, fail) => {
          const onload = () => {
            done({ Plotly: window.Plotly, template });
            setTimeout(() => practise(window.Plotly, template), PRACTISE);
          };
          document.head.append(
            Object.assign(make("script"), {
              src: new URL(`../../plotly-${version}.js`, import.meta.url).href,
              onload,
              onerror: fail,
            }),
          );
        }),
    );
  library.catch(() => (library = null));
  return library;
}

/** Draw curves and bars that nobody sees. The browser compiles the script as it is first used, which takes as long as two drawings. */
async function practise(Plotly, template) {
  const sheet = make("div"),
    x = [1, 2],
    curve = { type: "scatter", x, y: x, name: "" },
    layout = { template, width: 300, height: 200, showlegend: true };
  await Plotly.newPlot(sheet, [curve, { ...curve, mode: "markers" }], layout, CONFIG);
  await Plotly.react(sheet, [{ type: "bar", x, y: x }], layout, CONFIG);
  Plotly.purge(sheet);
}

export class Chart {
  /**
   * @param options {title, across, up, height, bars}: names of figure and axes with their units; `bars` are drawn instead of curves
   */
  constructor({ title, across, up, height = 340, bars = false }) {
    Object.assign(this, {
      title,
      across,
      up,
      height,
      bars,
      series: [],
      marks: [],
      cursor: null,
      revision: 1,
      waiting: false,
      free: 0,
      theme: null,
    });
    this.plot = make("div", "vae-chart-plot");
    this.plot.setAttribute("role", "img");
    this.plot.style.height = `${height}px`;
    const file = (kind, name) => saveButton(name, text("save_figure", { kind: name }), () => this.save(kind));
    const files = make("span", "vae-chips", file("png", "PNG"), file("svg", "SVG"));
    this.head = make("div", "vae-chart-head", make("p", "vae-caption", title), files);
    if (!bars) this.head.insertBefore(this.scaleSwitch(), files);
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "status");
    this.root = make("figure", "vae-chart", this.head, this.plot, this.message);
    new ResizeObserver(() => this.draw()).observe(this.plot);
    new MutationObserver(() => this.recolor()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.tell();
  }

  scaleSwitch() {
    this.log = Object.assign(make("input"), { type: "checkbox" });
    this.log.addEventListener("change", () => this.draw());
    return Object.assign(make("label", "vae-option", this.log, text("log_scale")), { title: text("log_scale_help") });
  }

  /** Show `series` [{name, color, dash, points: [[x, y], …]}] and thin lines at `marks` [x, …]; bars have a text for x. Nothing to show ends a zoom. */
  show(series, marks = []) {
    if (!series.length) this.revision += 1;
    Object.assign(this, { series, marks });
    this.tell();
    this.draw();
  }

  /** Draw a line at x and tell the values there; null takes it away. */
  setCursor(x) {
    this.cursor = x;
    this.tell();
    this.draw();
  }

  /** The values at the cursor, or the newest. */
  tell() {
    this.values = this.series.map(({ points }) => (this.bars ? "" : valueAt(points, this.cursor ?? Infinity)));
    const told = this.series.flatMap(({ name }, i) => (this.values[i] ? [`${name} ${this.values[i]}`] : []));
    this.plot.setAttribute("aria-label", [this.title, ...told].join(", "));
  }

  // ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Draw soon: what is shown meanwhile is drawn together, so that a training that goes on is not kept waiting. */
  async draw() {
    if (this.waiting || !this.plot.clientWidth) return;
    this.waiting = true;
    try {
      const { Plotly, template } = await load();
      await later(Math.max(0, this.free - performance.now()));
      this.waiting = false;
      if (!this.plot.clientWidth) return;
      this.plot.style.height = `${this.tall()}px`;
      const begun = performance.now(),
        empty = !this.series.length; // the first point does not wait for an empty figure
      await Plotly.react(this.plot, this.traces(), this.layout(template), CONFIG);
      this.free = empty ? 0 : performance.now() + clamp((performance.now() - begun) / SHARE, LEAST, MOST);
      this.message.textContent = "";
    } catch {
      this.waiting = false;
      this.message.textContent = text("plot_missing");
    }
  }

  recolor() {
    this.theme = null;
    this.draw();
  }

  tall() {
    return this.height + (this.bars || this.plot.clientWidth > NARROW ? 0 : KEY);
  }

  traces() {
    const log = this.log?.checked;
    return this.series.map(({ name, color, dash, points }, i) => {
      const common = { x: points.map(([x]) => x), y: points.map(([, y]) => (log && y <= 0 ? null : y)) };
      if (this.bars) return { ...common, type: "bar", marker: { color } };
      return {
        ...common,
        type: "scatter",
        mode: points.length > 1 ? "lines" : "markers",
        line: { color, dash: DASHES[dash] },
        marker: { color },
        name: `${name} ${this.values[i].padStart(6, "\u2007")}`,
        hovertemplate: `%{y:.1f}<extra>${name}</extra>`,
      };
    });
  }

  layout(template) {
    this.theme ??= colored(template, getComputedStyle(this.root));
    const log = this.log?.checked,
      none = this.series.length ? {} : { range: [0, 1] };
    const upright = (x, line) => ({ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", ...line });
    const cursor =
      this.cursor === null
        ? []
        : [upright(this.cursor, { line: { ...this.theme.layout.newshape.line, dash: "solid" } })];
    return {
      template: this.theme,
      paper_bgcolor: CLEAR,
      plot_bgcolor: CLEAR,
      width: this.plot.clientWidth,
      height: this.tall(),
      uirevision: this.revision,
      showlegend: !this.bars,
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      xaxis: {
        title: { text: this.across },
        type: this.bars ? "category" : "linear",
        unifiedhovertitle: { text: `${this.across} %{x:.2~f}` },
        ...none,
      },
      yaxis: { title: { text: this.up }, type: log ? "log" : "linear", uirevision: `${this.revision} ${log}`, ...none },
      shapes: [...this.marks.map((x) => upright(x)), ...cursor],
    };
  }

  async save(kind) {
    const { Plotly } = await load().catch(() => ({}));
    if (!Plotly) return (this.message.textContent = text("plot_missing"));
    while (!this.plot.layout) await later(LEAST); // its first drawing is under way
    const { data, layout } = this.plot,
      { width, height } = layout;
    const title = { text: this.title, automargin: true, yref: "container" },
      filename = fileName(kind, this.title).slice(0, -kind.length - 1);
    const figure = {
      data,
      layout: { ...layout, paper_bgcolor: this.theme.layout.paper_bgcolor, title },
      config: CONFIG,
    };
    await Plotly.downloadImage(figure, {
      format: kind,
      filename,
      width,
      height: height + 30,
      scale: kind === "png" ? 2 : 1,
    });
  }
}

/** A template with the values that its colors have here. */
function colored(template, style) {
  const resolve = (_, value) =>
    typeof value === "string"
      ? value.replace(/^var\((.+)\)$/, (_, name) => style.getPropertyValue(name).trim())
      : value;
  return JSON.parse(JSON.stringify(template), resolve);
}

/** The value of the last point that is not after x, as text; none before the first. */
function valueAt(points, x) {
  const last = points.findLast(([at]) => at <= x + 1e-9);
  return last && Number.isFinite(last[1]) ? formatNumber(last[1], 1) : "";
}
