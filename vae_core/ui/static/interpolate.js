// Two images, two models, the ways between them: strips, a slider, and the paths on both maps, all decoded in the page.

import { make, words } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";
import { loadDecoder, loadImage, loadMap } from "./server.js";
import { Row } from "./ways.js";

export function mount({ element, props, trigger, watch }) {
  const pick = (end, index) => {
    props.value = { end, index };
    trigger("picked", { end, index });
  };
  const figure = new Interpolation(element.querySelector(".vae-interpolate"), pick);
  watch("state", () => figure.open(props.state));
  figure.open(props.state);
}

class Interpolation {
  constructor(root, onPick) {
    this.root = root;
    this.settings = { t: 0.5 };
    this.slider = Object.assign(make("input", "vae-slider"), { type: "range", min: 0, max: 1, step: 0.01, value: 0.5 });
    this.slider.setAttribute("aria-label", words.slider);
    this.slider.addEventListener("input", () => this.step(Number(this.slider.value)));
    this.ends = ["A", "B"].map((letter) => {
      const canvas = pictureCanvas(letter);
      return { letter, canvas, caption: make("figcaption", "", letter) };
    });
    const [a, b] = this.ends.map(({ canvas, caption }) => make("figure", "vae-end", canvas, caption));
    const middle = make("label", "vae-slider-label", make("span", "", words.slider), this.slider);
    this.rows = [0, 1].map(() => new Row(this.settings, { onStep: (t) => this.step(t), onPick }));
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    root.replaceChildren(make("div", "vae-controls", a, middle, b), this.message, ...this.rows.map((row) => row.root));
  }

  step(t) {
    this.settings.t = this.slider.value = t;
    this.rows.forEach((row) => row.step());
  }

  /** `state` is {ends: [{letter, index, label}, …], rows: [{run, title, codes: a code for each end}, …]} from the server. A's class is decoded all the way. */
  async open(state) {
    if (!state) return;
    this.wanted = state;
    try {
      const loaded = await Promise.all(state.rows.map((row) => Promise.all([loadMap(row.run), loadDecoder(row.run)])));
      const { dataset, shape, classes } = loaded[0][0];
      const images = await Promise.all(state.ends.map((end) => loadImage(dataset, end.index, shape)));
      if (this.wanted !== state) return;
      this.ends.forEach((end, i) => {
        const chosen = state.ends[i];
        paint(end.canvas, images[i], shape);
        const name = classes.length > 1 ? words.chosen.replace("{class}", classes[chosen.label]) : words.chosen_unlabelled;
        end.caption.textContent = `${end.letter}: ${name.replace("{n}", chosen.index)}`;
      });
      this.rows.forEach((row, i) => row.open(state.rows[i], state.ends[0].label, ...loaded[i]));
      this.message.textContent = "";
    } catch (error) {
      this.message.textContent = error.message;
    }
  }
}
