// The address of the page holds the open tab and the settings of the form, so that a reload restores both. Gradio
// reloads the page by itself when a lost connection is back.

/** @import { Component } from "./dom.js" */

/**
 * Return the address's parameters, only those whose name passes `keep`.
 * @param {(name: string) => boolean} [keep]
 * @returns {URLSearchParams}
 */
function parameters(keep = () => true) {
  return new URLSearchParams([...new URLSearchParams(location.search)].filter(([name]) => keep(name)));
}

/** @param {URLSearchParams} query */
const write = (query) => history.replaceState(history.state, "", `?${query}`);

/**
 * Replace the settings in the address. Gradio's own parameters begin with "__" and stay, and so does the tab.
 * @param {string} settings a query string
 */
function writeSettings(settings) {
  const query = parameters((name) => name.startsWith("__") || name === "tab");
  for (const [name, value] of new URLSearchParams(settings)) query.append(name, value);
  write(query);
}

document.addEventListener("click", ({ target }) => {
  const tab = target instanceof Element && target.closest("[role=tab][data-tab-id]");
  if (!(tab instanceof HTMLElement) || !tab.dataset.tabId) return;
  const query = parameters();
  query.set("tab", tab.dataset.tabId);
  write(query);
});

/**
 * Write the prop `query` to the address whenever it changes.
 * @param {Component} component
 */
export function mount({ props, watch }) {
  watch("query", () => {
    if (typeof props.query === "string") writeSettings(props.query);
  });
}
