// Loads plotly from this server when the first figure is drawn.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

/**
 * The functions of plotly that the page uses: https://plotly.com/javascript/plotlyjs-function-reference
 * @typedef {object} Plotly
 * @property {(plot: HTMLElement, traces: object[], layout: object, config: object) => Promise<void>} newPlot
 * @property {(plot: HTMLElement, traces: object[], layout: object, config: object) => Promise<void>} react
 * @property {(plot: HTMLElement) => void} purge
 * @property {(figure: object, options: object) => Promise<void>} downloadImage
 */
/** Plotly, and the template of all figures. @typedef {{Plotly: Plotly, template: Record<string, any>}} Library */

const WARM_UP_DELAY_MS = 1000; // after the script has arrived
const LOCALES = { page: { dictionary: { "Double-click to zoom back out": text("zoom_back") } } };

export const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  doubleClick: "autosize",
  locale: "page",
  locales: LOCALES,
};

/** @type {Promise<Library> | null} */
let library = null;

/**
 * Load plotly and the template once; after a failure the next call tries again.
 * @returns {Promise<Library>}
 */
export function loadPlotly() {
  library ??= requestLibrary();
  library.catch(() => {
    library = null;
  });
  return library;
}

/** @returns {Promise<Library>} */
async function requestLibrary() {
  const response = await fetch(new URL("../../figure", import.meta.url));
  const { version, template } = await response.json();
  await loadScript(new URL(`../../plotly-${version}.js`, import.meta.url).href);
  const { Plotly } = /** @type {{Plotly: Plotly}} */ (/** @type {unknown} */ (window));
  setTimeout(() => warmUp(Plotly, template), WARM_UP_DELAY_MS);
  return { Plotly, template };
}

/**
 * @param {string} address
 * @returns {Promise<void>}
 */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = make("script");
    script.src = address;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`The script ${address} could not be loaded`));
    document.head.append(script);
  });
}

/**
 * Draw curves and bars off the page: the browser compiles the script at its first use, which takes as long as two
 * drawings.
 * @param {Plotly} Plotly
 * @param {object} template
 */
async function warmUp(Plotly, template) {
  const plot = make("div");
  const x = [1, 2];
  const curve = { type: "scatter", x, y: x, name: "" };
  const layout = { template, width: 300, height: 200, showlegend: true };
  await Plotly.newPlot(plot, [curve, { ...curve, mode: "markers" }], layout, CONFIG);
  await Plotly.react(plot, [{ type: "bar", x, y: x }], layout, CONFIG);
  Plotly.purge(plot);
}
