// What each dimension does: a row of images each, along the dimension, with the rest of the code as it is.

import { imageSheetButtons } from "../page/image_sheet.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { arrowStep } from "../page/keys.js";
import { paint, pictureCanvas } from "../page/picture.js";
import { ranked, saysOf } from "./sliders.js";
import { nameOf } from "./views.js";

const IMAGES = 11; // in a row
const SPARE = 4; // milliseconds that must be left of a frame for one more image
const WAIT = 400; // milliseconds after which an image is made even in a busy page
const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(() => act({ timeRemaining: () => 0 }), 16));

export class Traversals {
  /**
   * @param onOpen () → void, called when the visitor opens the panel
   * @param onPick (code) → void, called when an image is chosen
   */
  constructor(onOpen, onPick) {
    this.onPick = onPick;
    this.about = make("p", "vae-hint");
    this.rows = make("div", "vae-traversals");
    this.rows.addEventListener("keydown", (event) => this.press(event));
    const summary = make("summary", "vae-caption", text("traversals")),
      save = imageSheetButtons(() => this.saved());
    this.root = make("details", "vae-panel vae-details", summary, this.about, this.rows, save);
    this.root.addEventListener("toggle", () => this.root.open && onOpen());
    this.root.hidden = true;
    this.clear();
  }

  /** Show nothing: another model is here, whose dimensions are not known yet. */
  clear() {
    Object.assign(this, { known: null, images: [], waiting: [] });
    this.rows.replaceChildren();
    this.about.textContent = "";
  }

  /** A row a dimension, as a file has them. */
  saved() {
    const count = this.images.length / IMAGES,
      row = (r) => this.images.slice(r * IMAGES, (r + 1) * IMAGES).map(({ canvas }) => canvas);
    return count
      ? {
          rows: Array.from({ length: count }, (_, r) => row(r)),
          title: text("traversals"),
          notes: [this.about.textContent],
          captions: ranked(this.known).map((d) => this.says(d)),
        }
      : null;
  }

  /** What a file says of a row: its dimension, what it says, and its range. */
  says(d) {
    const [low, high] = [this.known.low[d], this.known.high[d]].map((value) => formatNumber(value));
    return [nameOf(d), saysOf(this.known, d), text("traversal_range", { low, high })];
  }

  get open() {
    return this.root.open && !this.root.hidden;
  }

  /** Draw all rows for a code, image after image when the page has nothing better to do. */
  show(known, decoder, code, label) {
    if (this.known !== known) this.build(known);
    Object.assign(this, { decoder, code, label });
    this.waiting = [...this.images];
    this.idle ??= whenIdle((left) => this.work(left), { timeout: WAIT });
  }

  build(known) {
    this.known = known;
    this.images = [];
    this.rows.replaceChildren(...ranked(known).map((d) => this.row(d)));
    this.rows.querySelector("button").tabIndex = 0;
    this.about.textContent = text("traversals_about", {
      range: text(known.low.every((low) => low === -3) ? "range_prior" : "range_codes"),
    });
  }

  row(d) {
    const { low, high } = this.known,
      buttons = [];
    for (let i = 0; i < IMAGES; i++) {
      const value = low[d] + ((high[d] - low[d]) * i) / (IMAGES - 1);
      const canvas = Object.assign(pictureCanvas(), { ariaHidden: "true" }),
        button = make("button", "vae-image-button", canvas);
      Object.assign(button, {
        type: "button",
        tabIndex: -1,
        title: `${nameOf(d)} = ${formatNumber(value)}`,
        ariaLabel: `${nameOf(d)} = ${formatNumber(value)}`,
      });
      button.addEventListener("click", () => this.onPick(this.codeOf(d, value)));
      this.images.push({ d, value, canvas, button, half: (high[d] - low[d]) / (IMAGES - 1) / 2 });
      buttons.push(button);
    }
    return make(
      "div",
      "vae-traversal",
      make("span", "vae-slider-label", `${nameOf(d)} · ${saysOf(this.known, d)}`),
      make("div", "vae-strip", ...buttons),
    );
  }

  codeOf(d, value) {
    const code = [...this.code];
    code[d] = value;
    return code;
  }

  work(left) {
    this.idle = null;
    while (this.waiting.length) {
      this.draw(this.waiting.shift());
      if (left.timeRemaining() <= SPARE) break;
    }
    if (this.waiting.length) this.idle = whenIdle((next) => this.work(next), { timeout: WAIT });
  }

  draw({ d, value, canvas, button, half }) {
    paint(canvas, this.decoder.decode(this.codeOf(d, value), this.label), this.decoder.shape);
    button.classList.toggle("vae-current-step", Math.abs(this.code[d] - value) <= half);
  }

  /** One stop for the tab key; arrow keys go from image to image. */
  press(event) {
    const at = this.images.findIndex(({ button }) => button === document.activeElement),
      arrow = arrowStep(event.key);
    if (at < 0 || !arrow) return;
    const next = this.images[at + arrow[0] - IMAGES * arrow[1]];
    event.preventDefault();
    if (!next) return;
    this.images[at].button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }
}
