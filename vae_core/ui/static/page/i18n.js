// Every sentence on the page, by key, in the visitor's language.

import { texts } from "./page_data.js";

/**
 * Return the text of a key with its {parts} filled in.
 * @param {string} key a key of i18n/*.json without its prefix "page."
 * @param {Record<string, string | number>} [parts] a value for each {part} of the text
 * @returns {string}
 * @throws {Error} if there is no such text, or a part of it has no value
 */
export function text(key, parts = {}) {
  if (!Object.hasOwn(texts, key)) throw new Error(`There is no text page.${key}`);
  return texts[key].replace(/\{(\w+)\}/g, (_, part) => {
    if (!Object.hasOwn(parts, part)) throw new Error(`The text page.${key} needs a value for {${part}}`);
    return String(parts[part]);
  });
}
