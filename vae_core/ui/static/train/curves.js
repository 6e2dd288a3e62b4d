// Curves of trainings: the terms of one training, or one term of several trainings.

import { loadCurves } from "../page/api.js";
import { messageLine, requireElement } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { colors, curveColors } from "../page/page_data.js";
import { Chart } from "./chart.js";

/** @import { Component } from "../page/dom.js" */
/** @import { Dash, Series } from "./chart.js" */

/**
 * A point of the curves: step, epoch, β, the phase's name, and the terms of the loss in nats as held_out_… and
 * training_…
 * @typedef {{step: number, epoch: number, beta: number, phase?: string} & Record<string, any>} HistoryRow
 */
/**
 * The trainings to compare, and the term: total, reconstruction or kl.
 * @typedef {{runs: {id: string, name: string}[], term: string}} Comparison
 */

const MAIN_TERMS = ["total", "reconstruction", "kl"];
/** @type {Dash[]} */
const DASHES = ["solid", "dashed", "dotted"];

/**
 * Create the chart of one training: total, reconstruction and KL, held out and training, and the terms that a variant
 * adds.
 * @returns {Chart}
 */
export const lossChart = () =>
  new Chart({ title: text("plot_loss"), xTitle: text("plot_epoch"), yTitle: text("plot_nats") });

/**
 * Create the chart of the KL of each dimension.
 * @returns {Chart}
 */
export const klChart = () =>
  new Chart({
    title: text("plot_kl_bars"),
    xTitle: text("plot_dimension"),
    yTitle: text("plot_nats"),
    height: 200,
    bars: true,
  });

/**
 * Show the terms of a training, held out solid and training dotted. A thin line marks where a phase begins.
 * @param {Chart} chart
 * @param {HistoryRow[]} rows
 */
export function showLoss(chart, rows) {
  const series = termsOf(rows).flatMap(({ name, color }) =>
    ["held_out", "training"].map((part) => {
      /** @type {Dash} */
      const dash = part === "training" ? "dotted" : "solid";
      const label = `${text(`plot_${name}`)}, ${text(`plot_${part}`)}`;
      return { color, dash, name: label, points: pointsOf(rows, `${part}_${name}`) };
    }),
  );
  const phaseStarts = rows.filter((row, i) => i && row.phase !== rows[i - 1].phase).map(({ epoch }) => epoch);
  chart.show(
    series.filter(({ points }) => points.length),
    phaseStarts,
  );
}

/**
 * Show the KL of each dimension; without any the chart is hidden.
 * @param {Chart} chart
 * @param {ArrayLike<number>} kl in nats
 */
export function showKl(chart, kl) {
  chart.root.hidden = !kl.length;
  const points = Array.from(kl, (value, i) => /** @type {[string, number]} */ ([String(i + 1), value]));
  chart.show([{ name: text("plot_kl"), color: curveColors.kl, dash: "solid", points }]);
}

/**
 * @param {HistoryRow[]} rows
 * @param {string} key
 * @returns {[number, number][]} [epoch, value] of the rows that have a value
 */
const pointsOf = (rows, key) => rows.filter((row) => key in row).map((row) => [row.epoch, row[key]]);

/**
 * Return the terms to show. The total of an autoencoder is its reconstruction, which is not drawn twice.
 * @param {HistoryRow[]} rows
 * @returns {{name: string, color: string}[]}
 */
function termsOf(rows) {
  const main = rows.some((row) => row.held_out_kl) ? MAIN_TERMS : ["reconstruction"];
  const keys = rows.flatMap((row) => Object.keys(row)).filter((key) => key.startsWith("training_"));
  const names = new Set(keys.map((key) => key.replace("training_", "")));
  const extra = [...names].filter((name) => !MAIN_TERMS.includes(name)).sort();
  const { extras } = curveColors;
  return [
    ...main.map((name) => ({ name, color: curveColors[name] })),
    ...extra.map((name, i) => ({ name, color: extras[i % extras.length] })),
  ];
}

/**
 * Show the prop `shown`, a Comparison.
 * @param {Component} component
 */
export function mount({ element, props, watch }) {
  const figure = new ComparisonFigure();
  requireElement(element, ".vae-curves").append(figure.chart.root, figure.message);
  const show = () => figure.show(props.shown);
  watch("shown", show);
  show();
}

/** One term of several trainings. */
class ComparisonFigure {
  constructor() {
    this.chart = new Chart({ title: text("plot_several"), xTitle: text("plot_epochs"), yTitle: text("plot_nats") });
    this.message = messageLine("status");
    /** @type {Comparison | null} */
    this.comparison = null; // the newest, which may still be loading
  }

  /** @param {Comparison | null | undefined} comparison */
  async show(comparison) {
    if (!comparison) return;
    this.comparison = comparison;
    const { runs, term } = comparison;
    const answers = await Promise.all(runs.map(({ id }) => loadCurves(id).catch(() => null)));
    if (comparison !== this.comparison) return;
    this.chart.setYTitle(`${text(`plot_${term}`)}, ${text("plot_held_out")} (${text("plot_nats")})`);
    const series = runs.map(({ name }, i) => seriesOf(name, i, answers[i]?.history ?? [], term));
    const isEmpty = (/** @type {Series} */ { points }) => points.every(([, y]) => y === 0);
    this.chart.show(series.filter((each) => !isEmpty(each)));
    const missing = runs.filter((_, i) => !answers[i]).map(({ name }) => name);
    const empty = series.filter(isEmpty).map(({ name }) => name);
    const withoutTerm = empty.filter((name) => !missing.includes(name));
    const sentences = [sentenceOn("plot_without", withoutTerm), sentenceOn("plot_unavailable", missing)];
    this.message.textContent = sentences.filter(Boolean).join(" ");
  }
}

/**
 * @param {string} name
 * @param {number} i which of the trainings it is
 * @param {Record<string, any>[]} history
 * @param {string} term
 * @returns {Series}
 */
function seriesOf(name, i, history, term) {
  const points = pointsOf(/** @type {HistoryRow[]} */ (history), `held_out_${term}`);
  return { name, color: colors[i % colors.length], dash: DASHES[i % DASHES.length], points };
}

/**
 * @param {string} key
 * @param {string[]} names
 * @returns {string} empty without names
 */
const sentenceOn = (key, names) => (names.length ? text(key, { names: names.join(", ") }) : "");
