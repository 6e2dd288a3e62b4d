// The progress of UMAP: a sentence, a progress bar, and the button that starts the computation.

import { make } from "../page/dom.js";
import { text } from "../page/i18n.js";

/** @typedef {import("../page/api.js").UmapState} UmapState */

/** The status line of UMAP. */
export class UmapStatus {
  /** @param {() => void} onStart called when the visitor starts the computation */
  constructor(onStart) {
    this.startButton = make("button", "vae-action", text("umap_start"));
    this.startButton.type = "button";
    this.startButton.addEventListener("click", onStart);
    this.bar = make("div");
    this.progress = make("div", "vae-progress", this.bar);
    this.progress.setAttribute("role", "progressbar");
    this.progress.ariaLabel = text("progress");
    this.sentence = make("p", "vae-hint");
    this.sentence.setAttribute("role", "status");
    this.root = make("div", "vae-view-status", this.sentence, this.startButton, this.progress);
  }

  hide() {
    this.root.hidden = true;
  }

  /**
   * Let the button be pressed, or not while a press is on its way to the server.
   * @param {boolean} isEnabled
   */
  setEnabled(isEnabled) {
    this.startButton.disabled = !isEnabled;
  }

  /**
   * Show a state.
   * @param {UmapState} state
   * @param {{count: number, dims: number}} runCodes
   * @returns {boolean} whether the focus was on the button, which is hidden by now
   */
  show({ state, stage, share, message }, { count, dims }) {
    const percent = Math.round(100 * share);
    const canStart = state === "none" || state === "failed";
    const losesFocus = this.startButton === document.activeElement && !canStart;
    this.root.hidden = state === "ready";
    this.startButton.hidden = !canStart;
    this.startButton.disabled = false;
    this.progress.hidden = canStart;
    this.progress.setAttribute("aria-valuenow", String(percent));
    this.bar.style.width = `${percent}%`;
    const key = `umap_${state === "none" ? "none" : stage}`;
    this.sentence.textContent = state === "failed" ? message : text(key, { count: count.toLocaleString("en"), dims });
    return losesFocus;
  }
}
