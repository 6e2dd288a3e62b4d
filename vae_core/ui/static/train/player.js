// Plays through a film: a slider, a button, a speed.

import { make, formatNumber } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { prefersReducedMotion } from "../page/motion.js";

const STILLS = 12; // a second, at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];

export class Player {
  /**
   * @param onShow (i) → void, called when still i is to be shown
   * @param extra elements that stand beside the speed
   */
  constructor(onShow, ...extra) {
    Object.assign(this, { onShow, at: 0, film: null });
    this.slider = Object.assign(make("input", "vae-slider"), { type: "range", min: 0, max: 0, step: 1, value: 0 });
    this.slider.ariaLabel = text("recording_slider");
    this.slider.addEventListener("input", () => this.halt(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    this.button = Object.assign(make("button", "vae-small-button vae-play", text("play")), {
      type: "button",
      title: text("recording_play_help"),
    });
    this.button.addEventListener("click", () => this.toggle());
    this.speed = make("select", "vae-select");
    this.speed.append(...SPEEDS.map((speed) => new Option(`${speed} ×`, speed, speed === 1, speed === 1)));
    const speed = Object.assign(make("label", "vae-option", text("recording_speed"), this.speed), {
      title: text("recording_speed_help"),
    });
    this.told = make("span", "vae-player-position");
    this.root = make(
      "div",
      "vae-player",
      this.button,
      make("label", "vae-player-slider", this.slider),
      this.told,
      speed,
      ...extra,
    );
    this.root.hidden = true;
  }

  /** Serve a film from its last still on; null takes the controls away. */
  open(film) {
    this.halt();
    this.film = film;
    this.root.hidden = !film;
    if (!film) return;
    this.slider.max = film.count - 1;
    this.go(film.count - 1);
  }

  go(i) {
    const { row } = this.film.still((this.at = i)),
      position = text("recording_at", { epoch: formatNumber(row.epoch, 1), beta: formatNumber(row.beta) });
    this.slider.value = i;
    this.slider.setAttribute("aria-valuetext", position);
    this.told.textContent = position;
    this.onShow(i);
  }

  toggle() {
    if (this.playing) this.halt();
    else this.play();
  }

  /** Play to the end, from the beginning if it is there already. With reduced motion there is a still a second, in larger steps. */
  play() {
    const { count } = this.film,
      calm = prefersReducedMotion(),
      stride = calm ? Math.ceil(count / STILLS) : 1;
    if (this.at >= count - 1) this.go(0);
    this.button.textContent = text("pause");
    let due = performance.now();
    const advance = (now) => {
      this.playing = requestAnimationFrame(advance);
      if (now < due || !this.root.offsetParent) return; // in a tab that is not open nobody sees it
      due = Math.max(due, now - 100) + 1000 / (calm ? 1 : STILLS * Number(this.speed.value));
      this.go(Math.min(count - 1, this.at + stride));
      if (this.at === count - 1) this.halt();
    };
    this.playing = requestAnimationFrame(advance);
  }

  /** Stop where it is, or at still i. */
  halt(i = null) {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.button.textContent = text("play");
    if (i !== null) this.go(i);
  }
}
