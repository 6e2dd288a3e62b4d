// Two images, two models, two ways between them: strips, a slider, and the path on both maps, all decoded in the page.

import { LatentMap } from "./latent_map.js";
import { make, words } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";
import { loadDecoder, loadImage, loadMap } from "./server.js";
import { project, spherical, straight } from "./space.js";

const STEPS = 11, WAYS = { straight, spherical };

export function mount({ element, props, watch }) {
  const figure = new Interpolation(element.querySelector(".vae-interpolate"));
  watch("state", () => figure.open(props.state));
  figure.open(props.state);
}

class Interpolation {
  constructor(root) {
    this.root = root;
    this.slider = Object.assign(make("input", "vae-slider"), { type: "range", min: 0, max: 1, step: 0.01, value: 0.5 });
    this.slider.setAttribute("aria-label", words.slider);
    this.slider.addEventListener("input", () => this.step());
    this.ends = ["A", "B"].map((letter) => {
      const canvas = pictureCanvas(letter);
      return { letter, canvas, caption: make("figcaption", "", letter) };
    });
    const [a, b] = this.ends.map(({ canvas, caption }) => make("figure", "vae-end", canvas, caption));
    const middle = make("label", "vae-slider-label", make("span", "", words.slider), this.slider);
    this.rows = [0, 1].map(() => new Row());
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    root.replaceChildren(make("div", "vae-controls", a, middle, b), this.message, ...this.rows.map((row) => row.root));
  }

  step() {
    this.rows.forEach((row) => row.at(Number(this.slider.value)));
  }

  /** `state` is {a: {index, label}, b, rows: [{run, title, a: code, b: code}, …]} from the server. A's class is decoded all the way. */
  async open(state) {
    if (!state) return;
    this.wanted = state;
    try {
      const loaded = await Promise.all(state.rows.map((row) => Promise.all([loadMap(row.run), loadDecoder(row.run)])));
      const { dataset, shape, classes } = loaded[0][0];
      const images = await Promise.all([state.a, state.b].map((end) => loadImage(dataset, end.index, shape)));
      if (this.wanted !== state) return;
      this.ends.forEach((end, i) => {
        const chosen = [state.a, state.b][i];
        paint(end.canvas, images[i], shape);
        const name = classes.length > 1 ? words.chosen.replace("{class}", classes[chosen.label]) : words.chosen_unlabelled;
        end.caption.textContent = `${end.letter}: ${name.replace("{n}", chosen.index)}`;
      });
      this.rows.forEach((row, i) => row.open(state.rows[i], state.a.label, ...loaded[i], Number(this.slider.value)));
      this.message.textContent = "";
    } catch (error) {
      this.message.textContent = error.message;
    }
  }
}

/** One model: its map with both ways, and for each way a strip of steps and the picture at the slider. */
class Row {
  constructor() {
    this.title = make("h3", "vae-row-title");
    const place = make("div", "vae-row-map");
    this.ways = Object.keys(WAYS).map((name) => {
      const now = pictureCanvas(words[`${name}_now`]), strip = Array.from({ length: STEPS }, (_, i) => pictureCanvas(`${words[name]} ${i + 1}/${STEPS}`));
      now.classList.add("vae-now");
      const legend = make("p", "vae-caption", make("span", `vae-line vae-line-${name}`), words[name]);
      return { name, now, strip, root: make("div", "vae-way", now, make("div", "vae-way-strip", legend, make("div", "vae-strip", ...strip))) };
    });
    this.root = make("section", "vae-row", this.title, make("div", "vae-row-body", place, make("div", "vae-ways", ...this.ways.map((way) => way.root))));
    this.map = new LatentMap(place);
  }

  open({ run, title, a, b }, label, data, decoder, t) {
    Object.assign(this, { data, decoder, label, a, b });
    this.title.textContent = title;
    if (run !== this.run) this.map.touched = false, this.map.setData(data);
    this.run = run;
    for (const { name, strip } of this.ways) {
      strip.forEach((canvas, i) => paint(canvas, decoder.decode(WAYS[name](a, b, i / (STEPS - 1)), label), decoder.shape));
    }
    this.at(t);
  }

  at(t) {
    if (!this.decoder) return;
    const flat = (z) => project(this.data, z), many = Array.from({ length: 41 }, (_, i) => i / 40);
    const stops = [[...flat(this.a), "A"], [...flat(this.b), "B"]];
    const paths = this.ways.map(({ name, now, strip }) => {
      const z = WAYS[name](this.a, this.b, t);
      paint(now, this.decoder.decode(z, this.label), this.decoder.shape);
      strip.forEach((canvas, i) => canvas.classList.toggle("vae-current", i === Math.round(t * (STEPS - 1))));
      stops.push([...flat(z), ""]);
      return { points: many.map((share) => flat(WAYS[name](this.a, this.b, share))), dashed: name === "spherical" };
    });
    this.map.setPaths(paths, stops);
    this.root.dispatchEvent(new CustomEvent("stepped", { detail: { t }, bubbles: true }));
  }
}
