// One model's ways from A to B: its map with the ends to drag, and for each way a strip of steps and the picture at the slider.

import { Brush } from "./brush.js";
import { Grips } from "./grips.js";
import { LatentMap } from "./latent_map.js";
import { make, words } from "./page.js";
import { paint, pictureCanvas } from "./picture.js";
import { lift, project, spherical, straight } from "./space.js";

const STEPS = 11, DRAWN = 41; // pictures of a strip, points of a line on the map
export const WAYS = {
  straight: { dash: [], at: ([a, b], t) => straight(a, b, t) },
  spherical: { dash: [7, 5], at: ([a, b], t) => spherical(a, b, t) },
};

/** A way's pictures: the one at the slider, and the strip, on which a finger moves the slider too. */
class Way {
  constructor(name, onStep) {
    this.name = name;
    this.now = pictureCanvas(words[`${name}_now`]);
    this.now.classList.add("vae-now");
    this.strip = Array.from({ length: STEPS }, (_, i) => pictureCanvas(`${words[name]} ${i + 1}/${STEPS}`));
    const legend = make("p", "vae-caption", make("span", `vae-line vae-line-${name}`), words[name]), strip = make("div", "vae-strip", ...this.strip);
    this.root = make("div", "vae-way", this.now, make("div", "vae-way-strip", legend, strip));
    const follow = ({ clientX, buttons, type }) => {
      if (type !== "pointerdown" && !buttons) return;
      const [first, last] = [this.strip[0], this.strip.at(-1)].map((canvas) => canvas.getBoundingClientRect());
      const from = first.left + first.width / 2, to = last.left + last.width / 2;
      onStep(Math.max(0, Math.min(1, (clientX - from) / (to - from))));
    };
    strip.addEventListener("pointerdown", (event) => {
      strip.setPointerCapture(event.pointerId);
      follow(event);
    });
    strip.addEventListener("pointermove", follow);
  }

  /** The strip's pictures for `Brush`. */
  tiles(ends) {
    return this.strip.map((canvas, i) => ({ canvas, code: () => WAYS[this.name].at(ends, i / (STEPS - 1)) }));
  }

  mark(t) {
    this.strip.forEach((canvas, i) => canvas.classList.toggle("vae-current", i === Math.round(t * (STEPS - 1))));
  }
}

export class Row {
  /**
   * @param settings {t}: where the slider is
   * @param onStep (t) → void, called when the slider is to move
   * @param onPick (i, index) → void, called when a test image is to become end i
   */
  constructor(settings, { onStep, onPick }) {
    this.settings = settings;
    this.brush = new Brush();
    this.title = make("h3", "vae-row-title");
    this.ways = Object.keys(WAYS).map((name) => new Way(name, onStep));
    this.back = make("button", "vae-small-button", words.ends_back);
    this.back.type = "button";
    this.back.title = words.ends_back_help;
    this.back.addEventListener("click", () => this.putBack());
    const place = make("div", "vae-row-map"), hint = make("p", "vae-hint", words.ends_hint);
    this.root = make("section", "vae-row", this.title, make("div", "vae-row-body", place, make("div", "vae-ways", ...this.ways.map((way) => way.root))));
    this.map = new LatentMap(place, { onPick: (index) => onPick(this.nearestEnd(index), index) });
    this.grips = new Grips(this.map, { onMove: (i, x, y) => this.moveEnd(i, x, y), onRest: () => {} });
    place.append(hint, this.back);
  }

  /** `label` is the class that a conditional model decodes all the way. */
  open({ run, title, codes }, label, data, decoder) {
    Object.assign(this, { data, decoder, label, codes });
    this.title.textContent = title;
    if (run !== this.run) this.map.touched = false, this.map.setData(data);
    this.run = run;
    this.putBack();
  }

  /** Every end at its image's code again. */
  putBack() {
    const focused = document.activeElement === this.back;
    this.ends = [...this.codes];
    this.back.hidden = true;
    this.grips.set(this.ends.map((code) => project(this.data, code)));
    if (focused) this.grips.knobs[0].focus();
    this.draw();
  }

  /** An end moves in the map's plane and keeps what its code has beyond it. */
  moveEnd(i, x, y) {
    this.ends[i] = lift(this.data, x, y, this.ends[i]);
    this.back.hidden = false;
    this.draw();
  }

  /** The end that is nearer to a point of the map. */
  nearestEnd(index) {
    const { points } = this.data, away = ([x, y]) => Math.hypot(x - points[2 * index], y - points[2 * index + 1]);
    const distances = this.grips.places.map(away);
    return distances.indexOf(Math.min(...distances));
  }

  /** Show the ways between the ends as they are now. */
  draw() {
    this.brush.paint(this.ways.flatMap((way) => way.tiles(this.ends)), this.decoder, this.label);
    this.step();
  }

  /** Show where the slider is. */
  step() {
    if (!this.decoder) return;
    const { t } = this.settings, flat = (z) => project(this.data, z), stops = [];
    const paths = this.ways.map((way) => {
      const { at, dash } = WAYS[way.name], z = at(this.ends, t);
      paint(way.now, this.decoder.decode(z, this.label), this.decoder.shape);
      way.mark(t);
      stops.push(flat(z));
      return { points: Array.from({ length: DRAWN }, (_, i) => flat(at(this.ends, i / (DRAWN - 1)))), dash };
    });
    this.map.setPaths(paths, stops);
    this.root.dispatchEvent(new CustomEvent("stepped", { detail: { t }, bubbles: true }));
  }
}
