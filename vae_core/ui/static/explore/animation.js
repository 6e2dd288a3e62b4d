import { prefersReducedMotion } from "../page/motion.js";

/**
 * Animate for a while, frame by frame; with reduced motion, go to the end at once.
 * @param {number} duration milliseconds
 * @param {(share: number) => void} step called with shares from 0 to 1, slowly at both ends
 * @param {() => boolean} isCurrent whether to go on
 * @returns {Promise<void>} when the animation is over or no longer current
 */
export async function animate(duration, step, isCurrent) {
  const startTime = performance.now();
  for (let time = prefersReducedMotion() ? 1 : 0; isCurrent();) {
    step(time * time * (3 - 2 * time));
    if (time === 1) return;
    await new Promise(requestAnimationFrame);
    time = Math.min(1, (performance.now() - startTime) / duration);
  }
}
