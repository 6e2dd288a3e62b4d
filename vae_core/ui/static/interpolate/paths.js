// The ways between two codes, and one way's pictures: the one at the slider, and a strip of steps.

import { clamp } from "../math/clamp.js";
import { saveButton, imageSheet } from "../page/image_sheet.js";
import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { pictureCanvas } from "../page/picture.js";
import { codeAt, lerp, slerp } from "../math/interpolation.js";

const STEPS = 11; // pictures of a strip

/** name → how it is drawn on the map, and the code at time t; `path` is what the server has found along the data. */
export const PATHS = {
  straight: { dash: [], at: ({ ends: [a, b] }, t) => lerp(a, b, t) },
  spherical: { dash: [7, 5], at: ({ ends: [a, b] }, t) => slerp(a, b, t) },
  along: { dash: [2, 4], at: ({ path }, t) => codeAt(path, t) },
};

export class PathStrip {
  /**
   * @param name one of WAYS
   * @param onStep (t) → void, called when the slider is to move, since the strip is a slider too
   * @param onSave (name, kind, make) → promise, called when what `make` (about) makes is to become a file; see Journey.save
   * @param askGif (name) → promise of the way's GIF
   */
  constructor(name, { onStep, onSave, askGif }) {
    this.name = name;
    this.now = pictureCanvas(text(`${name}_now`));
    this.now.classList.add("vae-path-image");
    this.strip = Array.from({ length: STEPS }, (_, i) => pictureCanvas(`${text(name)} ${i + 1}/${STEPS}`));
    this.about = make("span", "vae-path-about");
    const legend = make("p", "vae-caption", make("span", `vae-path-line vae-path-line-${name}`), text(name));
    const help = (key) => text(key, { way: text(name) });
    const stripAs = (kind) =>
      saveButton(kind.toUpperCase(), help(`save_${kind}`), () =>
        onSave(name, kind, (about) => imageSheet(kind, this.figure(about))),
      );
    this.buttons = [
      stripAs("png"),
      stripAs("svg"),
      saveButton("GIF", help("save_gif"), () => onSave(name, "gif", () => askGif(name))),
    ];
    const strip = make("div", "vae-strip", ...this.strip);
    const head = make("div", "vae-path-head", legend, this.about, make("span", "vae-save-buttons", ...this.buttons));
    this.root = make("div", "vae-path", this.now, make("div", "vae-path-strip", head, strip));
    this.listen(strip, onStep);
  }

  listen(strip, onStep) {
    const follow = ({ clientX }) => {
      const [from, to] = [this.strip[0], this.strip.at(-1)]
        .map((canvas) => canvas.getBoundingClientRect())
        .map(({ left, width }) => left + width / 2);
      onStep(clamp((clientX - from) / (to - from), 0, 1));
    };
    strip.addEventListener("pointerdown", (event) => {
      strip.setPointerCapture(event.pointerId);
      follow(event);
    });
    strip.addEventListener("pointermove", (event) => {
      if (strip.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /** The strip's pictures for `Brush`, between `row`'s ends as they are then. */
  tiles(row) {
    return this.strip.map((canvas, i) => ({ canvas, code: () => PATHS[this.name].at(row, i / (STEPS - 1)) }));
  }

  /** The strip as a figure of a file: where on the way each picture stands. */
  figure({ model, ends }) {
    const under = this.strip.map((_, i) => [`t = ${formatNumber(i / (STEPS - 1), 1)}`]);
    const notes = [...ends.slice(0, 2), this.about.textContent].filter(Boolean);
    return { rows: [this.strip], title: `${model}: ${text(this.name)}, A → B`, notes, under: [under] };
  }

  mark(t) {
    this.strip.forEach((canvas, i) => canvas.classList.toggle("vae-current-step", i === Math.round(t * (STEPS - 1))));
  }

  /** A sentence beside the way's name; `stale` pictures are of ends that have moved since. */
  say(sentence, stale = false) {
    this.about.textContent = sentence;
    this.root.classList.toggle("vae-stale", stale);
    for (const button of this.buttons) button.disabled = stale;
  }
}
