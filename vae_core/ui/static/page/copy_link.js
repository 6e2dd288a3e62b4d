// Buttons that copy a link to settings to the clipboard. Where the browser does not allow that, a field shows the link.

import { make } from "./dom.js";
import { text } from "./i18n.js";

/** @import { Component } from "./dom.js" */

/** What stands behind a button after it has been pressed. */
class CopyMessage {
  constructor() {
    this.sentence = make("span");
    this.field = make("input", "vae-coordinate");
    this.field.readOnly = true;
    this.field.ariaLabel = text("link_field");
    this.root = make("span", "vae-copy-message", this.sentence, this.field);
    this.root.role = "status";
  }

  /**
   * @param {string} address
   * @param {boolean} isCopied whether the clipboard has the address; otherwise the field shows it
   */
  show(address, isCopied) {
    this.field.value = address;
    this.field.hidden = isCopied;
    this.sentence.textContent = text(isCopied ? "link_copied" : "link_shown");
    if (!isCopied) this.field.select();
  }
}

/** @type {WeakMap<HTMLElement, CopyMessage>} */
const messages = new WeakMap(); // by button

/**
 * Copy the address of this page with other parameters, and say so behind the button.
 * @param {HTMLElement} button
 * @param {string} query
 */
async function copyLink(button, query) {
  const address = `${location.origin}${location.pathname}?${query}`;
  let message = messages.get(button);
  if (!message?.root.isConnected) {
    message = new CopyMessage();
    messages.set(button, message);
    button.after(message.root);
  }
  message.show(address, await writeToClipboard(address));
}

/**
 * @param {string} address
 * @returns {Promise<boolean>} whether the clipboard has taken it; without https a page has no clipboard
 */
async function writeToClipboard(address) {
  try {
    await navigator.clipboard.writeText(address);
    return true;
  } catch {
    return false;
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element && target.closest(".vae-copy-button");
  if (button instanceof HTMLElement) copyLink(button, button.dataset.query ?? "");
});

/**
 * Copy the link of the form's own settings, which only the server can write: the prop `asked` is {query, at}.
 * @param {Component} component
 */
export function mount({ element, props, watch }) {
  const root = element.querySelector(".vae-copy-link");
  const anchor = make("span");
  watch("asked", () => {
    if (!anchor.isConnected) root?.append(anchor);
    if (props.asked) copyLink(anchor, props.asked.query);
  });
}
