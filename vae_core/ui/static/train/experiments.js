// Ten experiments for a class: one click fills the form and starts the training.

import { make, requireElement } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** @import { Component } from "../page/dom.js" */

/**
 * Show a card for each of the prop `names`; a click sends the event "begun" with {name}.
 * @param {Component} component
 */
export function mount({ element, props, trigger }) {
  const cards = props.names.map((/** @type {string} */ name) => {
    const key = name.replaceAll("-", "_");
    const title = make("strong", "", text(`experiment_${key}`));
    const card = make("button", "vae-experiment", title, make("span", "", text(`experiment_${key}_about`)));
    card.type = "button";
    card.addEventListener("click", () => {
      props.value = name;
      trigger("begun", { name });
      const status = document.querySelector("#train-status"); // below the whole form on a narrow screen
      if (status && status.getBoundingClientRect().top > innerHeight) status.scrollIntoView();
    });
    return card;
  });
  requireElement(element, ".vae-experiments").replaceChildren(...cards);
}
