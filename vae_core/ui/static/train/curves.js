// Curves of trainings, from the rows that are kept of them: one training's terms, or one term of several trainings.

import { Chart } from "./chart.js";
import { make } from "../page/dom.js";
import { colors, curveColors } from "../page/page_data.js";
import { text } from "../page/i18n.js";
import { loadCurves } from "../page/api.js";

const MAIN = ["total", "reconstruction", "kl"];
const DASHES = ["solid", "dashed", "dotted"];

/** The chart of one training: total, reconstruction and KL, held out solid and training dotted, and what a variant adds. */
export const lossChart = () =>
  new Chart({ title: text("plot_loss"), across: text("plot_epoch"), up: text("plot_nats") });

/** The chart of the KL of each dimension. */
export const klChart = () =>
  new Chart({
    title: text("plot_kl_bars"),
    across: text("plot_dimension"),
    up: text("plot_nats"),
    height: 200,
    bars: true,
  });

/** Show `rows`; an autoencoder's total is its reconstruction and is not drawn twice. A thin line stands where a phase begins. */
export function showLoss(chart, rows) {
  const series = namesOf(rows).flatMap(([name, color]) =>
    ["held_out", "training"].map((part) => ({
      color,
      dash: part === "training" ? "dotted" : "solid",
      name: `${text(`plot_${name}`)}, ${text(`plot_${part}`)}`,
      points: pointsOf(rows, `${part}_${name}`),
    })),
  );
  chart.show(
    series.filter(({ points }) => points.length),
    rows.filter((row, i) => i && row.phase !== rows[i - 1].phase).map((row) => row.epoch),
  );
}

export function showKl(chart, kl) {
  chart.root.hidden = !kl.length;
  chart.show([
    { name: text("plot_kl"), color: curveColors.kl, points: Array.from(kl, (value, i) => [String(i + 1), value]) },
  ]);
}

const pointsOf = (rows, key) => rows.filter((row) => key in row).map((row) => [row.epoch, row[key]]);

/** The terms that there is something to show of, with their colors: [[name, color], …]. */
function namesOf(rows) {
  const known = rows.some((row) => row.held_out_kl) ? MAIN : ["reconstruction"];
  const extra = new Set(
    rows
      .flatMap((row) => Object.keys(row))
      .filter((key) => key.startsWith("training_"))
      .map((key) => key.replace("training_", "")),
  );
  const added = [...extra].filter((name) => !MAIN.includes(name)).sort();
  return [
    ...known.map((name) => [name, curveColors[name]]),
    ...added.map((name, i) => [name, curveColors.extras[i % curveColors.extras.length]]),
  ];
}

/** Several trainings' curves in one figure; `props.shown` is {runs: [{id, name}, …], term}, `term` one of total, reconstruction, kl. */
export function mount({ element, props, watch }) {
  const chart = new Chart({ title: text("plot_several"), across: text("plot_epochs"), up: text("plot_nats") });
  const message = make("p", "vae-message");
  message.setAttribute("role", "status");
  element.querySelector(".vae-curves").append(chart.root, message);
  const show = async () => {
    const shown = props.shown;
    if (!shown) return;
    const found = await Promise.all(shown.runs.map(({ id }) => loadCurves(id).catch(() => null)));
    if (shown !== props.shown) return;
    chart.up = `${text(`plot_${shown.term}`)}, ${text("plot_held_out")} (${text("plot_nats")})`;
    const series = shown.runs.map(({ name }, i) => ({
      name,
      color: colors[i % colors.length],
      dash: DASHES[i % DASHES.length],
      points: pointsOf(found[i]?.history ?? [], `held_out_${shown.term}`),
    }));
    const none = series.filter(({ points }) => points.every(([, y]) => y === 0)).map(({ name }) => name);
    chart.show(series.filter(({ name }) => !none.includes(name)));
    const missing = shown.runs.filter((_, i) => !found[i]).map(({ name }) => name),
      without = none.filter((name) => !missing.includes(name));
    const told = (sentence, names) => (names.length ? text(sentence, { names: names.join(", ") }) : "");
    message.textContent = `${told("plot_without", without)} ${told("plot_unavailable", missing)}`.trim();
  };
  watch("shown", show);
  show();
}
