// Ten experiments for a class: one click fills the form and starts the training.

import { make, words } from "./page.js";

export function mount({ element, props, trigger }) {
  const cards = props.names.map((name) => {
    const key = name.replaceAll("-", "_"), card = make("button", "vae-experiment", make("strong", "", words[`try_${key}`]), make("span", "", words[`see_${key}`]));
    card.type = "button";
    card.addEventListener("click", () => {
      props.value = name;
      trigger("begun", { name });
    });
    return card;
  });
  element.querySelector(".vae-experiments").replaceChildren(...cards);
}
