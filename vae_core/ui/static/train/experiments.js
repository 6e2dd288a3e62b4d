// Ten experiments for a class: one click fills the form and starts the training.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

export function mount({ element, props, trigger }) {
  const cards = props.names.map((name) => {
    const key = name.replaceAll("-", "_");
    const card = make(
      "button",
      "vae-experiment",
      make("strong", "", text(`experiment_${key}`)),
      make("span", "", text(`experiment_${key}_about`)),
    );
    card.type = "button";
    card.addEventListener("click", () => {
      props.value = name;
      trigger("begun", { name });
      const status = document.querySelector("#train-status"); // on a narrow screen it stands below the whole form
      if (status?.getBoundingClientRect().top > innerHeight) status.scrollIntoView();
    });
    return card;
  });
  element.querySelector(".vae-experiments").replaceChildren(...cards);
}
