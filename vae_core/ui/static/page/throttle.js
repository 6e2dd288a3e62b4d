// How often something is done of which each time costs a longer frame, such as texts that change while a hand moves.

import { clamp } from "../math/clamp.js";

const TIMES = 20,
  LEAST = 100,
  MOST = 500; // so many times a frame's length passes until the next; milliseconds

/**
 * A function that has `act` done soon, and however often it is called, so seldom that the frames which show it take a twentieth
 * of the time: ten times a second in a fast browser, three times in one that is slowed four times. The newest call counts.
 */
export function throttle(act) {
  let waiting = null,
    pause = LEAST,
    last = -Infinity;
  const measure = (began) => {
    setTimeout(() => {
      pause = clamp(TIMES * (performance.now() - began), LEAST, MOST);
    });
  };
  const run = () => {
    waiting = null;
    last = performance.now();
    act();
    requestAnimationFrame(measure);
  };
  return () => {
    waiting ??= setTimeout(run, last + pause - performance.now());
  };
}
