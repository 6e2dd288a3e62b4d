// Limits how often something expensive is done, such as updating texts while a pointer moves.

import { clamp } from "../math/clamp.js";

const FRAMES_PER_PAUSE = 20; // so that frames with an update take a twentieth of the time
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 500;

/**
 * Return a function that calls `act` soon, at most once per pause. The pause is twenty times the length of the frame
 * that shows the update: a fast browser updates ten times a second, one that is four times slower about three times.
 * The last call counts.
 * @param {() => void} act
 * @returns {() => void}
 */
export function throttle(act) {
  let timer = 0; // 0 for none
  let pause = MIN_PAUSE_MS;
  let last = -Infinity;
  /** @param {number} frameStart ms */
  const measure = (frameStart) => {
    setTimeout(() => {
      pause = clamp(FRAMES_PER_PAUSE * (performance.now() - frameStart), MIN_PAUSE_MS, MAX_PAUSE_MS);
    });
  };
  const run = () => {
    timer = 0;
    last = performance.now();
    act();
    requestAnimationFrame(measure);
  };
  return () => {
    timer ||= setTimeout(run, last + pause - performance.now());
  };
}
