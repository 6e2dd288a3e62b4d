// Plays a recording: a slider, a button, a speed.

import { formatNumber, make } from "../page/dom.js";
import { text } from "../page/i18n.js";
import { prefersReducedMotion } from "../page/motion.js";

/** @import { Recording, Snapshot } from "./recording.js" */

const SNAPSHOTS_PER_S = 12; // at speed 1
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const MAX_DELAY_MS = 100; // that playing catches up; a page that was in the background does not

export class Player {
  /**
   * @param {(snapshot: Snapshot) => void} onShow called when another snapshot is to be shown
   * @param {...HTMLElement} extra elements beside the speed
   */
  constructor(onShow, ...extra) {
    this.onShow = onShow;
    /** @type {Recording | null} */
    this.recording = null;
    this.position = 0; // the snapshot that is shown
    this.frame = 0; // of the animation, 0 while it is paused
    this.slider = this.createSlider();
    this.playButton = make("button", "vae-small-button vae-play", text("play"));
    this.playButton.type = "button";
    this.playButton.title = text("recording_play_help");
    this.playButton.addEventListener("click", () => this.toggle());
    this.speed = make("select", "vae-select");
    this.speed.append(...SPEEDS.map((speed) => new Option(`${speed} ×`, String(speed), speed === 1, speed === 1)));
    const speed = make("label", "vae-option", text("recording_speed"), this.speed);
    speed.title = text("recording_speed_help");
    this.positionText = make("span", "vae-player-position");
    const slider = make("label", "vae-player-slider", this.slider);
    this.root = make("div", "vae-player", this.playButton, slider, this.positionText, speed, ...extra);
    this.root.hidden = true;
  }

  createSlider() {
    const slider = make("input", "vae-slider");
    slider.type = "range";
    slider.min = slider.max = slider.value = "0";
    slider.step = "1";
    slider.ariaLabel = text("recording_slider");
    slider.addEventListener("input", () => {
      this.pause();
      this.show(Number(slider.value));
    });
    slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    return slider;
  }

  /**
   * Show the last snapshot of a recording.
   * @param {Recording} recording
   */
  open(recording) {
    this.pause();
    this.recording = recording;
    this.root.hidden = false;
    this.slider.max = String(recording.count - 1);
    this.show(recording.count - 1);
  }

  /** Hide the controls. */
  close() {
    this.pause();
    this.recording = null;
    this.root.hidden = true;
  }

  /** @param {number} position */
  show(position) {
    if (!this.recording) return;
    const snapshot = this.recording.snapshot(position);
    const { epoch, beta } = snapshot.row;
    const description = text("recording_at", { epoch: formatNumber(epoch, 1), beta: formatNumber(beta) });
    this.position = position;
    this.slider.value = String(position);
    this.slider.setAttribute("aria-valuetext", description);
    this.positionText.textContent = description;
    this.onShow(snapshot);
  }

  toggle() {
    if (this.frame) this.pause();
    else this.play();
  }

  /**
   * Play to the end, from the beginning if the end is shown. With reduced motion there is one snapshot a second, in
   * larger steps.
   */
  play() {
    if (!this.recording) return;
    const last = this.recording.count - 1;
    const isCalm = prefersReducedMotion();
    const stride = isCalm ? Math.ceil(this.recording.count / SNAPSHOTS_PER_S) : 1;
    if (this.position >= last) this.show(0);
    this.playButton.textContent = text("pause");
    let due = performance.now();
    /** @param {number} now ms */
    const advance = (now) => {
      this.frame = requestAnimationFrame(advance);
      if (now < due || !this.root.offsetParent) return; // not in a tab that is closed
      due = Math.max(due, now - MAX_DELAY_MS) + 1000 / (isCalm ? 1 : SNAPSHOTS_PER_S * Number(this.speed.value));
      this.show(Math.min(last, this.position + stride));
      if (this.position === last) this.pause();
    };
    this.frame = requestAnimationFrame(advance);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.playButton.textContent = text("play");
  }
}
