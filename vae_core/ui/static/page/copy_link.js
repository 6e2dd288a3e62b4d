// Links to settings: copied to the clipboard, or shown in a field where the browser does not allow that.

import { make } from "./dom.js";
import { text } from "./i18n.js";

const said = new WeakMap(); // a button's sentence and field

/** Copy the address of this page with other parameters, and say so behind the button. */
async function copyLink(button, query) {
  const address = `${location.origin}${location.pathname}?${query}`;
  if (!said.get(button)?.isConnected) {
    const field = Object.assign(make("input", "vae-coordinate"), { readOnly: true, ariaLabel: text("link_field") });
    const place = make("span", "vae-copy-message", make("span"), field);
    place.role = "status";
    said.set(button, place);
    button.after(place);
  }
  const [sentence, field] = said.get(button).children;
  field.value = address;
  field.hidden =
    (await navigator.clipboard?.writeText(address).then(
      () => true,
      () => false,
    )) ?? false;
  sentence.textContent = field.hidden ? text("link_copied") : text("link_shown");
  if (!field.hidden) field.select();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".vae-copy-button");
  if (button) copyLink(button, button.dataset.query);
});

/** A place for the form's own link, which only the server can write: `asked` is {query, at}. */
export function mount({ element, props, watch }) {
  const root = element.querySelector(".vae-copy-link");
  watch("asked", () => {
    if (!root.firstChild) root.append(make("span"));
    if (props.asked) copyLink(root.firstChild, props.asked.query);
  });
}
