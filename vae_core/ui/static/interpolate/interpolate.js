// Two images, two models, the ways between them: strips, a slider, and the paths on both maps, all decoded in the page.

import { ModelRow } from "./model_row.js";
import { nameOfImage } from "../page/image_names.js";
import { DrawingPad } from "../page/drawing_pad.js";
import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { onImagePaste } from "../page/paste_image.js";
import { fromBase64, bytesToPixels, paint, pictureCanvas } from "../page/picture.js";
import { loadDecoder, loadImage, loadMap } from "../page/api.js";
import { PATHS } from "./paths.js";

const LETTERS = "ABCD";
const SECONDS = 3; // from A to B, when it plays

export function mount({ element, props, trigger, watch }) {
  const tell = (event, value) => {
    props.value = value;
    trigger(event, value);
  };
  const figure = new Interpolation(element.querySelector(".vae-interpolate"), tell);
  watch("state", () => figure.open(props.state));
  figure.open(props.state);
}

class Interpolation {
  /** @param tell (event, value) → void, called with picked, {end, index}, or with drawn, {end, drawing} */
  constructor(root, tell) {
    this.root = root;
    this.settings = { t: 0.5, shown: new Set(["straight", "spherical"]) };
    this.ends = ["A", "B"].map((letter) => {
      const canvas = pictureCanvas(letter);
      return { letter, canvas, caption: make("figcaption", "", letter) };
    });
    const [a, b] = this.ends.map(({ canvas, caption }) => make("figure", "vae-endpoint", canvas, caption));
    const onPick = (end, index) =>
      this.modelRows[0].keys[end] === index ? this.putBack(end) : tell("picked", { end, index });
    const onSay = (sentence) => {
      this.message.textContent = sentence;
    };
    const acts = { onPick, onStep: (t) => this.stop(t), onSay };
    this.modelRows = [0, 1].map(() => new ModelRow(this.settings, acts));
    this.message = make("p", "vae-message");
    this.message.setAttribute("role", "alert");
    const middle = make("div", "vae-path-controls", this.buildSlider(), this.buildChoice());
    this.pads = [...LETTERS].map((letter, end) => {
      const onDrawn = (drawing) => tell("drawn", { end, drawing });
      return new DrawingPad(onDrawn, () => this.focusOn(end), text("endpoint_pad", { letter }));
    });
    const roots = [...this.pads, ...this.modelRows].map((part) => part.root);
    root.replaceChildren(make("div", "vae-interpolate-controls", a, middle, b), this.message, ...roots);
    this.modelRows.forEach((modelRow) => modelRow.show());
    this.listen();
  }

  /** The tab's buttons open a pad; a pasted picture goes to the end that was touched last. */
  listen() {
    let touched = 0;
    this.root.addEventListener("draw", ({ detail: end }) => {
      this.pads.forEach((pad, i) => {
        if (i !== end) pad.hide();
      });
      this.pads[end].open();
    });
    document.addEventListener("focusin", ({ target }) => {
      const letter =
        target.closest(".vae-handle")?.textContent ?? target.closest(".vae-endpoint-choice")?.id.at(-1).toUpperCase();
      if (letter) touched = LETTERS.indexOf(letter);
    });
    onImagePaste(this.root, () => `#interpolate-upload-${LETTERS[touched].toLowerCase()}`);
  }

  /** The image that stands at an end already has been chosen for it. */
  putBack(end) {
    this.modelRows.forEach((modelRow) => modelRow.putBack([end]));
  }

  focusOn(end) {
    document.querySelector(`#interpolate-draw-${LETTERS[end].toLowerCase()}`)?.focus({ preventScroll: true });
  }

  buildSlider() {
    this.slider = Object.assign(make("input", "vae-slider"), { type: "range", min: 0, max: 1, step: 0.01, value: 0.5 });
    this.slider.setAttribute("aria-label", text("slider"));
    this.slider.addEventListener("input", () => this.stop(Number(this.slider.value)));
    this.play = make("button", "vae-small-button vae-play", text("play"));
    Object.assign(this.play, { type: "button", title: text("play_help") });
    this.play.addEventListener("click", () => (this.playing ? this.stop(this.settings.t) : this.start()));
    return make(
      "div",
      "vae-slider-row",
      make("label", "vae-slider-label", make("span", "", text("slider")), this.slider),
      this.play,
    );
  }

  /** Which ways are shown. */
  buildChoice() {
    const switches = Object.keys(PATHS).map((name) => {
      const box = Object.assign(make("input"), { type: "checkbox", checked: this.settings.shown.has(name) });
      box.addEventListener("change", () => {
        this.settings.shown[box.checked ? "add" : "delete"](name);
        this.modelRows.forEach((modelRow) => modelRow.show());
      });
      const label = make("label", "vae-option", box, make("span", `vae-path-line vae-path-line-${name}`), text(name));
      label.title = text(`${name}_help`);
      return label;
    });
    const group = make("div", "vae-legend", ...switches);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", text("paths"));
    return group;
  }

  // ── the slider ────────────────────────────────────────────────────────────────────────────────────────────────

  step(t) {
    this.settings.t = this.slider.value = t;
    this.modelRows.forEach((modelRow) => modelRow.step());
  }

  /** Go there and back until something stops it. */
  start() {
    const begun = performance.now() - 1000 * SECONDS * this.settings.t;
    this.play.textContent = text("pause");
    const advance = (now) => {
      const turn = (Math.max(0, now - begun) / 1000 / SECONDS) % 2;
      if (this.play.offsetParent) this.step(turn > 1 ? 2 - turn : turn); // in a tab that is not open nobody sees it
      this.playing = requestAnimationFrame(advance);
    };
    this.playing = requestAnimationFrame(advance);
  }

  stop(t) {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.play.textContent = text("play");
    this.step(t);
  }

  /**
   * `state` is {ends: [{index, label} or {pixels, drawn, label}, …], rows: [{run, title, codes: a code for each end}, …]} from the
   * server; the ends are A and B, and perhaps C and D. A's class is decoded everywhere.
   */
  async open(state) {
    if (!state) return;
    this.wanted = state;
    try {
      const loaded = await Promise.all(state.rows.map((row) => Promise.all([loadMap(row.run), loadDecoder(row.run)])));
      const { dataset, shape, classes } = loaded[0][0];
      const images = await Promise.all(
        state.ends.map((end) =>
          end.pixels ? bytesToPixels(fromBase64(end.pixels)) : loadImage(dataset, end.index, shape),
        ),
      );
      if (this.wanted !== state) return;
      this.ends.forEach((end, i) => {
        paint(end.canvas, images[i], shape);
        end.caption.textContent = `${end.letter}: ${nameOf(state.ends[i], classes)}`;
      });
      const names = state.ends.map(({ index, drawn }) => index ?? (drawn ? "drawing" : "picture")); // in a file's name
      const keys = state.ends.map(({ index, pixels }) => index ?? pixels);
      const about = {
        label: state.ends[0].label,
        images,
        names,
        keys,
        about: state.ends.map((end) => nameOf(end, classes)),
      };
      this.modelRows.forEach((modelRow, i) => modelRow.open(state.rows[i], about, ...loaded[i]));
      this.message.textContent = "";
    } catch (error) {
      if (this.wanted === state) this.message.textContent = error.message;
    }
  }
}

/** What stands below an end's image. */
function nameOf({ index, label, pixels, drawn }, classes) {
  return pixels ? text(drawn ? "endpoint_drawing" : "endpoint_picture") : nameOfImage(index, label, classes);
}
