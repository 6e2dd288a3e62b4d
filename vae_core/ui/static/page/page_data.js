// What the server hands to every module of the page, fetched once: the texts in the visitor's language, and the colors.
// They are not props, because Gradio drops an update of a component's props while the component's tab is unopened.

/**
 * @typedef {object} PageData
 * @property {Record<string, string>} words each text by its key, with {parts} to fill in
 * @property {string[]} colors the colors of classes, as CSS colors
 * @property {Record<string, string[]>} scales color scales by name, each from its lowest to its highest color
 * @property {Record<string, string> & {extras: string[]}} curves the color of each term of a loss; `extras` for others
 */

const answer = await fetch(new URL("../../page", import.meta.url));
const /** @type {PageData} */ data = await answer.json();

export const { words: texts, colors, scales, curves: curveColors } = data;
