import { clamp } from "../math/clamp.js";
import { formatNumber, make } from "../page/dom.js";
import { dimensionName } from "./dimensions.js";

const MAX_ROWS = 4;

/**
 * Fill a table with z = μ + σ ε in the first dimensions.
 * @param {HTMLTableElement} table
 * @param {number[]} mean μ
 * @param {number[]} std σ
 * @param {number[]} epsilon ε
 */
export function fillSampleTable(table, mean, std, epsilon) {
  const count = Math.min(MAX_ROWS, mean.length);
  const digits = clamp(1 - Math.floor(Math.log10(Math.min(...std.slice(0, count)))), 3, 6);
  /** @type {(tag: "th" | "td", texts: string[]) => HTMLElement[]} */
  const cells = (tag, texts) => texts.map((content) => make(tag, "", content));
  const rows = Array.from({ length: count }, (_, d) => {
    const values = [mean[d], std[d], epsilon[d], mean[d] + std[d] * epsilon[d]];
    const texts = values.map((value) => formatNumber(value, digits));
    return make("tr", "", ...cells("th", [dimensionName(d)]), ...cells("td", texts));
  });
  if (mean.length > count) rows.push(make("tr", "", ...cells("td", ["…", "", "", "", ""])));
  const head = make("thead", "", make("tr", "", ...cells("th", ["", "μ", "σ", "ε", "μ + σε"])));
  table.replaceChildren(head, make("tbody", "", ...rows));
}
